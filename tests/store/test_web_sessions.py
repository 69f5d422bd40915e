"""Sessions of browsers: found by their secret alone, for as long as they last."""

import time
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest

from adapters.identity.credential import Credential
from adapters.store.web_sessions import IDLE, LONGEST, PostgresWebSessions
from domain.ports.identity import Caller, Role
from tests.store.stage import Stage


@pytest.fixture
def sessions(stage: Stage) -> PostgresWebSessions:
    return PostgresWebSessions(stage.database)


def somebody(stage: Stage, expires_at: float | None = None) -> Caller:
    spaces = {stage.scope.space_id: Role.MEMBER, uuid4(): Role.ADMIN}
    return Caller(
        *(uuid4(), stage.scope.organisation_id, spaces, "t"),
        tier="pro",
        name="Ada",
        expires_at=expires_at,
    )


async def aged(stage: Stage, idle_in: timedelta) -> None:
    """Put all idle ends of the organisation there."""
    async with stage.database.transaction(stage.scope) as session:
        await session.fetch(
            "UPDATE web_session SET idle_at = now() + $2::interval WHERE organisation_id = $1",
            *(stage.scope.organisation_id, idle_in),
        )


async def idle_end(stage: Stage) -> datetime:
    async with stage.database.transaction(stage.scope) as session:
        row = await session.first(
            "SELECT idle_at FROM web_session WHERE organisation_id = $1",
            stage.scope.organisation_id,
        )
    assert row is not None
    found: datetime = row["idle_at"]
    return found


async def test_a_secret_stands_for_who_signed_in(
    sessions: PostgresWebSessions, stage: Stage
) -> None:
    caller = somebody(stage)
    secret, begun = await sessions.begin(caller)
    found = await sessions.find(secret)

    assert found is not None
    assert (found.id, found.csrf, found.ends_at) == (begun.id, begun.csrf, begun.ends_at)
    assert found.caller == Caller(
        *(caller.user_id, caller.organisation_id, caller.spaces, "t"),
        tier="pro",
        name="Ada",
        expires_at=begun.ends_at.timestamp(),
    )
    assert abs(begun.ends_at - datetime.now(UTC) - LONGEST) < timedelta(minutes=1)


async def test_neither_the_secret_nor_the_csrf_token_is_kept(
    sessions: PostgresWebSessions, stage: Stage
) -> None:
    secret, begun = await sessions.begin(somebody(stage))
    async with stage.database.transaction(stage.scope) as session:
        rows = await session.fetch(
            "SELECT * FROM web_session WHERE organisation_id = $1", stage.scope.organisation_id
        )

    read = Credential.read(secret, 1)
    assert read is not None
    assert read.random not in rows[0].values()
    assert begun.csrf not in str(rows)
    assert secret not in repr(begun)
    assert begun.csrf not in repr(begun)


async def test_a_secret_is_good_in_its_organisation_alone(
    sessions: PostgresWebSessions, stage: Stage
) -> None:
    secret, _ = await sessions.begin(somebody(stage))
    read = Credential.read(secret, 1)
    assert read is not None

    assert await sessions.find(Credential(read.random, (uuid4(),)).written) is None
    assert await sessions.find(Credential.fresh(*read.ids).written) is None
    for junk in ("", "x", secret[:-1], secret + "A", "\u00e9" * len(secret), "x" * 10_000):
        assert await sessions.find(junk) is None
    assert await sessions.find(secret) is not None


async def test_a_session_ends_when_the_token_does_that_began_it(
    sessions: PostgresWebSessions, stage: Stage
) -> None:
    soon = time.time() + 60
    _, begun = await sessions.begin(somebody(stage, soon))
    assert abs(begun.ends_at.timestamp() - soon) < 0.01

    past, _ = await sessions.begin(somebody(stage, time.time() - 1))
    assert await sessions.find(past) is None


async def test_an_idle_session_ends_and_a_used_one_goes_on(
    sessions: PostgresWebSessions, stage: Stage
) -> None:
    secret, _ = await sessions.begin(somebody(stage))
    await aged(stage, timedelta(minutes=10))
    assert await sessions.find(secret) is not None
    assert await idle_end(stage) > datetime.now(UTC) + IDLE - timedelta(minutes=1)

    await aged(stage, timedelta(seconds=-1))
    assert await sessions.find(secret) is None


async def test_not_each_request_is_a_write(sessions: PostgresWebSessions, stage: Stage) -> None:
    secret, _ = await sessions.begin(somebody(stage))
    first = await idle_end(stage)
    await sessions.find(secret)
    assert await idle_end(stage) == first


async def test_an_ended_session_is_gone_and_others_stay(
    sessions: PostgresWebSessions, stage: Stage
) -> None:
    caller = somebody(stage)
    here, begun = await sessions.begin(caller)
    there, _ = await sessions.begin(caller)
    other, _ = await sessions.begin(somebody(stage))

    await sessions.end(begun)
    assert [await sessions.find(one) is None for one in (here, there, other)] == [
        True,
        False,
        False,
    ]

    await sessions.end(begun, everywhere=True)
    assert [await sessions.find(one) is None for one in (there, other)] == [True, False]


async def test_the_oldest_of_too_many_give_way(
    sessions: PostgresWebSessions, stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("adapters.store.web_sessions.MOST", 2)
    caller = somebody(stage)
    begun = [(await sessions.begin(caller))[0] for _ in range(3)]
    assert [await sessions.find(secret) is None for secret in begun] == [True, False, False]


async def test_ended_ones_are_cleared_away(sessions: PostgresWebSessions, stage: Stage) -> None:
    await sessions.begin(somebody(stage))
    await aged(stage, timedelta(seconds=-1))
    await sessions.begin(somebody(stage))
    async with stage.database.transaction(stage.scope) as session:
        rows = await session.fetch(
            "SELECT FROM web_session WHERE organisation_id = $1", stage.scope.organisation_id
        )
    assert len(rows) == 1
