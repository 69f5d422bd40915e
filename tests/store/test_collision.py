"""Two events with one number: a repeat is passed over, a collision is refused whole."""

from dataclasses import replace
from datetime import timedelta
from uuid import uuid4

import pytest

from domain.ports.transcript import Passage
from models.errors import EventCollisionError
from models.payloads.events import (
    START,
    ConversationTitled,
    EventId,
    LoggedEvent,
    RetrievalCompleted,
    ToolCompleted,
    ToolStarted,
)
from models.payloads.sources import Source
from models.payloads.turn import Claim, CloseRequest, Finish, IncomingMessage, Outcome
from tests.store.stage import Stage


async def stored(stage: Stage) -> list[LoggedEvent]:
    return list(await stage.events.after(stage.log, START, None, 100))


async def taken(stage: Stage, message: IncomingMessage, place: EventId) -> None:
    """Store an event that nobody knows of under a number that somebody is about to give."""
    stray = stage.logged(message, place, ToolStarted(step=9, call_id="stray", name="stray"))
    await stage.calls.record(stage.turn(message), [stray])


async def test_a_repeat_of_what_is_stored_is_passed_over(stage: Stage) -> None:
    message, _ = await stage.with_call()
    event = stage.logged(
        message, EventId(1, 50), ToolStarted(step=1, call_id="c-1", name="current_time")
    )
    await stage.calls.record(stage.turn(message), [event])
    before = await stored(stage)

    await stage.calls.record(
        stage.turn(message), [event.model_copy(update={"at": event.at + timedelta(seconds=1)})]
    )

    assert await stored(stage) == before


async def test_the_first_wording_of_a_calls_end_stands(stage: Stage) -> None:
    message, _ = await stage.with_call()
    first, again = (
        stage.logged(
            message,
            EventId(1, 150),
            ToolCompleted(step=1, call_id="c-1", name="t", result=text, truncated=False),
        )
        for text in ("zero\0", "zero\ufffd")
    )

    await stage.calls.record(stage.turn(message), [first])
    await stage.calls.record(stage.turn(message), [again])

    assert (await stored(stage))[-1] == first


@pytest.mark.parametrize(
    "other",
    [
        ToolStarted(step=1, call_id="c-2", name="current_time"),
        ToolCompleted(step=1, call_id="c-1", name="current_time", result="", truncated=False),
    ],
)
async def test_another_event_under_a_stored_number_is_refused(
    stage: Stage, other: ToolStarted | ToolCompleted
) -> None:
    message, _ = await stage.with_call()
    turn, place = stage.turn(message), EventId(1, 50)
    event = stage.logged(message, place, ToolStarted(step=1, call_id="c-1", name="current_time"))
    await stage.calls.record(turn, [event])
    before = await stored(stage)

    events = [stage.logged(message, EventId(1, 51), other), stage.logged(message, place, other)]
    with pytest.raises(EventCollisionError, match=r"between 1\.50 and 1\.51\.$"):
        await stage.calls.record(turn, events)

    assert await stored(stage) == before


async def test_the_same_event_of_another_turn_is_refused(stage: Stage) -> None:
    message, _ = await stage.with_call()
    event = stage.logged(
        message, EventId(1, 50), ToolStarted(step=1, call_id="c-1", name="current_time")
    )
    await stage.calls.record(stage.turn(message), [event])

    with pytest.raises(EventCollisionError):
        await stage.calls.record(
            stage.turn(message), [event.model_copy(update={"turn_id": uuid4()})]
        )


async def test_a_claim_under_a_taken_number_takes_nothing(stage: Stage) -> None:
    message, _ = await stage.begin()
    await stage.close(message)
    await taken(stage, message, EventId(2, 1))
    second = stage.message()

    with pytest.raises(EventCollisionError):
        await stage.claim(second)

    receipt = await stage.turns.receipt(stage.scope, stage.conversation_id, second.message_id)
    assert receipt is None


async def test_a_step_under_a_taken_number_is_not_stored(stage: Stage) -> None:
    message, claimed = await stage.begin()
    record = stage.record(message, claimed.number)
    await taken(stage, message, record.events[0].id)

    with pytest.raises(EventCollisionError):
        await stage.transcript.commit_step(stage.turn(message), 1, 1, record)

    later = record.events[0].model_copy(update={"id": EventId(claimed.number, 101)})
    committed = await stage.transcript.commit_step(
        stage.turn(message), 1, 2, replace(record, events=(later,))
    )
    assert committed == record.reply
    assert (await stored(stage))[-1] == later


async def test_passages_under_a_taken_number_are_not_kept(stage: Stage) -> None:
    message, claimed = await stage.begin()
    turn, place = stage.turn(message), EventId(claimed.number, 5)
    await taken(stage, message, place)
    source = Source(mark=1, passage_id=uuid4(), document_id=uuid4(), title="Title", snippet="Text")
    event = stage.logged(message, place, RetrievalCompleted(sources=(source,)))

    with pytest.raises(EventCollisionError):
        await stage.transcript.commit_passages(turn, [Passage(source, "Text.")], (), [event])

    rows = await stage.sql("SELECT 1 FROM turn_passage WHERE turn_id = $1", message.turn_id)
    assert rows == []


async def test_an_end_under_a_taken_number_is_tried_again(stage: Stage) -> None:
    message, claimed = await stage.begin()
    place = EventId(claimed.number, 7)
    await taken(stage, message, place)
    request = CloseRequest(
        turn=stage.turn(message),
        claim=Claim(message=message, owner="run-1"),
        outcome=Outcome.COMPLETED,
        finish=Finish.STOP,
    )
    event = stage.logged(message, place, ToolStarted(step=1, call_id="end", name="end"))

    with pytest.raises(EventCollisionError) as refused:
        await stage.transcript.close(request.turn, request, [event])

    assert refused.value.retryable
    assert await stage.turns.open_turn(stage.scope, stage.conversation_id) == message.turn_id


async def test_a_notice_under_a_taken_number_is_not_given_away(stage: Stage) -> None:
    message = await stage.exchange()
    await taken(stage, message, EventId(2, 1))

    with pytest.raises(EventCollisionError):
        await stage.notices.post(stage.log, "title", ConversationTitled(title="Title"))

    rows = await stage.sql("SELECT 1 FROM notice WHERE conversation_id = $1", stage.conversation_id)
    assert rows == []
