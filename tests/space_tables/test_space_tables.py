"""A model's SQL reads its own space, and does nothing else."""

import re
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import asyncpg  # type: ignore[import-untyped]  # has no stubs
import pytest

from adapters.space_tables.offered import SCHEMA, TABLES
from adapters.space_tables.postgres import CELL_CHARACTERS, MOST_ROWS, PostgresSpaceTables
from adapters.space_tables.statement import checked
from adapters.store.database import Database
from local.stack import Stack
from models.errors import AppError, InvalidError, LimitError, UnavailableError
from models.payloads.scope import Scope
from tests.space_tables.hostile import BENEATH, FOREIGN, REFUSED, USELESS

SECRET = "the other space's secret"
NOTES = 3
ANSWERED = (
    "SELECT count(*) FROM notes",
    "select Title from NOTES order by created_at desc limit 5",
    "SELECT n.title, length(n.body) AS size FROM space_tables.notes AS n WHERE n.title ~* 'T'",
    "WITH x AS (SELECT title FROM notes) SELECT title, count(*) FROM x GROUP BY title HAVING true",
    (
        "SELECT date_trunc('week', created_at), count(*) FILTER (WHERE role = 'user') FROM messages"
        " WHERE created_at > now() - interval '7 days' GROUP BY 1 ORDER BY 1 NULLS LAST"
    ),
    (
        "SELECT model, sum(cost_usd), percentile_cont(0.5) WITHIN GROUP (ORDER BY first_token_ms) "
        "FROM usage GROUP BY ROLLUP (model)"
    ),
    (
        "SELECT c.title, count(m.id) FROM conversations AS c LEFT JOIN messages AS m "
        "ON m.conversation_id = c.id GROUP BY c.id, c.title"
    ),
    (
        "SELECT row_number() OVER (PARTITION BY agent ORDER BY started_at), rank() OVER w, "
        "lag(number, 1) OVER w FROM turns WINDOW w AS (ORDER BY number)"
    ),
    "SELECT k, count(*) FROM documents AS d, unnest(d.keywords) AS k(k) GROUP BY k",
    "SELECT title FROM documents WHERE 'x' = ANY(keywords) OR keywords @> ARRAY['a']",
    "SELECT extract(epoch FROM max(ended_at) - min(started_at)), age(max(ended_at)) FROM turns",
    "SELECT to_char(created_at, 'YYYY-MM'), created_at::date, now() AT TIME ZONE 'UTC' FROM notes",
    "SELECT CASE WHEN tool LIKE 'publish%' THEN 'p' ELSE coalesce(note, '-') END FROM approvals",
    "SELECT title FROM notes UNION ALL SELECT title FROM sessions EXCEPT SELECT 'x'",
    "SELECT DISTINCT ON (status) status, name FROM tool_calls ORDER BY status, started_at DESC",
    "SELECT round(avg(length(body)), 2), stddev(length(body)) FROM notes",
    "SELECT title FROM notes WHERE id IN (SELECT id FROM notes) OR EXISTS (SELECT 1 FROM usage)",
    "SELECT name, description FROM collections",
    "SELECT title || ' ' || body, upper(title), split_part(title, ' ', 1) FROM notes;",
)


@dataclass
class Ground:
    tables: PostgresSpaceTables
    database: Database
    scope: Scope
    reader_url: str


@pytest.fixture(scope="module")
async def ground(stack: Stack) -> AsyncIterator[Ground]:
    """A space with notes, and another one whose notes are nobody else's business."""
    ours = Scope(organisation_id=uuid4(), space_id=uuid4())
    theirs = Scope(organisation_id=uuid4(), space_id=UUID(FOREIGN))
    app = Database(stack.database_url, pool_size=1)
    for scope, body, count in ((ours, "b" * 2_000, NOTES), (theirs, SECRET, 50)):
        async with app.transaction(scope) as session:
            owner = (scope.space_id, scope.organisation_id)
            await session.fetch("INSERT INTO organisation (id) VALUES ($1)", owner[1])
            await session.fetch("INSERT INTO space (id, organisation_id) VALUES ($1, $2)", *owner)
            for number in range(count):
                await session.fetch(
                    "INSERT INTO note (space_id, organisation_id, id, title, body) "
                    "VALUES ($1, $2, $3, $4, $5)",
                    *(*owner, uuid4(), f"Title {number}", body),
                )
    await app.close()
    url = stack.environment["HOLDFAST_TABLES__DATABASE_URL"]
    reader = Database(url, pool_size=2)
    yield Ground(PostgresSpaceTables(reader), reader, ours, url.replace("+asyncpg", ""))
    await reader.close()


