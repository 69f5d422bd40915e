"""Conversations as the edge reads them: pages, clearing, erasing."""

import asyncio
import base64
from uuid import UUID, uuid4

import pytest

from domain.ports.conversations import Message
from domain.ports.transcript import Passage
from models.errors import ConflictError, InvalidError, NotFoundError, StaleAttemptError
from models.payloads.chat import Role
from models.payloads.events import START, EventId
from models.payloads.sources import Source
from models.payloads.turn import Outcome
from models.states import ConversationKind, ConversationState
from tests.store.stage import Stage, together

JUNK = ["", "x", "=", "////", "\0", "é" * 9, "a" * 100_000]
JUNK += [
    base64.urlsafe_b64encode(text).decode()
    for text in (b"", b":", b"1", b"1:2", b"-1:" + uuid4().hex.encode(), b"9" * 40, b"\xff\xfe:1")
]


async def test_creating_again_answers_with_what_is_there(stage: Stage) -> None:
    wanted = uuid4()

    found = await together(
        5,
        lambda index: stage.conversations.create(
            stage.scope,
            stage.user_id,
            conversation_id=wanted,
            title=f"title {index}",
            agent="assistant",
        ),
    )

    assert found == [found[0]] * 5
    assert await stage.conversations.get(stage.scope, wanted) == found[0]


async def test_pages_give_every_chat_once_newest_first(stage: Stage) -> None:
    made = [stage.conversation_id]
    for _ in range(6):
        stage.conversation_id = uuid4()
        await stage.create()
        made.append(stage.conversation_id)
    await stage.conversations.create(
        stage.scope,
        stage.user_id,
        conversation_id=uuid4(),
        title=None,
        agent="assistant",
        kind=ConversationKind.RUN,
    )

    seen: list[UUID] = []
    cursor: str | None = None
    while True:
        page = await stage.conversations.page(stage.scope, limit=3, cursor=cursor)
        seen += [found.id for found in page.items]
        if (cursor := page.next_cursor) is None:
            break

    assert seen == made[::-1]


@pytest.mark.parametrize("junk", JUNK, ids=range(len(JUNK)))
async def test_a_cursor_that_is_not_ours_is_refused(stage: Stage, junk: str) -> None:
    with pytest.raises(InvalidError) as list_error:
        await stage.conversations.page(stage.scope, limit=3, cursor=junk)
    with pytest.raises(InvalidError) as path_error:
        await stage.conversations.messages(stage.scope, stage.conversation_id, limit=3, cursor=junk)

    assert (list_error.value.code, path_error.value.code) == ("cursor_invalid", "cursor_invalid")


async def test_history_pages_oldest_first_with_sources(stage: Stage) -> None:
    for number in range(4):
        await stage.exchange(f"q{number}", f"a{number}")
    message, claimed = await stage.begin("q4")
    source = Source(
        mark=1, passage_id=uuid4(), document_id=uuid4(), title="Title", snippet="Snippet"
    )
    turn = stage.turn(message)
    for _ in range(2):
        await stage.transcript.commit_passages(turn, [Passage(source, "whole text")], (), ())
    begun = await stage.transcript.begin_step(turn, 1, 1, characters=1_000)
    record = stage.record(message, claimed.number, text="a4")
    await stage.transcript.commit_step(turn, 1, 1, record)

    seen: list[Message] = []
    cursor: str | None = None
    while True:
        page = await stage.conversations.messages(
            stage.scope, stage.conversation_id, limit=3, cursor=cursor
        )
        seen += page.items
        if (cursor := page.next_cursor) is None:
            break

    assert [found.content for found in seen] == [f"{kind}{n}" for n in range(5) for kind in "qa"]
    assert seen[-1].sources == (source,)
    assert seen[-2].sources == ()
    assert begun.passages == (Passage(source, "whole text"),)


async def test_an_edited_message_starts_a_branch_and_the_path_follows_it(stage: Stage) -> None:
    await stage.exchange("one", "two")
    root = await stage.conversations.messages(
        stage.scope, stage.conversation_id, limit=2, cursor=None
    )
    await stage.exchange("three", "four")
    other = stage.message("instead", parent_id=root.items[1].id)

    await stage.claim(other)

    page = await stage.conversations.messages(
        stage.scope, stage.conversation_id, limit=9, cursor=None
    )
    assert [found.content for found in page.items] == ["one", "two", "instead"]


@pytest.mark.parametrize("limit", [1, 2, 3, 200])
async def test_pages_follow_the_path_through_a_tree_of_branches(stage: Stage, limit: int) -> None:
    """Every position of the path has branches beside it, also withdrawn ones, up to the leaf."""
    path: list[str] = []
    for number in range(8):
        for _ in range(20 if number in {3, 7} else 1):
            gone, _ = await stage.begin("gone")
            await stage.close(gone, Outcome.WITHDRAWN)
        await stage.exchange(f"q{number}", f"a{number}")
        path += [f"q{number}", f"a{number}"]
    for _ in range(2):
        gone, _ = await stage.begin("gone")
        await stage.close(gone, Outcome.WITHDRAWN)

    seen: list[str] = []
    cursor: str | None = None
    while True:
        page = await stage.conversations.messages(
            stage.scope, stage.conversation_id, limit=limit, cursor=cursor
        )
        assert len(page.items) <= limit
        seen += [found.content for found in page.items]
        if (cursor := page.next_cursor) is None:
            break

    assert seen == path


