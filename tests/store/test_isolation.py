"""No row of one space is seen or made from another: by Postgres, and by our own filters."""

import re
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import asyncpg  # type: ignore[import-untyped]  # has no stubs
import pytest

from adapters.store.conversations import PostgresConversations
from adapters.store.database import Database
from adapters.store.spaces import PostgresSpaces
from domain.ports.identity import Caller
from migrations.tables import metadata
from models.errors import AccessError, NotFoundError
from models.payloads.events import START
from models.payloads.scope import LogKey, Scope
from models.states import Role
from tests.store.stage import Stage

OF_SPACES = sorted(
    table.name for table in metadata().tables.values() if "space_id" in table.columns
)
ISOLATED = sorted(metadata().tables)
MENTION = re.compile(
    rf"(?:FROM|JOIN|UPDATE|INTO) ({'|'.join([*OF_SPACES, 'organisation', 'space'])})\b"
)
SPACED = re.compile(r"space_id(?: = (?:\$1|\w+\.space_id)|, organisation_id)|\(id\)|\bid = \$1")
STORED_TEXT = """
INSERT INTO stored_text (space_id, organisation_id, conversation_id, message_id, body_hash)
VALUES ($1, $2, $3, $4, 'x')
"""
# What the sweeps learn of spaces that they are not in: ids, and how to go on.
TOLD = {
    *("organisation_id", "space_id", "conversation_id", "conversation_kind", "approval_id"),
    *("document_id", "user_id", "version", "to_fetch", "name"),
    # Whether any organisation lets pages of a named origin call.
    "known",
}
STORE = Path(__file__).parents[2] / "adapters" / "store"


def _text_of(scope: Scope, stage: Stage) -> tuple[UUID, UUID, UUID, UUID]:
    return scope.space_id, scope.organisation_id, stage.conversation_id, uuid4()


@pytest.fixture
async def raw(urls: dict[str, str]) -> AsyncIterator[Any]:
    """A connection of the application's role, with none of our code around it."""
    connection = await asyncpg.connect(urls["app"])
    yield connection
    await connection.close()


async def within(raw: Any, scope: Scope, statement: str, *values: object) -> None:  # noqa: ANN401
    """One statement in a transaction inside the space."""
    async with raw.transaction():
        await enter(raw, scope)
        await raw.execute(statement, *values)


async def enter(raw: Any, scope: Scope) -> None:  # noqa: ANN401 - asyncpg has no types
    await raw.execute("SELECT set_config('app.space_id', $1, true)", str(scope.space_id))
    await raw.execute(
        "SELECT set_config('app.organisation_id', $1, true)", str(scope.organisation_id)
    )


@pytest.fixture
async def furnished(stage: Stage) -> Stage:
    """A space with rows in all tables of a turn's life."""
    await stage.exchange()
    await stage.with_call(approved=True)
    await stage.turns.keep_text(stage.scope, stage.conversation_id, uuid4(), "text", "hash")
    return stage


async def test_without_a_space_there_are_no_rows(furnished: Stage, raw: Any) -> None:  # noqa: ANN401
    for table in ISOLATED:
        assert await raw.fetchval(f"SELECT count(*) FROM {table}") == 0, table


async def test_in_another_space_there_are_no_rows(furnished: Stage, raw: Any) -> None:  # noqa: ANN401
    stranger = Scope(organisation_id=uuid4(), space_id=uuid4())
    async with raw.transaction():
        await enter(raw, stranger)
        for table in ISOLATED:
            assert await raw.fetchval(f"SELECT count(*) FROM {table}") == 0, table
    async with raw.transaction():
        await enter(raw, furnished.scope)
        for table in ("conversation", "message", "turn", "event", "tool_call", "approval"):
            assert await raw.fetchval(f"SELECT count(*) FROM {table}") > 0, table


async def test_another_spaces_rows_cannot_be_made_changed_or_erased(
    furnished: Stage,
    raw: Any,  # noqa: ANN401
) -> None:
    stranger = Scope(organisation_id=furnished.scope.organisation_id, space_id=uuid4())
    async with raw.transaction():
        await enter(raw, stranger)
        assert await raw.execute("UPDATE message SET content = 'x'") == "UPDATE 0"
        assert await raw.execute("DELETE FROM conversation") == "DELETE 0"
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await within(raw, stranger, STORED_TEXT, *_text_of(furnished.scope, furnished))


@pytest.mark.parametrize("table", ["organisation", "space"])
async def test_what_all_rows_hang_on_cannot_be_erased(
    furnished: Stage,
    raw: Any,  # noqa: ANN401
    table: str,
) -> None:
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await within(raw, furnished.scope, f"DELETE FROM {table}")


async def test_a_row_cannot_be_moved_to_another_space(furnished: Stage, raw: Any) -> None:  # noqa: ANN401
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await within(raw, furnished.scope, "UPDATE usage SET space_id = $1", uuid4())