@pytest.mark.parametrize("sql", ANSWERED)
async def test_questions_are_answered(ground: Ground, sql: str) -> None:
    rows = await ground.tables.query(ground.scope, sql)
    assert rows.header
    assert SECRET not in repr(rows)


async def test_a_count_counts_this_space_alone(ground: Ground) -> None:
    rows = await ground.tables.query(ground.scope, "SELECT count(*) FROM notes")
    assert rows.rows == [(str(NOTES),)]


async def test_a_space_without_rows_has_none(ground: Ground) -> None:
    empty = Scope(organisation_id=uuid4(), space_id=uuid4())
    for table in TABLES:
        rows = await ground.tables.query(empty, f"SELECT count(*) FROM {table}")
        assert rows.rows == [("0",)], table


@pytest.mark.parametrize("sql", REFUSED)
def test_what_is_no_question_is_refused(sql: str) -> None:
    with pytest.raises(InvalidError) as refused:
        checked(sql)
    assert refused.value.code == "sql_invalid"
    assert len(refused.value.detail) <= 500


@pytest.mark.parametrize(
    "text", ["'", "''", "\\'", "1'; SELECT pg_sleep(9) --", "$$", "\\", "/*", "--", "é\u2028"]
)
@pytest.mark.parametrize(
    "around",
    [
        "SELECT '{}' AS x FROM notes",
        "SELECT title FROM notes WHERE body LIKE '%{}%' ESCAPE '!'",
        "SELECT to_char(created_at, '{}') FROM notes",
        "SELECT now() AT TIME ZONE '{}' FROM notes",
        "SELECT interval '{}' FROM notes",
        "SELECT interval '1' day + interval '{} days' FROM notes",
        "SELECT date '{}' FROM notes",
        "SELECT CAST('{}' AS text) FROM notes",
        "SELECT trim(both '{}' FROM title) FROM notes",
        "SELECT split_part(title, '{}', 1), position('{}' IN title) FROM notes",
        "SELECT title FROM notes WHERE 'x' = ANY(ARRAY['{}'])",
    ],
)
def test_no_literal_leaves_its_quotes(around: str, text: str) -> None:
    """As Postgres reads them: every quote inside is doubled, and no backslash counts."""
    sql = around.replace("{}", text.replace("'", "''"))
    try:
        written = checked(sql)
    except InvalidError:
        return
    code = re.sub(r"'(?:[^']|'')*'", "?", written)
    assert "'" not in code
    assert "pg_sleep" not in code.lower()
    assert ";" not in code


@pytest.mark.parametrize("sql", USELESS)
async def test_what_postgres_refuses_is_told(ground: Ground, sql: str) -> None:
    with pytest.raises(InvalidError) as refused:
        await ground.tables.query(ground.scope, sql)
    assert refused.value.code == "sql_invalid"


async def test_the_pool_survives_errors(ground: Ground) -> None:
    for _ in range(5):
        for sql in USELESS:
            with pytest.raises(AppError):
                await ground.tables.query(ground.scope, sql)
    await test_a_count_counts_this_space_alone(ground)


