"""Lost connections, limits, and what a step's window costs."""

import asyncio
import random
from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Any, TypeVar
from uuid import uuid4

import asyncpg  # type: ignore[import-untyped]  # has no stubs
import pytest

from adapters.store.claim import claim_turn
from adapters.store.conversations import PostgresConversations
from adapters.store.database import Database
from adapters.store.session import Session
from adapters.store.transcript import PostgresTranscript
from adapters.store.window import LOAD
from domain.ports.transcript import ClaimedTurn
from models.errors import UnavailableError
from models.payloads.events import START
from models.payloads.scope import Scope
from models.payloads.turn import Claim
from tests.store.stage import Stage

Result = TypeVar("Result")

PID = "SELECT pg_backend_pid() AS pid"


async def kill(stage: Stage, pid: int) -> None:
    await stage.sql("SELECT pg_terminate_backend($1, 5000)", pid)


async def test_a_transaction_that_loses_its_connection_is_run_again(stage: Stage) -> None:
    message = stage.message()
    tries = 0

    async def work(session: Session) -> int:
        nonlocal tries
        tries += 1
        [row] = await session.fetch(PID)
        if tries <= 2:
            await kill(stage, row["pid"])
        rows = await session.fetch("SELECT 1 FROM conversation WHERE space_id = $1", space)
        return len(rows)

    space = stage.scope.space_id
    assert await stage.database.run(stage.scope, work) == 1
    assert tries == 3
    assert not (await stage.claim(message)).taken


async def test_a_commit_whose_answer_was_lost_is_found_done(stage: Stage) -> None:
    owner = "run-1"
    message = stage.message()
    claim = Claim(message=message, owner=owner)
    answers: list[ClaimedTurn] = []

    async def work(session: Session) -> ClaimedTurn:
        answers.append(await claim_turn(session, stage.turn(message), claim, ()))
        if len(answers) == 1:
            await session.commit()
            raise asyncpg.ConnectionDoesNotExistError("the answer to COMMIT was lost")
        return answers[-1]

    found = await stage.database.run(stage.scope, work)

    assert answers[0] == found == answers[1]
    assert (found.taken, found.number) == (False, 1)


async def test_idle_connections_that_died_are_replaced_unnoticed(stage: Stage) -> None:
    async def pids() -> set[int]:
        async def one(_: int) -> int:
            async with stage.database.transaction(stage.scope) as session:
                [row] = await session.fetch("SELECT pg_backend_pid() AS pid, pg_sleep(0.01)")
                return int(row["pid"])

        return set(await asyncio.gather(*map(one, range(10))))

    before = await pids()
    for pid in before:
        await kill(stage, pid)

    after = await pids()

    assert not before & after


class Passing(Database):
    """Says when a transaction has gone through."""

    def __init__(self, url: str) -> None:
        super().__init__(url)
        self.passed = asyncio.Event()

    async def run(
        self, scope: Scope | None, work: Callable[[Session], Awaitable[Result]]
    ) -> Result:
        try:
            return await super().run(scope, work)
        finally:
            self.passed.set()


async def test_cutting_connections_all_the_time_loses_and_doubles_nothing(stage: Stage) -> None:
    database, superuser = Passing(stage.urls["app"]), await asyncpg.connect(stage.urls["superuser"])
    done = asyncio.Event()

    async def cutting() -> None:
        """At most once for each transaction that goes through: one has only so many tries."""
        while not done.is_set():
            database.passed.clear()
            await superuser.execute(
                "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity "
                "WHERE usename = 'holdfast_app' AND datname = current_database()"
            )
            await database.passed.wait()
            # Not always at the beginning of the next.
            await asyncio.sleep(random.uniform(0, 0.01))  # noqa: S311 - no secret

    cut = replace(stage, transcript=PostgresTranscript(database))
    cutter = asyncio.create_task(cutting())
    try:
        for _ in range(20):
            await cut.exchange()
    finally:
        done.set()
        database.passed.set()
        await cutter
        await superuser.close()
        await database.close()

    [row] = await stage.sql(
        "SELECT count(*) AS turns, count(DISTINCT number) AS numbers, max(number) AS last, "
        "count(*) FILTER (WHERE outcome = 'completed') AS completed "
        "FROM turn WHERE conversation_id = $1",
        stage.conversation_id,
    )
    assert tuple(row) == (20, 20, 20, 20)
    assert len(await stage.events.after(stage.log, START, None, 1_000)) == 40


async def test_a_server_that_is_away_is_a_named_error() -> None:
    database = Database("postgresql://holdfast_app@127.0.0.1:1/holdfast")
    conversations = PostgresConversations(database)
    scope = Scope(organisation_id=uuid4(), space_id=uuid4())
    try:
        with pytest.raises(UnavailableError):
            await database.ping()
        with pytest.raises(UnavailableError) as away:
            await conversations.get(scope, uuid4())
    finally:
        await database.close()

    assert (away.value.code, away.value.retryable) == ("store_unavailable", True)


async def test_a_cancelled_caller_leaves_no_lock_and_no_lost_connection(stage: Stage) -> None:
    database = Database(stage.urls["app"], pool_size=1)
    holding = asyncio.Event()

    async def work(session: Session) -> None:
        await session.fetch(
            "SELECT 1 FROM conversation WHERE space_id = $1 FOR UPDATE", stage.scope.space_id
        )
        holding.set()
        await session.fetch("SELECT pg_sleep(60)")

    task = asyncio.create_task(database.run(stage.scope, work))
    try:
        await holding.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        await database.ping()
        assert (await stage.claim(stage.message())).number == 1
    finally:
        await database.close()


