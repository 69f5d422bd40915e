"""Origins are an organisation's own; whether anybody has one is all that strangers learn."""

from uuid import uuid4

import pytest

from adapters.store.audit import PostgresAudit
from adapters.store.web_origins import PostgresWebOrigins
from models.payloads.scope import Scope
from tests.store.stage import Stage


@pytest.fixture
def origins(stage: Stage) -> PostgresWebOrigins:
    return PostgresWebOrigins(stage.database)


def fresh() -> str:
    return f"https://{uuid4().hex}.example"


async def test_an_origin_is_known_while_somebody_has_it(
    origins: PostgresWebOrigins, stage: Stage
) -> None:
    mine, other = fresh(), fresh()
    assert not await origins.known(mine)
    await origins.replace(stage.scope, [mine, mine], by=stage.user_id)

    assert await origins.known(mine)
    assert not await origins.known(other)
    assert await origins.of(stage.scope.organisation_id) == {mine}

    await origins.replace(stage.scope, [other], by=stage.user_id)
    assert not await origins.known(mine)
    assert await origins.known(other)


async def test_another_organisation_neither_has_nor_loses_it(
    origins: PostgresWebOrigins, stage: Stage
) -> None:
    mine = fresh()
    await origins.replace(stage.scope, [mine], by=stage.user_id)
    stranger = Stage(**{**vars(stage), "scope": Scope(organisation_id=uuid4(), space_id=uuid4())})
    stranger.conversation_id = uuid4()
    await stranger.enter()

    assert await origins.of(stranger.scope.organisation_id) == frozenset()
    await origins.replace(stranger.scope, [], by=stage.user_id)
    assert await origins.of(stage.scope.organisation_id) == {mine}


async def test_what_asked_leaves_no_way_to_read_rows(
    origins: PostgresWebOrigins, stage: Stage
) -> None:
    mine = fresh()
    await origins.replace(stage.scope, [mine], by=stage.user_id)
    async with stage.database.transaction(None) as session:
        told = await session.first("SELECT known FROM web_origin_known($1)", mine)
        rows = await session.fetch("SELECT * FROM web_origin")
        # Not even by the setting that the function uses: the policy is the tables' owner's.
        await session.fetch("SELECT set_config('app.web_origin', $1, true)", mine)
        by_setting = await session.fetch("SELECT * FROM web_origin")

    assert told is not None
    assert told["known"]
    assert (list(rows), list(by_setting)) == ([], [])


async def test_a_change_of_origins_is_in_the_trail(
    origins: PostgresWebOrigins, stage: Stage
) -> None:
    mine = fresh()
    await origins.replace(stage.scope, [mine], by=stage.user_id)
    trail = await PostgresAudit(stage.database).page(stage.scope, limit=1, cursor=None)
    (entry,) = trail.items
    assert (entry.action, entry.user_id, entry.details) == (
        "origins.replaced",
        stage.user_id,
        {"origins": [mine]},
    )
