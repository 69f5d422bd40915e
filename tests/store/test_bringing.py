"""Histories that callers bring along."""

from uuid import UUID, uuid4

import pytest

from adapters.store import exports
from adapters.store.branches import PostgresBranches
from adapters.store.bringing import PostgresHistories
from adapters.store.exports import PostgresExports
from adapters.store.feedback import PostgresFeedback
from domain.ports.bringing import Brought
from domain.ports.remarks import Opinion, Rating
from models.errors import InvalidError, NotFoundError
from models.ids import answer_id
from models.payloads.chat import Role
from models.payloads.scope import Scope
from models.payloads.turn import IncomingMessage
from tests.store.stage import Stage

HISTORY = (
    Brought(Role.USER, "Hi"),
    Brought(Role.ASSISTANT, "Hello \x00 there"),
    Brought(Role.USER, "And?"),
)


@pytest.fixture
def histories(stage: Stage) -> PostgresHistories:
    return PostgresHistories(stage.database)


async def tainted(stage: Stage) -> bool:
    [row] = await stage.sql("SELECT tainted FROM conversation WHERE id = $1", stage.conversation_id)
    return bool(row["tainted"])


async def test_a_history_stands_above_the_message_that_goes_on_from_it(
    stage: Stage, histories: PostgresHistories
) -> None:
    key = uuid4()
    last = await histories.bring(stage.scope, stage.conversation_id, HISTORY, key=key, under=None)
    again = await histories.bring(stage.scope, stage.conversation_id, HISTORY, key=key, under=None)
    assert again == last
    message = stage.message("What now?").model_copy(update={"parent_id": last})
    await stage.claim(message)
    rows = await stage.sql(
        "SELECT role, position FROM message WHERE conversation_id = $1 ORDER BY position",
        stage.conversation_id,
    )
    assert [(row["role"], row["position"]) for row in rows] == [
        ("user", 0),
        ("assistant", 1),
        ("user", 2),
        ("user", 3),
    ]
    page = await stage.conversations.messages(
        stage.scope, stage.conversation_id, limit=10, cursor=None
    )
    assert [item.content for item in page.items][-1] == "What now?"
    assert len(page.items) == 4


async def test_only_words_of_a_model_taint(stage: Stage, histories: PostgresHistories) -> None:
    mine = [one for one in HISTORY if one.role is Role.USER]
    await histories.bring(stage.scope, stage.conversation_id, mine, key=uuid4(), under=None)
    assert not await tainted(stage)
    await histories.bring(stage.scope, stage.conversation_id, HISTORY, key=uuid4(), under=None)
    assert await tainted(stage)


async def test_nothing_is_brought_into_another_space(
    stage: Stage, histories: PostgresHistories
) -> None:
    other = Scope(organisation_id=stage.scope.organisation_id, space_id=uuid4())
    with pytest.raises(NotFoundError):
        await histories.bring(other, stage.conversation_id, HISTORY, key=uuid4(), under=None)


async def gone_on(stage: Stage, histories: PostgresHistories) -> IncomingMessage:
    """A turn, what a caller says came next, and a turn that goes on from there."""
    first = await stage.exchange("q0", "a0")
    last = await histories.bring(
        *(stage.scope, stage.conversation_id, HISTORY),
        key=uuid4(),
        under=answer_id(first.turn_id, 1),
    )
    message = stage.message("q1", parent_id=last)
    claimed = await stage.claim(message)
    record = stage.record(message, claimed.number, text="a1")
    await stage.transcript.commit_step(stage.turn(message), 1, 1, record)
    await stage.close(message)
    return message


async def read(stage: Stage, conversation_id: UUID) -> tuple[list[str], list[str]]:
    """Messages, and questions with their answers, oldest first."""
    key = stage.scope, conversation_id
    messages = await stage.conversations.messages(*key, limit=99, cursor=None)
    turns = await stage.conversations.exchanges(*key, limit=99, cursor=None)
    asked = [
        f"{one.asked.content}: {one.turn.answer and one.turn.answer.content}" for one in turns.items
    ]
    return [one.content for one in messages.items], asked[::-1]


async def test_what_was_said_before_a_history_is_still_read_by_turns(
    stage: Stage, histories: PostgresHistories
) -> None:
    await gone_on(stage, histories)
    _, asked = await read(stage, stage.conversation_id)
    assert asked == ["q0: a0", "q1: a1"]


async def test_a_fork_has_what_was_brought_along_and_what_stands_above_it(
    stage: Stage, histories: PostgresHistories
) -> None:
    await gone_on(stage, histories)
    fork = uuid4()
    await PostgresBranches(stage.database).fork(
        *(stage.scope, stage.user_id, stage.conversation_id),
        fork_id=fork,
        message_id=None,
        title=None,
    )
    assert await read(stage, fork) == await read(stage, stage.conversation_id)
    assert (await read(stage, fork))[0] == [
        "q0",
        "a0",
        "Hi",
        "Hello \ufffd there",
        "And?",
        "q1",
        "a1",
    ]


async def test_an_export_has_what_was_brought_along_and_all_behind_it(
    stage: Stage, histories: PostgresHistories, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(exports, "PART", 3)
    await gone_on(stage, histories)
    out, key = PostgresExports(stage.database), (stage.scope, stage.conversation_id)
    for parts in (out.tree(*key), out.path(*key)):
        said = [one.message.content async for part in parts for one in part]
        assert said == ["q0", "a0", "Hi", "Hello \ufffd there", "And?", "q1", "a1"]


async def test_what_was_brought_along_and_answered_again_is_a_question(
    stage: Stage, histories: PostgresHistories
) -> None:
    await gone_on(stage, histories)
    [brought] = await stage.sql(
        "SELECT id FROM message WHERE conversation_id = $1 AND content = 'And?'",
        stage.conversation_id,
    )
    again = stage.message("And?", regenerates=brought["id"])
    claimed = await stage.claim(again)
    record = stage.record(again, claimed.number, text="so")
    await stage.transcript.commit_step(stage.turn(again), 1, 1, record)
    await stage.close(again)
    fork = uuid4()
    await PostgresBranches(stage.database).fork(
        *(stage.scope, stage.user_id, stage.conversation_id),
        fork_id=fork,
        message_id=None,
        title=None,
    )
    for conversation_id in (stage.conversation_id, fork):
        assert (await read(stage, conversation_id))[1] == ["q0: a0", "And?: so"]


async def test_nobody_rates_what_a_caller_brought_along(
    stage: Stage, histories: PostgresHistories
) -> None:
    await gone_on(stage, histories)
    [brought] = await stage.sql(
        "SELECT id FROM message WHERE conversation_id = $1 AND content LIKE 'Hello%'",
        stage.conversation_id,
    )
    with pytest.raises(InvalidError) as refused:
        await PostgresFeedback(stage.database).give(
            *(stage.scope, stage.conversation_id, brought["id"], Opinion(Rating.UP, None, "")),
            by=stage.user_id,
        )
    assert refused.value.code == "not_an_answer"