async def test_a_row_cannot_hang_on_another_spaces_conversation(
    furnished: Stage,
    raw: Any,  # noqa: ANN401
) -> None:
    stranger = Scope(organisation_id=uuid4(), space_id=uuid4())
    with pytest.raises(asyncpg.ForeignKeyViolationError):
        await within(raw, stranger, STORED_TEXT, *_text_of(stranger, furnished))


async def test_a_connection_used_again_after_an_error_is_in_no_space(
    furnished: Stage,
    raw: Any,  # noqa: ANN401
) -> None:
    with pytest.raises(asyncpg.DivisionByZeroError):
        await within(raw, furnished.scope, "SELECT 1 / 0")

    assert await raw.fetchval("SELECT count(*) FROM conversation") == 0
    assert await raw.fetchval("SELECT current_setting('app.space_id', true)") == ""


async def test_our_own_pool_forgets_the_space_after_an_error(
    furnished: Stage, urls: dict[str, str]
) -> None:
    database = Database(urls["app"], pool_size=1)
    try:
        with pytest.raises(asyncpg.DivisionByZeroError):
            await database.run(furnished.scope, lambda session: session.fetch("SELECT 1 / 0"))
        async with database.transaction(None) as session:
            assert await session.fetch("SELECT 1 FROM conversation") == []
    finally:
        await database.close()


async def test_a_space_left_on_a_connection_is_not_found_behind_a_commit(
    furnished: Stage, urls: dict[str, str]
) -> None:
    space = str(furnished.scope.space_id)
    database = Database(urls["app"], pool_size=1)
    try:
        async with database.transaction(None) as session:
            await session.fetch("SELECT set_config('app.space_id', $1, false)", space)
        async with database.transaction(None) as session:
            await session.fetch("COMMIT")
            assert await session.fetch("SELECT 1 FROM conversation") == []
    finally:
        await database.close()


async def test_every_table_is_forced_and_has_its_policy(stage: Stage) -> None:
    rows = await stage.sql(
        "SELECT c.relname, c.relrowsecurity AND c.relforcerowsecurity AS forced, "
        "pg_get_userbyid(c.relowner) AS owner, "
        "(SELECT array_agg(p.polname || ':' || p.polcmd::text) FROM pg_policy p "
        "WHERE p.polrelid = c.oid AND p.polwithcheck IS NOT NULL) AS policies "
        "FROM pg_class c WHERE c.relkind = 'r' AND c.relnamespace = 'public'::regnamespace"
    )
    found = {row["relname"]: row for row in rows}

    assert set(ISOLATED) == set(found) - {"alembic_version"}
    for name in ISOLATED:
        assert found[name]["forced"], name
        assert found[name]["policies"] == ["isolation:*"], name
        assert found[name]["owner"] == "holdfast_owner", name


async def test_every_unique_key_begins_with_the_space(stage: Stage) -> None:
    rows = await stage.sql(
        "SELECT i.indrelid::regclass::text AS name, a.attname AS first FROM pg_index i "
        "JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = i.indkey[0] "
        "WHERE i.indisunique AND i.indrelid::regclass::text = ANY($1)",
        OF_SPACES,
    )

    assert {row["first"] for row in rows} == {"space_id"}


async def test_the_applications_role_owns_nothing_and_bypasses_nothing(
    stage: Stage,
    raw: Any,  # noqa: ANN401
) -> None:
    [role] = await stage.sql(
        "SELECT rolsuper, rolbypassrls, rolcreaterole, "
        "(SELECT count(*) FROM pg_class WHERE relowner = r.oid) AS owned "
        "FROM pg_roles r WHERE rolname = 'holdfast_app'"
    )
    assert tuple(role) == (False, False, False, 0)
    for statement in (
        "UPDATE audit SET action = 'x'",
        "DELETE FROM audit",
        "TRUNCATE conversation",
        "ALTER TABLE conversation DISABLE ROW LEVEL SECURITY",
        "SELECT * FROM alembic_version",
    ):
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await raw.execute(statement)


async def test_the_owner_is_bound_too(furnished: Stage, urls: dict[str, str]) -> None:
    owner = await asyncpg.connect(urls["owner"])
    try:
        assert await owner.fetchval("SELECT count(*) FROM message") == 0
        # Of other tests' approvals the sweep may see some; this space's is not decided.
        mine = "SELECT count(*) FROM approval WHERE space_id = $1"
        assert await owner.fetchval(mine, furnished.scope.space_id) == 0
    finally:
        await owner.close()


