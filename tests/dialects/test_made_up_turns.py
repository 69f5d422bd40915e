"""Whatever a log may legally hold, AI SDK's and AG-UI's clients take it, wherever they are cut."""

from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from api.dialects import ag_ui as runs
from api.dialects.ai_sdk_message import message
from api.dialects.ai_sdk_parts import Client
from domain.fold import fold
from models.ids import answer_id
from models.payloads.events import (
    AgentEvent,
    ApprovalRequested,
    Event,
    EventId,
    LoggedEvent,
    StepStarted,
    TextCompleted,
    ToolRequested,
    TurnCompleted,
    TurnStarted,
    UsageRecorded,
)
from models.payloads.turn import Outcome
from tests.dialects import test_ag_ui, test_ai_sdk
from tests.dialects.legal_turns import AT, TURN, Played, played
from tests.dialects.node import Clients

EXAMPLES = settings(max_examples=25, suppress_health_check=[HealthCheck.too_slow])
CHILD_TURN = answer_id(TURN, 99)


def _below(call_id: str, depth: int) -> list[Event]:
    """A child's run, as its parent shows it; at most one more below."""
    inside: list[Event] = [
        TurnStarted(message_id=TURN, agent="writer", text="Write"),
        StepStarted(step=1),
        ToolRequested(step=1, call_id=f"{call_id}:{depth}", name="publish"),
        ApprovalRequested(
            step=1,
            approval_id=answer_id(CHILD_TURN, depth),
            call_id=f"{call_id}:{depth}",
            tool="publish",
            arguments={},
            expires_at=AT,
        ),
        UsageRecorded(step=1, model="m", input_tokens=1, output_tokens=1),
        TextCompleted(step=1, text="Done.", message_id=CHILD_TURN),
        TurnCompleted(outcome=Outcome.COMPLETED),
    ]
    events: list[Event] = [_wrapped(call_id, depth, one) for one in inside]
    if depth:
        under = _below(f"{call_id}:{depth}", depth - 1)
        events[3:3] = [_wrapped(call_id, depth, one) for one in under]
    return events


def _wrapped(call_id: str, depth: int, event: Event) -> AgentEvent:
    return AgentEvent(
        step=1,
        call_id=call_id,
        run_id=answer_id(CHILD_TURN, depth),
        agent=f"agent {depth}",
        event=event.model_dump(mode="json"),
    )


@st.composite
def turns(draw: st.DrawFn) -> Played:
    """With an agent below, that calls one itself, somewhere before the turn's end."""
    found: Played = draw(played())
    if not draw(st.booleans()):
        return found
    places = [
        place
        for place, one in enumerate(found.live, start=1)
        if one.event.kind in ("tool.started", "tool.requested", "step.started")
    ]
    place = draw(st.sampled_from(places))
    after = found.live[place - 1].id
    events = _below("call_child", draw(st.integers(0, 1)))
    return Played(*(_with(log, after, events) for log in (found.live, found.lost)))


def _with(
    log: tuple[LoggedEvent, ...], after: EventId, events: list[Event]
) -> tuple[LoggedEvent, ...]:
    """Numbered anew, a thousand apart, so that both logs agree."""
    spread = [one.model_copy(update={"id": EventId(1, one.id.sequence * 1_000)}) for one in log]
    start = after.sequence * 1_000
    between = [
        LoggedEvent(id=EventId(1, start + place), at=AT, turn_id=TURN, event=event)
        for place, event in enumerate(events, start=1)
    ]
    return tuple(sorted((*spread, *between), key=lambda one: one.id))


def ends_badly(log: tuple[LoggedEvent, ...]) -> bool:
    return log[-1].event.kind == "turn.failed"


@EXAMPLES
@given(turn=turns(), client=st.sampled_from(Client))
async def test_ai_sdk_takes_every_legal_turn(turn: Played, client: Client, ai_sdk: Clients) -> None:
    for log in (turn.live, turn.lost, turn.stored):
        frames = test_ai_sdk.frames(log, client)
        seen = await ai_sdk.ask("turn", client=client, frames=frames)
        assert seen["status"] == ("error" if ends_badly(log) else "ready"), seen["error"]
        if client is Client.V7:
            answer = seen["messages"][-1]
            assert answer == message(test_ai_sdk.chunks(log))


@EXAMPLES
@given(turn=turns())
async def test_ai_sdk_shows_what_the_log_says(turn: Played, ai_sdk: Clients) -> None:
    seen = await ai_sdk.ask("turn", frames=test_ai_sdk.frames(turn.live))
    law = fold(turn.live)
    texts = [law.texts[place] for place in sorted(law.texts)]
    shown = test_ai_sdk.texts(seen["messages"][-1])
    if turn.live[-1].event.kind == "turn.stopped" and not texts:
        return  # a withdrawn turn's earlier steps: gone when the page loads again
    assert shown == texts


@EXAMPLES
@given(turn=turns(), place=st.integers(0, 60))
async def test_ai_sdk_resumes_every_legal_turn(turn: Played, place: int, ai_sdk: Clients) -> None:
    whole = test_ai_sdk.frames(turn.live)
    asked: dict[str, Any] = {"whole": whole, "only": place % len(whole)}
    for name, log in {"live": turn.live, "lost": turn.lost}.items():
        replays = {name: test_ai_sdk.frames(log)}
        tried = await ai_sdk.ask("cuts", **asked, replays=replays, lost=name == "lost")
        assert not tried["wrong"]


@EXAMPLES
@given(turn=turns(), client=st.sampled_from(test_ag_ui.VERSIONS))
async def test_ag_ui_takes_every_legal_turn_and_shows_what_the_log_says(
    turn: Played, client: int, ag_ui: Clients
) -> None:
    for log in (turn.live, turn.lost, turn.stored):
        law = fold(log)
        texts = {str(answer_id(TURN, step)): law.texts[number, step] for number, step in law.texts}
        run = await test_ag_ui.seen(ag_ui, log, client)
        ended = run["events"][-1]["type"]
        assert ended == ("RUN_ERROR" if ends_badly(log) else "RUN_FINISHED"), run["failed"]
        assert test_ag_ui.said(run["messages"]) == texts


@EXAMPLES
@given(turn=turns(), place=st.integers(1, 60))
async def test_ag_ui_runs_every_legal_turn_again(turn: Played, place: int, ag_ui: Clients) -> None:
    whole = test_ag_ui.frames(turn.live, test_ag_ui.a_run())
    expected = test_ag_ui.held(await test_ag_ui.seen(ag_ui, turn.live))
    agent = await test_ag_ui.an_agent(ag_ui)
    asked: dict[str, Any] = {"name": agent, "text": "Hello", "id": "question"}
    cut = 1 + place % (len(whole) - 1)
    torn = await ag_ui.ask("run", **asked, frames=whole[:cut], torn=True)
    run = runs.Run("thread", "run", torn["messages"], torn["state"], current=True)
    got = await ag_ui.ask("run", name=agent, frames=test_ag_ui.frames(turn.lost, run))
    assert _without_cursor(test_ag_ui.held(got)) == _without_cursor(expected)


def _without_cursor(held: Any) -> Any:  # noqa: ANN401 - whatever the client holds
    """Numbers jump in a log that lost its memory."""
    messages, state = held
    return messages, {**state, "holdfast": {**state["holdfast"], "cursor": ""}}