async def test_a_wrong_value_is_not_tried_again(stage: Stage) -> None:
    tries = 0

    async def work(session: Session) -> None:
        nonlocal tries
        tries += 1
        await session.fetch("SELECT $1::integer", 2**40)

    with pytest.raises(asyncpg.DataError):
        await stage.database.run(stage.scope, work)

    assert tries == 1


async def test_a_query_without_end_is_cut_and_named(stage: Stage) -> None:
    async def work(session: Session) -> Any:  # noqa: ANN401 - rows
        await session.fetch("SET LOCAL statement_timeout = '50ms'")
        return await session.fetch("SELECT pg_sleep(60)")

    with pytest.raises(UnavailableError) as cut:
        await stage.database.run(stage.scope, work)

    assert cut.value.code == "store_unavailable"


async def test_a_stopped_holder_of_a_lock_is_cut_and_the_next_one_goes_on(stage: Stage) -> None:
    holder = await asyncpg.connect(stage.urls["app"])
    await holder.execute("BEGIN")
    await holder.execute("SELECT set_config('app.space_id', $1, true)", str(stage.scope.space_id))
    await holder.execute(
        "SELECT 1 FROM conversation WHERE id = $1 FOR UPDATE", stage.conversation_id
    )
    # From here on it says nothing more.
    await holder.execute("SET LOCAL idle_in_transaction_session_timeout = '300ms'")

    claimed = await stage.claim(stage.message())

    assert claimed.number == 1
    holder.terminate()


async def test_every_connection_has_its_limits(stage: Stage) -> None:
    async with stage.database.transaction(None) as session:
        rows = await session.fetch(
            "SELECT name, setting FROM pg_settings WHERE name = ANY($1) ORDER BY name",
            ["statement_timeout", "lock_timeout", "idle_in_transaction_session_timeout"],
        )

    assert {row["name"]: row["setting"] for row in rows} == {
        "idle_in_transaction_session_timeout": "3000",
        "lock_timeout": "5000",
        "statement_timeout": "10000",
    }


async def test_a_steps_window_costs_the_same_at_message_ten_and_one_thousand(
    stage: Stage,
) -> None:
    async def cost() -> tuple[int, int]:
        """Rows of the path, and rows that the statement looked at. (Pages also count how deep the
        indexes are, which other tests' rows decide.)"""
        message, _ = await stage.begin("now")
        async with stage.database.transaction(stage.scope) as session:
            # As in a database that has grown: small tables are cheaper read whole.
            await session.fetch("SET LOCAL enable_seqscan = off")
            await session.fetch("SET LOCAL enable_bitmapscan = off")
            [row] = await session.fetch(
                f"EXPLAIN (ANALYZE, FORMAT JSON) {LOAD}",
                stage.scope.space_id,
                stage.conversation_id,
                message.turn_id,
                1,
                100_000,
                8,
            )
        plan = row[0][0]["Plan"]
        await stage.close(message)
        return _rows(plan, "path"), _looked_at(plan)

    for _ in range(5):
        await stage.exchange()
    rows_at_ten, _ = await cost()
    await _lengthen(stage, 1_000)
    rows, looked_at = await cost()
    await _lengthen(stage, 4_000)
    rows_at_five_thousand, looked_at_of_five_thousand = await cost()

    assert rows_at_ten == rows == rows_at_five_thousand == 8
    # Those of the path, and this conversation's few turns.
    assert looked_at <= 4 * 8
    assert looked_at_of_five_thousand <= 4 * 8


def _rows(plan: dict[str, Any], name: str) -> int:
    if plan.get("Subplan Name") == f"CTE {name}":
        return int(plan["Actual Rows"])
    return max((_rows(part, name) for part in plan.get("Plans", ())), default=0)


def _looked_at(plan: dict[str, Any]) -> int:
    """Rows of tables, those included that a filter then dropped."""
    rows = sum(_looked_at(part) for part in plan.get("Plans", ()))
    if "Relation Name" in plan:
        each = plan["Actual Rows"] + plan.get("Rows Removed by Filter", 0)
        rows += round(each * plan["Actual Loops"])
    return rows


async def _lengthen(stage: Stage, count: int) -> None:
    """A thousand messages between the leaf and the next turn, without a thousand turns."""
    await stage.sql(
        """
        WITH leaf AS (
            SELECT m.*, gen_random_uuid() AS base FROM conversation c JOIN message m
            ON m.space_id = c.space_id AND m.conversation_id = c.id AND m.id = c.active_leaf
            WHERE c.id = $1
        ), made AS (
            SELECT n, md5(leaf.base::text || n)::uuid AS id,
                CASE WHEN n = 1 THEN leaf.id ELSE md5(leaf.base::text || (n - 1))::uuid END AS up
            FROM leaf, generate_series(1, $2) AS n
        ), added AS (
            INSERT INTO message (space_id, organisation_id, conversation_id, id, parent_id,
                position, role, content, turn_id)
            SELECT leaf.space_id, leaf.organisation_id, leaf.conversation_id, made.id, made.up,
                leaf.position + n, CASE WHEN n % 2 = 1 THEN 'user' ELSE 'assistant' END,
                'message ' || n, leaf.turn_id
            FROM leaf, made
        )
        UPDATE conversation SET active_leaf = (SELECT id FROM made WHERE n = $2) WHERE id = $1
        """,
        stage.conversation_id,
        count,
    )
    await stage.sql("ANALYZE message")
