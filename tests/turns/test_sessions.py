"""A session ends by silence or by a person, and leaves a summary behind, whatever happens to it."""

import asyncio
from datetime import timedelta

import pytest
from temporalio.api.enums.v1 import EventType
from temporalio.client import WorkflowHandle

from domain.ports.approvals import Decision
from domain.ports.conversations import SessionView
from local.stack import Stack
from models.errors import ContextTooLongError, ModelError, ModelRefusedError
from models.payloads.events import (
    ConversationTitled,
    EventId,
    LoggedEvent,
    SessionSummarised,
    TurnCompleted,
)
from models.payloads.turn import Limits
from models.states import ConversationState
from queues.turns import turns_worker
from tests.turns.lab import Lab, lab
from tests.turns.shapes import PUBLISH, TOOLED
from tests.turns.summaries import Summaries
from tests.waiting import until

BRIEF = Limits(idle_window=timedelta(seconds=0.5))
USUAL = Limits(idle_window=timedelta(hours=1))
SAID = "Ada Lovelace will write the launch plan by Friday.\n@offline tokens=3"
GARBAGE = '{"title": ["<<<'


async def run_of(here: Lab) -> WorkflowHandle[object, None]:
    """The first session's workflow."""
    return here.client.get_workflow_handle(await here.session_workflow_id())


async def state(here: Lab) -> ConversationState:
    return (await here.conversations.get(here.scope, here.conversation_id)).state


async def sessions(here: Lab) -> list[SessionView]:
    """The oldest first."""
    found = await here.conversations.sessions(here.scope, here.conversation_id)
    return sorted(found, key=lambda session: session.number)


async def summarised(here: Lab, count: int = 1) -> SessionView:
    """Wait for the newest session's summary."""
    await here.logged("session.summarised", count)
    return (await sessions(here))[-1]


async def summary_after(stack: Stack, summaries: Summaries, *, extractive: bool) -> SessionView:
    """One closed session, summarised with a hand on the model's answers."""
    async with lab(stack, limits=USUAL, around=summaries.around, extractive=extractive) as here:
        await here.answer(SAID)
        await here.close()
        return await summarised(here)


async def looks_and_waits(here: Lab) -> tuple[int, list[timedelta]]:
    """How often the first session's workflow looked at its window, and its waits between."""
    history = await (await run_of(here)).fetch_history()
    looks = [
        event
        for event in history.events
        if event.activity_task_scheduled_event_attributes.activity_type.name == "sessions.end"
    ]
    waits = [
        event.timer_started_event_attributes.start_to_fire_timeout.ToTimedelta()
        for event in history.events
        if event.event_type == EventType.EVENT_TYPE_TIMER_STARTED
    ]
    return len(looks), waits


def of_no_turn(events: list[LoggedEvent]) -> list[LoggedEvent]:
    return [event for event in events if event.turn_id is None]


async def test_silence_ends_a_session_and_leaves_title_and_summary_in_the_log(
    stack: Stack,
) -> None:
    async with lab(stack, limits=BRIEF) as here:
        await here.answer(SAID)
        titled, told = of_no_turn(await here.logged("session.summarised"))

        assert isinstance(titled.event, ConversationTitled)
        assert isinstance(told.event, SessionSummarised)
        assert (titled.id, told.id) == (EventId(2, 1), EventId(3, 1))
        assert of_no_turn(await here.whole_log()) == [titled, told]
        conversation = await here.conversations.get(here.scope, here.conversation_id)
        assert conversation.state is ConversationState.PAUSED
        assert conversation.title == titled.event.title
        [session] = await sessions(here)
        assert session.ended_at is not None
        assert session.ended_at > session.last_turn_at > session.started_at
        assert (session.title, session.summary) == (told.event.title, told.event.summary)
        assert (session.id, session.number) == (told.event.session_id, told.event.number)
        assert "launch plan" in told.event.summary


async def test_a_later_message_opens_a_second_session_with_a_summary_of_its_own(
    stack: Stack,
) -> None:
    async with lab(stack, limits=BRIEF) as here:
        await here.answer(SAID)
        await summarised(here)
        result = await here.send("Who books the venue in Lisbon?\n@offline tokens=40 gap_ms=25")
        await here.until(result.turn_id, "turn.started")
        assert await state(here) is ConversationState.ACTIVE
        second = await summarised(here, 2)

        first, listed = await sessions(here)
        assert (first.number, second.number) == (1, 2)
        assert listed == second
        assert second.summary is not None
        assert "Lisbon" in second.summary
        assert "launch plan" not in second.summary
        assert second.ended_at is not None
        assert first.ended_at is not None
        assert first.started_at < first.ended_at < second.started_at < second.ended_at
        kinds = [event.event.kind for event in await here.whole_log()]
        assert kinds.count("conversation.titled") == 1