async def test_the_sweeps_function_tells_ids_and_pins_its_path(stage: Stage) -> None:
    [row] = await stage.sql(
        "SELECT prosecdef, proconfig, proargnames, proacl::text FROM pg_proc "
        "WHERE proname = 'undelivered_approvals'"
    )

    assert row["prosecdef"]
    assert row["proconfig"] == ["search_path=pg_catalog, pg_temp"]
    assert row["proargnames"][1:] == [
        "organisation_id",
        "space_id",
        "conversation_id",
        "conversation_kind",
        "approval_id",
    ]
    assert not re.search(r"[{,]=X", row["proacl"]), "everybody may call it"


async def test_whatever_sees_all_spaces_pins_its_path_and_is_ours_alone(stage: Stage) -> None:
    rows = await stage.sql(
        "SELECT proname, proconfig, proargmodes, proargnames, proacl::text FROM pg_proc "
        "WHERE prosecdef AND pronamespace = 'public'::regnamespace"
    )

    assert {"undelivered_approvals", "stalled_documents", "due_removals"} <= {
        row["proname"] for row in rows
    }
    for row in rows:
        assert row["proconfig"] == ["search_path=pg_catalog, pg_temp"], row["proname"]
        assert not re.search(r"[{,]=X", row["proacl"]), f"everybody may call {row['proname']}"
        told = zip(row["proargmodes"] or (), row["proargnames"] or (), strict=True)
        words = {name for mode, name in told if mode == b"t"}
        assert words <= TOLD, row["proname"]


async def test_our_filters_hold_where_no_policy_does(
    furnished: Stage, urls: dict[str, str]
) -> None:
    """As a superuser every row is visible: only the statements' own filters are left."""
    database = Database(urls["superuser"], pool_size=1)
    stranger = Scope(organisation_id=furnished.scope.organisation_id, space_id=uuid4())
    log = LogKey(scope=stranger, conversation_id=furnished.conversation_id)
    try:
        conversations = PostgresConversations(database)
        for call in (conversations.get, conversations.clear, conversations.delete):
            with pytest.raises(NotFoundError):
                await call(stranger, furnished.conversation_id)
        with pytest.raises(NotFoundError):
            await conversations.update(stranger, furnished.conversation_id, title="mine")
        page = await conversations.page(stranger, limit=10, cursor=None)
        assert page.items == []
        foreign = type(furnished.events)(database)  # type: ignore[call-arg]  # the port has no __init__
        assert await foreign.after(log, START, None, 10) == []
    finally:
        await database.close()
    kept = await furnished.conversations.get(furnished.scope, furnished.conversation_id)
    assert kept.title != "mine"


def test_every_statement_in_plain_sql_names_its_space() -> None:
    """Each mention of a table is followed by its space, or writes it."""
    unfiltered, seen = [], 0
    for path in sorted(STORE.glob("*.py")):
        for statement in re.findall(r'"""(.*?)"""', path.read_text(), re.DOTALL):
            if not re.search(r"^\s*(SELECT|INSERT|UPDATE|DELETE|WITH)\b", statement):
                continue
            if "undelivered_approvals" in statement:
                continue
            tables, spaces = MENTION.findall(statement), SPACED.findall(statement)
            seen += len(tables)
            if len(spaces) < len(tables):
                unfiltered.append((path.name, statement))
    assert unfiltered == []
    assert seen > 80, "the pattern no longer finds the statements"


async def test_a_space_belongs_to_the_organisation_that_had_it_first(stage: Stage) -> None:
    thief = Scope(organisation_id=uuid4(), space_id=stage.scope.space_id)
    caller = Caller(uuid4(), thief.organisation_id, {thief.space_id: Role.ADMIN}, "test")

    with pytest.raises(AccessError):
        await stage.spaces.mirror(caller, thief)
    with pytest.raises(NotFoundError):
        await stage.spaces.context(thief)

    assert set(await stage.spaces.context(stage.scope)) == {"name", "voice", "integrations"}


async def test_a_membership_mirrors_the_newest_role(stage: Stage) -> None:
    scope = stage.scope
    for role in (Role.VIEWER, Role.APPROVER, Role.APPROVER):
        caller = Caller(stage.user_id, scope.organisation_id, {scope.space_id: role}, "test")
        await PostgresSpaces(stage.database).mirror(caller, scope)

    [row] = await stage.sql("SELECT role FROM membership WHERE space_id = $1", scope.space_id)
    assert row["role"] == "approver"


async def test_older_claims_raise_nobody_again(stage: Stage) -> None:
    scope = stage.scope
    for role, made in ((Role.ADMIN, 10.0), (Role.VIEWER, 20.0), (Role.ADMIN, 10.0)):
        caller = Caller(
            stage.user_id, scope.organisation_id, {scope.space_id: role}, "test", claimed_at=made
        )
        await PostgresSpaces(stage.database).mirror(caller, scope)

    [row] = await stage.sql("SELECT role FROM membership WHERE space_id = $1", scope.space_id)
    assert row["role"] == "viewer"
