"""A conversation read by its turns: what was asked on the path, and what answers it there."""

from uuid import UUID, uuid4

import pytest

from adapters.store.exchanges import exchanges_page
from adapters.store.session import Session
from domain.ports.conversations import Exchange, Page
from models.errors import InvalidError, NotFoundError
from models.ids import answer_id
from models.payloads.events import EventId, ToolCompleted
from models.payloads.scope import Scope
from models.payloads.turn import IncomingMessage, Outcome
from tests.store.stage import Stage

# Of messages and turns, by the connection that asks.
COUNTS = """
SELECT coalesce(sum(coalesce(seq_tup_read, 0) + coalesce(idx_tup_fetch, 0)), 0)::bigint AS rows
FROM pg_stat_xact_user_tables WHERE relname IN ('message', 'turn')
"""


async def page(stage: Stage, limit: int = 50, cursor: str | None = None) -> Page[Exchange]:
    return await stage.conversations.exchanges(
        stage.scope, stage.conversation_id, limit=limit, cursor=cursor
    )


def said(found: Page[Exchange]) -> list[tuple[str, str | None]]:
    """Question and answer, newest first."""
    return [
        (one.asked.content, None if one.turn.answer is None else one.turn.answer.content)
        for one in found.items
    ]


async def answered(stage: Stage, message: IncomingMessage, text: str) -> None:
    claimed = await stage.claim(message)
    record = stage.record(message, claimed.number, text=text)
    await stage.transcript.commit_step(stage.turn(message), 1, 1, record)
    await stage.close(message)


async def test_turns_come_newest_first_with_their_stored_events(stage: Stage) -> None:
    for number in range(5):
        await stage.exchange(f"q{number}", f"a{number}")

    first = await page(stage, limit=2)
    second = await page(stage, limit=2, cursor=first.next_cursor)
    third = await page(stage, limit=2, cursor=second.next_cursor)

    pages = [said(first), said(second), said(third)]
    assert pages == [
        [("q4", "a4"), ("q3", "a3")],
        [("q2", "a2"), ("q1", "a1")],
        [("q0", "a0")],
    ]
    assert third.next_cursor is None
    newest = first.items[0]
    assert [event.event.kind for event in newest.events] == ["turn.started", "text.completed"]
    assert {event.turn_id for event in newest.events} == {newest.turn.id}
    assert (newest.turn.outcome, newest.turn.input_tokens) == (Outcome.COMPLETED, 20)
    assert newest.siblings == newest.asked.siblings == (newest.asked.id,)
    assert newest.answers == (newest.turn.id,)


async def test_a_cursor_goes_on_where_it_was_given_though_the_leaf_has_moved(stage: Stage) -> None:
    for number in range(3):
        await stage.exchange(f"q{number}", f"a{number}")
    first = await page(stage, limit=1)
    await stage.exchange("later", "too")
    await answered(stage, stage.message("instead", parent_id=UUID(int=0)), "other")

    rest = await page(stage, cursor=first.next_cursor)

    assert said(rest) == [("q1", "a1"), ("q0", "a0")]
    assert said(await page(stage)) == [("instead", "other")]


async def test_an_edited_question_has_siblings_and_a_path_of_its_own(stage: Stage) -> None:
    root = await stage.exchange("root", "yes")
    under = answer_id(root.turn_id, 1)
    first = await stage.exchange("first", "one")
    second = stage.message("second", parent_id=under)
    await answered(stage, second, "two")

    found = await page(stage)

    assert said(found) == [("second", "two"), ("root", "yes")]
    assert found.items[0].siblings == (first.message_id, second.message_id)
    assert found.items[1].siblings == (root.message_id,)
    messages = await stage.conversations.messages(
        stage.scope, stage.conversation_id, limit=9, cursor=None
    )
    assert [one.siblings for one in messages.items[2:3]] == [found.items[0].siblings]


async def test_a_question_asked_again_names_all_its_answers(stage: Stage) -> None:
    asked = await stage.exchange("q", "first")
    again = stage.message("q", regenerates=asked.message_id)
    await answered(stage, again, "second")

    [one] = (await page(stage)).items

    assert one.asked.id == asked.message_id
    assert (one.turn.id, one.answers) == (again.turn_id, (asked.turn_id, again.turn_id))
    assert one.turn.answer is not None
    assert one.turn.answer.content == "second"
    messages = await stage.conversations.messages(
        stage.scope, stage.conversation_id, limit=9, cursor=None
    )
    beside = (answer_id(asked.turn_id, 1), answer_id(again.turn_id, 1))
    assert messages.items[1].siblings == beside


async def test_another_answer_that_failed_is_the_one_that_is_shown(stage: Stage) -> None:
    asked = await stage.exchange("q", "first")
    again = stage.message("q", regenerates=asked.message_id)
    await stage.claim(again)
    await stage.close(again, Outcome.FAILED, error_code="model_quiet", error_detail="It hung.")

    [one] = (await page(stage)).items

    assert (one.turn.id, one.turn.error_code, one.abandoned) == (
        again.turn_id,
        "model_quiet",
        False,
    )


async def test_a_running_turn_is_an_exchange_and_a_withdrawn_one_is_none(stage: Stage) -> None:
    await stage.exchange("q", "a")
    gone, _ = await stage.begin("gone")
    await stage.close(gone, Outcome.WITHDRAWN)
    running, _ = await stage.begin("running")

    found = await page(stage)

    assert said(found) == [("running", None), ("q", "a")]
    assert found.items[0].turn.id == running.turn_id
    assert found.items[0].turn.outcome is None
    assert found.items[0].siblings == (running.message_id,)