async def test_closing_ends_the_session_at_once_and_a_message_makes_it_active_again(
    stack: Stack,
) -> None:
    async with lab(stack, limits=USUAL) as here:
        await here.answer(SAID)
        await here.close()
        assert (await summarised(here)).ended_at is not None
        assert await state(here) is ConversationState.COMPLETED
        await here.answer("One more thing.\n@offline tokens=2")
        assert await state(here) is ConversationState.ACTIVE
        assert [session.number for session in await sessions(here)] == [1, 2]


async def test_closing_again_and_again_leaves_one_summary(stack: Stack) -> None:
    async with lab(stack, limits=USUAL) as here:
        await here.answer(SAID)
        await asyncio.gather(*(here.close() for _ in range(5)))
        await summarised(here)
        await here.close()
        await (await run_of(here)).result()
        kinds = [event.event.kind for event in await here.whole_log()]
        assert kinds.count("session.summarised") == 1
        assert len(await sessions(here)) == 1


async def test_closing_a_paused_conversation_completes_it(stack: Stack) -> None:
    async with lab(stack, limits=BRIEF) as here:
        await here.answer(SAID)
        await summarised(here)
        assert await state(here) is ConversationState.PAUSED
        assert await here.close() is None
        assert await state(here) is ConversationState.COMPLETED


async def test_closing_under_the_first_turn_ends_its_session_with_it(stack: Stack) -> None:
    async with lab(stack, limits=USUAL) as here:
        asking = await here.send(PUBLISH, agent=TOOLED)
        approval = await here.requested(asking.turn_id)
        await here.close()
        await here.decide(approval, Decision.APPROVE)
        assert (await summarised(here)).number == 1
        assert await state(here) is ConversationState.COMPLETED


async def test_a_turn_that_waits_for_a_person_keeps_its_session_open(stack: Stack) -> None:
    # Long enough for the next turn to begin in, also where much else runs.
    async with lab(stack, limits=Limits(idle_window=timedelta(seconds=3))) as here:
        await here.answer(SAID)
        asking = await here.send(PUBLISH, agent=TOOLED)
        approval = await here.requested(asking.turn_id)

        async def looked() -> bool:
            return (await looks_and_waits(here))[0] >= 2

        await until(looked)

        [session] = await sessions(here)
        assert session.ended_at is None
        assert await state(here) is ConversationState.ACTIVE
        # No polling: each look is paid for with a wait of at least a second.
        looks, waits = await looks_and_waits(here)
        assert looks <= len(waits) + 1
        assert min(waits) >= timedelta(seconds=1)
        await here.decide(approval, Decision.APPROVE)
        assert (await summarised(here)).number == 1
        assert await state(here) is ConversationState.PAUSED


async def test_closing_under_a_turn_that_waits_for_a_person_ends_after_it(stack: Stack) -> None:
    async with lab(stack, limits=USUAL) as here:
        await here.answer(SAID)
        asking = await here.send(PUBLISH, agent=TOOLED)
        approval = await here.requested(asking.turn_id)
        await here.close()
        assert await state(here) is ConversationState.ACTIVE
        await here.decide(approval, Decision.APPROVE)
        assert (await summarised(here)).number == 1

        assert await state(here) is ConversationState.COMPLETED
        # The turn's end closes it: nobody had to look again and again.
        assert await looks_and_waits(here) == (1, [])
        events = await here.whole_log()
        asked = [event for event in events if event.turn_id == asking.turn_id]
        assert isinstance(asked[-1].event, TurnCompleted)
        assert of_no_turn(events)[0].id > asked[-1].id


async def test_a_summary_waits_for_the_turn_that_is_open(stack: Stack) -> None:
    summaries = Summaries(held=True)
    async with lab(stack, limits=BRIEF, around=summaries.around) as here:
        await here.answer(SAID)
        await summaries.begun.wait()
        asking = await here.send(PUBLISH, agent=TOOLED)
        approval = await here.requested(asking.turn_id)
        summaries.release.set()
        await (await run_of(here)).result()
        assert of_no_turn(await here.whole_log()) == []
        await here.decide(approval, Decision.APPROVE)
        told = of_no_turn(await here.logged("session.summarised"))

        last = [e for e in await here.whole_log() if e.turn_id == asking.turn_id][-1]
        assert [event.id for event in told] == [EventId(3, 1), EventId(4, 1)]
        assert last.id < told[0].id