async def test_where_all_positions_are_shared_the_path_is_walked(stage: Stage) -> None:
    root = await stage.exchange("q", "a")
    page = await stage.conversations.messages(
        stage.scope, stage.conversation_id, limit=9, cursor=None
    )
    for branch in range(2):
        parent = page.items[1].id
        for number in range(60):
            message = stage.message(f"{branch}:{number}", parent_id=parent)
            await stage.claim(message)
            parent = message.message_id

    branched = await stage.conversations.messages(
        stage.scope, stage.conversation_id, limit=3, cursor=None
    )
    rest = await stage.conversations.messages(
        stage.scope, stage.conversation_id, limit=4, cursor=branched.next_cursor
    )

    assert [found.content for found in branched.items] == ["q", "a", "1:0"]
    assert [found.content for found in rest.items] == ["1:1", "1:2", "1:3", "1:4"]
    assert root.message_id == branched.items[0].id


async def test_a_steps_calls_are_no_message_to_a_reader(stage: Stage) -> None:
    await stage.with_call()

    page = await stage.conversations.messages(
        stage.scope, stage.conversation_id, limit=9, cursor=None
    )

    assert [found.role for found in page.items] == [Role.USER]


async def test_archiving_is_undone_to_active(stage: Stage) -> None:
    for archived, state in (
        (True, ConversationState.ARCHIVED),
        (True, ConversationState.ARCHIVED),
        (False, ConversationState.ACTIVE),
        (False, ConversationState.ACTIVE),
    ):
        found = await stage.conversations.update(
            stage.scope, stage.conversation_id, archived=archived, title="Name\0d"
        )
        assert found.state is state
    assert found.title == "Name\ufffdd"


async def test_a_turns_view_shows_its_answer_and_how_it_ended(stage: Stage) -> None:
    message, claimed = await stage.begin()
    turn = stage.turn(message)
    key = stage.scope, stage.conversation_id, message.turn_id
    await stage.transcript.commit_step(turn, 1, 1, stage.record(message, claimed.number))
    running = await stage.turns.view(*key)
    await stage.close(message, Outcome.FAILED, error_code="model_quiet", error_detail="It hung.")
    ended = await stage.turns.view(*key)

    assert running is not None
    assert ended is not None
    assert (running.outcome, running.ended_at) == (None, None)
    assert (ended.outcome, ended.error_code) == (Outcome.FAILED, "model_quiet")
    assert ended.answer is not None
    assert ended.answer.content == "Hi."
    assert await stage.turns.view(stage.scope, stage.conversation_id, uuid4()) is None


async def test_clearing_erases_text_and_keeps_the_numbers_rising(stage: Stage) -> None:
    message = await stage.exchange()
    [session] = await stage.conversations.sessions(stage.scope, stage.conversation_id)

    for _ in range(2):
        await stage.conversations.clear(stage.scope, stage.conversation_id)

    assert (await stage.claim(message)).taken, "an erased message must not run again"
    assert await stage.events.after(stage.log, START, None, 10) == []
    page = await stage.conversations.messages(
        stage.scope, stage.conversation_id, limit=9, cursor=None
    )
    assert page.items == []
    again = await stage.exchange()
    stored = await stage.events.after(stage.log, START, None, 10)
    assert stored[0].id == EventId(2, 1)
    [opened] = await stage.conversations.sessions(stage.scope, stage.conversation_id)
    assert (session.number, opened.number) == (1, 2)
    assert again.turn_id != message.turn_id


async def test_clearing_leaves_the_text_of_a_message_on_its_way(stage: Stage) -> None:
    await stage.exchange()
    coming, lost = stage.message(None), stage.message(None)
    for message in (coming, lost):
        key = stage.scope, stage.conversation_id, message.message_id
        await stage.turns.keep_text(*key, "on its way", message.body_hash)
    await stage.sql(
        "UPDATE stored_text SET created_at = now() - interval '61 minutes' WHERE message_id = $1",
        lost.message_id,
    )

    await stage.conversations.clear(stage.scope, stage.conversation_id)

    assert not (await stage.claim(coming)).taken
    with pytest.raises(NotFoundError):
        await stage.claim(lost)


async def test_a_running_turn_is_not_cleared_away(stage: Stage) -> None:
    await stage.begin()

    with pytest.raises(ConflictError) as busy:
        await stage.conversations.clear(stage.scope, stage.conversation_id)

    assert busy.value.code == "conversation_busy"


async def test_erasing_takes_everything_that_holds_text(stage: Stage) -> None:
    await stage.exchange()
    await stage.with_call(approved=True)

    await stage.conversations.delete(stage.scope, stage.conversation_id)

    kept = await stage.sql(
        "SELECT c.relname FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid "
        "WHERE a.attname = 'space_id' AND c.relkind = 'r' "
        "AND c.relnamespace = 'public'::regnamespace"
    )
    full = [
        row["relname"]
        for row in kept
        if await stage.sql(
            f"SELECT 1 FROM {row['relname']} WHERE space_id = $1", stage.scope.space_id
        )
    ]
    # The trail of who decided what stays.
    assert sorted(full) == ["audit", "audit_head", "membership", "usage"]
    with pytest.raises(NotFoundError):
        await stage.conversations.delete(stage.scope, stage.conversation_id)


async def test_erasing_under_a_running_turn_deadlocks_nobody(stage: Stage) -> None:
    for _ in range(10):
        stage.conversation_id = uuid4()
        await stage.create()
        message, claimed = await stage.begin()
        record = stage.record(message, claimed.number)

        outcomes = await asyncio.gather(
            stage.transcript.commit_step(stage.turn(message), 1, 1, record),
            stage.close(message),
            stage.conversations.delete(stage.scope, stage.conversation_id),
            return_exceptions=True,
        )

        errors = [outcome for outcome in outcomes if isinstance(outcome, BaseException)]
        assert {type(error) for error in errors} <= {NotFoundError, StaleAttemptError}
