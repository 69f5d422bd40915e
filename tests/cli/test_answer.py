"""A turn as it is shown follows its events."""

from uuid import NAMESPACE_OID, UUID, uuid5

import pytest
from hypothesis import given

from cli import screen
from cli.answer import Answer, CallState
from domain.fold import fold
from domain.nested import read
from domain.wire import encode
from models.payloads.events import (
    AgentEvent,
    ApprovalDecided,
    ApprovalRequested,
    AttemptSuperseded,
    Event,
    EventId,
    LoggedEvent,
    TextDelta,
    TextWithdrawn,
    ToolCompleted,
    ToolRequested,
    ToolStarted,
    TurnCompleted,
    TurnFailed,
    TurnStopped,
    UsageRecorded,
)
from models.payloads.turn import Finish, Outcome
from tests.cli.logs import AT, logged, plain_turn, source, turn_id, whole_logs


def answer_to(*events: Event) -> Answer:
    answer = Answer(turn_id(1), 1)
    for event in logged(1, events):
        answer.apply(event)
    return answer


def approval(number: int) -> ApprovalRequested:
    return ApprovalRequested(
        step=1,
        approval_id=UUID(int=number),
        call_id="c",
        tool="publish_note",
        arguments={"title": "Hello"},
        expires_at=AT,
    )


def test_a_finished_turn_has_its_text_and_the_sources_that_it_cites() -> None:
    answer = answer_to(*(event.event for event in plain_turn()))

    assert answer.text == "Twenty-five days [1]."
    assert [source.mark for source in answer.cited] == [1]
    assert [source.mark for source in answer.uncited] == [2]
    assert answer.succeeded
    assert screen.plain(answer) == "Twenty-five days [1].\n\n[1] Handbook › Leave"


@pytest.mark.parametrize(
    ("heading", "place"),
    [
        ("", "Handbook"),
        ("Leave > Sick", "Handbook › Leave > Sick"),
        ("Handbook > Leave", "Handbook > Leave"),
    ],
)
def test_a_source_says_its_title_once(heading: str, place: str) -> None:
    assert screen.place(source(1).model_copy(update={"heading": heading})) == place


def called(number: int, event: Event, *, by: str = "writer") -> AgentEvent:
    """The event as a called agent's `number`th."""
    (one,) = logged(1, [event])
    document = read(encode(one.model_copy(update={"id": EventId(1, number)})))
    return AgentEvent(
        step=1, call_id="c", run_id=uuid5(NAMESPACE_OID, by), agent=by, event=document
    )


def test_what_called_agents_do_is_shown_and_whom_they_ask_is_asked_here() -> None:
    usage = UsageRecorded(step=1, model="m", input_tokens=40, output_tokens=2)
    deep = [called(1, approval(1)), called(2, usage)]
    answer = answer_to(*(called(n, event, by="lead") for n, event in enumerate(deep, start=1)))
    assert answer.activity == "lead: writer: waiting for a decision"
    assert list(answer.approvals) == [UUID(int=1)]
    assert answer.tokens == 42
    assert answer.text == ""

    decided = ApprovalDecided(approval_id=UUID(int=1), call_id="c", decision="deny")
    told = called(3, called(3, decided), by="lead")
    answer.apply(logged(1, [TextDelta(step=1, text="x")] * 2 + [told])[-1])
    assert not answer.approvals


def test_text_of_a_lost_attempt_goes() -> None:
    lost = TextDelta(step=1, text="Wrong")
    again = AttemptSuperseded(step=1, from_sequence=1)

    assert answer_to(lost, again, TextDelta(step=1, text="Right")).text == "Right"


def test_withdrawn_text_goes() -> None:
    assert answer_to(TextDelta(step=1, text="Secret"), TextWithdrawn()).text == ""


def test_a_tool_call_is_seen_from_its_request_to_its_result() -> None:
    requested = ToolRequested(step=1, call_id="c", name="calculator", arguments={"e": "1+1"})
    started = ToolStarted(step=1, call_id="c", name="calculator")
    done = ToolCompleted(step=1, call_id="c", name="calculator", result="2")

    assert answer_to(requested).calls["c"].state is CallState.REQUESTED
    assert answer_to(requested, started).calls["c"].state is CallState.RUNNING
    call = answer_to(requested, started, done).calls["c"]
    assert (call.state, call.arguments, call.result) == (CallState.COMPLETED, {"e": "1+1"}, "2")


def test_an_approval_waits_until_it_is_decided() -> None:
    requested = ToolRequested(step=1, call_id="c", name="publish_note")
    decided = ApprovalDecided(approval_id=UUID(int=1), call_id="c", decision="deny", note="No.")

    assert list(answer_to(requested, approval(1)).approvals) == [UUID(int=1)]
    answer = answer_to(requested, approval(1), decided)
    assert answer.approvals == {}
    assert answer.calls["c"].verdict == "denied: No."


def test_nothing_waits_for_a_person_once_the_turn_has_ended() -> None:
    ended = answer_to(approval(1), TurnStopped(outcome=Outcome.STOPPED))

    assert ended.approvals == {}
    assert ended.why() == "stopped"


@pytest.mark.parametrize(
    ("ending", "said"),
    [
        (TurnCompleted(outcome=Outcome.COMPLETED), ""),
        (TurnCompleted(outcome=Outcome.COMPLETED, finish=Finish.LENGTH), "cut off"),
        (TurnCompleted(outcome=Outcome.ITERATION_LIMIT), "limit of steps"),
        (TurnStopped(outcome=Outcome.INTERRUPTED), "interrupted"),
        (TurnFailed(code="model_quiet", detail="It fell silent."), "It fell silent. (model_quiet)"),
    ],
)
def test_an_end_that_is_not_plain_is_explained(ending: Event, said: str) -> None:
    assert said in answer_to(ending).why()


def test_tokens_of_all_steps_are_added_up() -> None:
    usage = UsageRecorded(step=1, model="m", input_tokens=3, output_tokens=4)

    assert answer_to(usage, usage).tokens == 14


@given(whole_logs())
def test_the_text_shown_is_the_text_of_the_shared_fold(log: list[LoggedEvent]) -> None:
    answers: dict[int, Answer] = {}
    for event in log:
        number = event.id.turn
        answers.setdefault(number, Answer(event.turn_id, number)).apply(event)

    shown = {(n, step): text for n, a in answers.items() for step, text in a.texts.items()}
    kept = {place: text for place, text in fold(log).texts.items() if text.strip()}
    assert shown == kept


def test_an_event_that_comes_again_changes_nothing() -> None:
    answer = Answer(turn_id(1), 1)
    for event in [*plain_turn()[:4], *plain_turn()]:
        answer.apply(event)

    assert answer.text == "Twenty-five days [1]."
    assert answer.last == plain_turn()[-1].id