async def test_a_worker_that_goes_down_while_it_summarises_hands_the_summary_over(
    stack: Stack, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("queues.turns.DRAIN", timedelta(0))
    summaries = Summaries(held=True)
    async with lab(stack, limits=USUAL, around=summaries.around, workers=0) as here:
        async with turns_worker(here.client, here.adapters, here.queue):
            await here.answer(SAID)
            await here.close()
            await summaries.begun.wait()
        assert of_no_turn(await here.whole_log()) == []
        summaries.release.set()
        async with turns_worker(here.client, here.adapters, here.queue):
            assert (await summarised(here)).summary
        assert len(summaries.asked) == 2


async def test_a_model_that_writes_language_writes_the_summary(stack: Stack) -> None:
    summaries = Summaries()
    session = await summary_after(stack, summaries, extractive=False)
    assert not session.extractive
    assert len(summaries.asked) == 1


async def test_a_summary_names_people_and_what_somebody_said_they_would_do(stack: Stack) -> None:
    session = await summary_after(stack, Summaries(), extractive=True)
    assert "Ada Lovelace" in [entity.name for entity in session.entities]
    assert any("launch plan" in item.text for item in session.action_items)


async def test_a_summary_that_does_not_validate_is_asked_for_once_more(stack: Stack) -> None:
    summaries = Summaries([GARBAGE])
    session = await summary_after(stack, summaries, extractive=False)
    assert not session.extractive
    assert len(summaries.asked) == 2
    assert summaries.asked[1].messages[-2].content == GARBAGE
    assert "does not fit the schema" in summaries.asked[1].messages[-1].content
    assert session.title != GARBAGE


async def test_a_model_that_never_answers_in_form_leaves_an_extract_that_says_so(
    stack: Stack,
) -> None:
    summaries = Summaries([GARBAGE, GARBAGE])
    session = await summary_after(stack, summaries, extractive=False)
    assert session.extractive
    assert len(summaries.asked) == 2
    assert session.summary is not None
    assert session.summary.startswith("Ada Lovelace will write the launch plan by Friday.")
    assert "<<<" not in session.summary


async def test_a_summary_of_the_offline_model_says_that_it_is_an_extract(stack: Stack) -> None:
    async with lab(stack, limits=USUAL) as here:
        await here.answer(SAID)
        await here.close()
        assert (await summarised(here)).extractive


@pytest.mark.parametrize(
    "error",
    [
        ContextTooLongError("Too long."),
        ModelRefusedError("No."),
        ModelRefusedError("No key.", code="model_key_rejected"),
    ],
    ids=lambda error: str(error.code),
)
async def test_a_model_that_refuses_leaves_an_extract(stack: Stack, error: ModelError) -> None:
    session = await summary_after(stack, Summaries([error, error, error]), extractive=False)
    assert session.extractive
    assert session.title


async def usage_rows(here: Lab) -> list[dict[str, object]]:
    async with here.database.transaction(here.scope) as session:
        rows = await session.fetch(
            """SELECT kind, turn_id, model, input_tokens, output_tokens, price_version
            FROM usage WHERE space_id = $1 AND conversation_id = $2 ORDER BY created_at""",
            here.scope.space_id,
            here.conversation_id,
        )
    return [dict(row) for row in rows]


async def test_a_summary_is_accounted_for_with_all_its_calls(stack: Stack) -> None:
    summaries = Summaries([GARBAGE])
    async with lab(stack, limits=USUAL, around=summaries.around) as here:
        turn = await here.answer(SAID)
        await here.close()
        await summarised(here)
        asked, summary = await usage_rows(here)

    assert asked["turn_id"] == turn.id
    assert (summary["kind"], summary["turn_id"]) == ("chat", None)
    assert isinstance(summary["input_tokens"], int)
    # Both calls read the transcript.
    words = sum(len(message.content.split()) for message in summaries.asked[0].messages)
    assert summary["input_tokens"] > 2 * words
    assert summary["output_tokens"]
    assert summary["price_version"]


async def test_a_conversation_erased_before_its_summary_leaves_none(stack: Stack) -> None:
    summaries = Summaries(held=True)
    async with lab(stack, limits=USUAL, around=summaries.around) as here:
        await here.answer(SAID)
        await here.close()
        await summaries.begun.wait()
        run = await run_of(here)
        await here.conversations.delete(here.scope, here.conversation_id)
        summaries.release.set()
        await run.result()
        assert await here.whole_log() == []