async def test_what_steered_a_turn_stands_in_its_exchange(stage: Stage) -> None:
    message, call = await stage.with_call()
    steering = stage.message("rather in French")
    await stage.transcript.begin_step(
        stage.turn(message), 2, 1, steered=[steering], characters=1_000
    )
    await stage.transcript.commit_step(
        stage.turn(message), 2, 1, stage.record(message, 1, step=2, text="Oui.")
    )
    await stage.close(message)
    await stage.exchange("next", "done")

    found = await page(stage)

    assert said(found) == [("next", "done"), ("Hello?", "Oui.")]
    assert [one.content for one in found.items[1].steered] == ["rather in French"]
    assert call.call_id


async def test_a_path_that_leaves_a_turn_early_has_its_first_steps_alone(stage: Stage) -> None:
    message, call = await stage.with_call()
    done = stage.logged(
        message,
        EventId(1, 150),
        ToolCompleted(step=1, call_id=call.call_id, name=call.name, result="ok"),
    )
    await stage.calls.record(stage.turn(message), [done])
    record = stage.record(message, 1, step=2, text="Done.")
    await stage.transcript.commit_step(stage.turn(message), 2, 1, record)
    await stage.close(message)
    other = stage.message("instead", parent_id=answer_id(message.turn_id, 1))
    await answered(stage, other, "fine")
    early = (await page(stage)).items[1]
    await answered(stage, stage.message("at once", parent_id=message.message_id), "well")
    left = (await page(stage)).items[1]

    assert (early.turn.id, early.turn.answer, early.abandoned) == (message.turn_id, None, False)
    steps = {getattr(one.event, "step", 0) for one in early.events}
    assert steps == {0, 1}
    assert (left.abandoned, left.events, left.turn.answer) == (True, (), None)
    assert left.asked.content == "Hello?"


async def test_another_spaces_conversation_and_cursor_show_nothing(stage: Stage) -> None:
    await stage.exchange("q0", "a0")
    await stage.exchange("q1", "a1")
    cursor = (await page(stage, limit=1)).next_cursor
    key = stage.conversation_id
    stranger = Scope(organisation_id=uuid4(), space_id=uuid4())

    with pytest.raises(NotFoundError):
        await stage.conversations.exchanges(stranger, key, limit=9, cursor=cursor)
    stage.conversation_id = uuid4()
    await stage.create()
    assert (await page(stage, cursor=cursor)).items == []
    with pytest.raises(InvalidError):
        await page(stage, cursor="bm90IG91cnM")


async def test_a_page_of_a_long_conversation_reads_its_page_alone(stage: Stage) -> None:
    """Counted by Postgres itself: rows that were fetched by an index or a scan."""
    last = await stage.exchange("q", "a")
    await grown(stage, last, 1_500)
    first = await page(stage, limit=20)
    assert first.next_cursor is not None

    for cursor in (None, first.next_cursor):
        read = await rows_read(stage, cursor)
        assert read < 500, f"{read} rows for a page of 20 of 1,500 exchanges"


async def grown(stage: Stage, after: IncomingMessage, count: int) -> None:
    """So many further exchanges, written at once."""
    await stage.sql(
        """
        WITH pair AS (SELECT n, gen_random_uuid() AS asked, gen_random_uuid() AS said,
            gen_random_uuid() AS turn FROM generate_series(1, $4::integer) n), linked AS (
            SELECT *, coalesce(lag(said) OVER (ORDER BY n), $5::uuid) AS parent FROM pair
        ), turns AS (
            INSERT INTO turn (space_id, organisation_id, conversation_id, id, number, user_id,
                owner, agent, agent_version, user_message_id, request_id, steps, outcome, finish,
                started_at, ended_at)
            SELECT $1, $2, $3, turn, 1 + n, $1, 'test', 'assistant', 1, asked, '', 1, 'completed',
                'stop', now(), now() FROM pair
        ), questions AS (
            INSERT INTO message (space_id, organisation_id, conversation_id, id, parent_id,
                position, role, content, turn_id)
            SELECT $1, $2, $3, asked, parent, 2 * n, 'user', 'q' || n, turn FROM linked
        ), answers AS (
            INSERT INTO message (space_id, organisation_id, conversation_id, id, parent_id,
                position, role, content, turn_id, step)
            SELECT $1, $2, $3, said, asked, 2 * n + 1, 'assistant', 'a' || n, turn, 1 FROM linked
        )
        UPDATE conversation SET turn_counter = 1 + $4, active_leaf = (SELECT said FROM pair
            ORDER BY n DESC LIMIT 1) WHERE space_id = $1 AND id = $3
        """,
        stage.scope.space_id,
        stage.scope.organisation_id,
        stage.conversation_id,
        count,
        answer_id(after.turn_id, 1),
    )
    # As autovacuum does within a minute: plans are made for tables that are known.
    await stage.sql("ANALYZE message, turn, event, usage, conversation")


async def rows_read(stage: Stage, cursor: str | None) -> int:
    """By one page of 20, as Postgres counts them."""

    async def work(session: Session) -> int:
        before = await session.first(COUNTS)
        found = await exchanges_page(session, stage.conversation_id, limit=20, cursor=cursor)
        assert len(found.items) == 20
        after = await session.first(COUNTS)
        assert before is not None
        assert after is not None
        return int(after["rows"] - before["rows"])

    return await stage.database.run(stage.scope, work)
