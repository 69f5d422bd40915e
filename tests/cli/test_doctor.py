"""What the doctor finds on real servers, and on none."""

from dataclasses import replace
from datetime import timedelta
from uuid import UUID

import pytest

from cli.checks import database, engine, services
from cli.checks.finding import Addresses, Check, CheckFailedError
from cli.doctor import findings
from cli.place import claims_of
from cli.token import make
from local.layout import Stack

NOBODY = "127.0.0.1:1"  # a port that nothing listens on


@pytest.fixture
def where(stack: Stack) -> Addresses:
    return Addresses(
        api="",
        token=stack.token,
        space_id=str(stack.space_id),
        temporal=stack.temporal_address,
        namespace="default",
        database=stack.database_url,
        owner=stack.database_owner_url,
        redis=stack.redis_url,
        model=stack.model_base_url,
        embedding=stack.model_base_url,
        data=stack.folder,
    )


async def test_it_finds_the_servers_well_and_the_missing_parts_by_name(where: Addresses) -> None:
    found = {finding.name: finding for finding in await findings(where)}
    wrong = {name: finding.detail for name, finding in found.items() if not finding.well}

    assert set(wrong) == {"temporal", "edge", "token"}
    assert "no worker on turns and documents" in wrong["temporal"]
    assert "3072 dimensions" in found["embeddings"].detail


async def test_the_tables_owner_is_no_role_to_work_under(where: Addresses) -> None:
    with pytest.raises(CheckFailedError) as caught:
        await database.row_security(replace(where, database=where.owner))

    assert "not the owner" in caught.value.mend


@pytest.mark.parametrize(
    ("check", "field", "address"),
    [
        (database.postgres, "database", f"postgresql+asyncpg://a:secret@{NOBODY}/a"),
        (database.row_security, "database", "nonsense"),
        (services.redis_server, "redis", f"redis://:secret@{NOBODY}/0"),
        (services.model, "model", f"http://{NOBODY}/v1"),
        (services.embeddings, "embedding", f"http://{NOBODY}/v1"),
        (services.edge, "api", f"http://{NOBODY}"),
        (engine.engine, "temporal", NOBODY),
    ],
)
async def test_what_does_not_answer_is_named_with_what_to_do(
    where: Addresses, check: Check, field: str, address: str
) -> None:
    with pytest.raises(CheckFailedError) as caught:
        await check(replace(where, **{field: address}))  # type: ignore[arg-type]  # all are text

    assert caught.value.mend
    assert "secret" not in caught.value.detail + caught.value.mend


def test_a_token_is_for_whom_and_where_one_says(stack: Stack) -> None:
    space, user = UUID(int=5), UUID(int=6)
    token = make(stack.folder, None, [f"{space}=viewer"], user, timedelta(hours=1))
    claims = claims_of(token)

    assert claims["org"] == str(stack.organisation_id)
    assert (claims["sub"], claims["spaces"]) == (str(user), {str(space): "viewer"})
    assert claims["exp"] - claims["iat"] == 3_600


def test_a_token_is_the_local_admins_unless_one_says_otherwise(stack: Stack) -> None:
    claims = claims_of(make(stack.folder, None, [], None, timedelta(hours=12)))

    assert claims["spaces"] == {str(stack.space_id): "admin"}