@pytest.mark.parametrize("sql", BENEATH)
async def test_the_role_alone_holds_too(ground: Ground, sql: str) -> None:
    """Were the judge fooled, Postgres would still give nothing of another space."""
    connection: Any = await asyncpg.connect(ground.reader_url)
    try:
        for question in (sql, "SELECT body FROM note", "SELECT count(id) FROM note"):
            transaction = connection.transaction()
            await transaction.start()
            await connection.execute(f"SET LOCAL app.space_id = '{ground.scope.space_id}'")
            await connection.fetch(f"SELECT {SCHEMA}.enter($1)", ground.scope.space_id)
            await connection.execute("SET TRANSACTION READ ONLY")
            try:
                found = await connection.fetch(sql)
                found += await connection.fetch(question)
            except asyncpg.PostgresError:
                continue
            finally:
                await transaction.rollback()
            assert SECRET not in repr(found)
            assert "count=50" not in repr(found)
    finally:
        await connection.close()


async def test_outside_a_space_the_reader_sees_nothing(ground: Ground) -> None:
    connection: Any = await asyncpg.connect(ground.reader_url)
    try:
        await connection.execute(f"SET app.space_id = '{FOREIGN}'")
        for table in TABLES:
            assert await connection.fetchval(f"SELECT count(*) FROM {SCHEMA}.{table}") == 0, table
    finally:
        await connection.close()


async def test_rows_columns_and_cells_are_limited(ground: Ground) -> None:
    many = "SELECT a.body FROM notes AS a, notes AS b, notes AS c, notes AS d, notes AS e"
    rows = await ground.tables.query(ground.scope, many)
    assert rows.cut
    assert len(rows.rows) == MOST_ROWS
    assert {len(cell or "") for (cell,) in rows.rows} == {CELL_CHARACTERS + 1}
    wide = "SELECT " + ", ".join(["title"] * 31) + " FROM notes"
    with pytest.raises(InvalidError):
        await ground.tables.query(ground.scope, wide)


async def test_a_long_statement_ends(ground: Ground) -> None:
    crossed = ", ".join(f"notes AS n{place}" for place in range(30))
    hasty = PostgresSpaceTables(ground.database, within=timedelta(seconds=0.2))
    with pytest.raises(LimitError) as refused:
        await hasty.query(ground.scope, f"SELECT count(*) FROM {crossed}")
    assert refused.value.code == "sql_time"
    await test_a_count_counts_this_space_alone(ground)


async def test_nothing_is_left_of_a_question(ground: Ground, stack: Stack) -> None:
    await ground.tables.query(ground.scope, "SELECT count(*) FROM notes")
    owner: Any = await asyncpg.connect(stack.database_owner_url.replace("+asyncpg", ""))
    try:
        assert await owner.fetchval(f"SELECT count(*) FROM {SCHEMA}.entered") == 0
    finally:
        await owner.close()


async def test_the_model_is_told_what_there_is(ground: Ground, stack: Stack) -> None:
    owner: Any = await asyncpg.connect(stack.database_owner_url.replace("+asyncpg", ""))
    try:
        found = await owner.fetch(
            "SELECT c.relname AS table, array_agg(a.attname ORDER BY a.attnum) AS columns "
            "FROM pg_class AS c JOIN pg_attribute AS a ON a.attrelid = c.oid "
            f"WHERE c.relnamespace = '{SCHEMA}'::regnamespace AND c.relkind = 'v' "
            "AND a.attnum > 0 GROUP BY 1"
        )
    finally:
        await owner.close()
    told = {name: _columns(text) for name, text in TABLES.items()}
    assert told == {row["table"]: list(row["columns"]) for row in found}
    assert all(table in ground.tables.schema for table in TABLES)


def _columns(text: str) -> list[str]:
    inside = re.sub(r"/\*.*?\*/", "", text[text.index("(") + 1 :]).strip().rstrip(")")
    return [part.split()[0] for part in inside.split(",")]


async def test_without_a_reader_it_says_so() -> None:
    scope = Scope(organisation_id=uuid4(), space_id=uuid4())
    with pytest.raises(UnavailableError) as refused:
        await PostgresSpaceTables(None).query(scope, "SELECT 1 FROM notes")
    assert refused.value.code == "not_configured"
