"""The fold: what a reader holds."""

from datetime import UTC, datetime
from uuid import UUID

from domain.fold import Fold, coarse, fold
from models.payloads.events import (
    AttemptSuperseded,
    Event,
    EventId,
    LoggedEvent,
    RetrievalCompleted,
    StepStarted,
    TextCompleted,
    TextDelta,
    TextSnapshot,
    TextWithdrawn,
    TurnCompleted,
    TurnStopped,
)
from models.payloads.turn import Outcome

MESSAGE = UUID(int=1)


def log(*events: Event, turn: int = 1) -> list[LoggedEvent]:
    at = datetime(2026, 11, 20, tzinfo=UTC)
    return [
        LoggedEvent(id=EventId(turn, number), at=at, turn_id=UUID(int=turn), event=event)
        for number, event in enumerate(events, start=1)
    ]


def delta(text: str, step: int = 1) -> TextDelta:
    return TextDelta(step=step, text=text)


def completed(text: str, step: int = 1) -> TextCompleted:
    return TextCompleted(step=step, text=text, message_id=MESSAGE)


def test_deltas_append_to_their_own_step() -> None:
    events = log(delta("a"), delta("x", step=2), delta("b"))
    assert fold(events).texts == {(1, 1): "ab", (1, 2): "x"}


def test_a_snapshot_and_a_completion_replace() -> None:
    assert fold(log(delta("a"), TextSnapshot(step=1, text="c"), delta("d"))).texts == {(1, 1): "cd"}
    assert fold(log(delta("a"), completed("all"))).texts == {(1, 1): "all"}


def test_superseded_text_drops_and_the_next_attempt_stands_alone() -> None:
    events = log(delta("lost"), AttemptSuperseded(step=1, from_sequence=1), delta("new"))
    assert fold(events).texts == {(1, 1): "new"}


def test_withdrawn_text_drops_by_step_or_by_turn() -> None:
    texts = (completed("a"), completed("b", step=2))
    assert fold(log(*texts, TextWithdrawn(step=1))).texts == {(1, 2): "b"}
    assert fold(log(*texts, TextWithdrawn())).texts == {}


def test_text_that_was_never_completed_ends_with_its_turn() -> None:
    end = TurnStopped(outcome=Outcome.STOPPED)
    assert fold(log(completed("kept"), delta("partial", step=2), end)).texts == {(1, 1): "kept"}


def test_events_that_are_not_newer_are_passed_over() -> None:
    events = log(delta("a"), delta("b"))
    state = Fold()
    assert [state.apply(event) for event in [*events, *events]] == [True, True, False, False]
    assert state.result().texts == {(1, 1): "ab"}


def test_outcomes_sources_and_coarse_events_are_kept_in_order() -> None:
    events = [
        *log(StepStarted(step=1), RetrievalCompleted(), delta("a"), completed("a")),
        *log(TurnCompleted(outcome=Outcome.COMPLETED), turn=2),
    ]
    held = fold(events)
    assert held.outcomes == {2: Outcome.COMPLETED}
    assert held.sources == {1: ()}
    assert [kind for _, kind in held.coarse] == [
        "step.started",
        "retrieval.completed",
        "text.completed",
        "turn.completed",
    ]
    assert held.coarse == coarse(events)


def test_turns_do_not_mix() -> None:
    events = [*log(delta("one"), turn=1), *log(delta("two"), turn=2)]
    assert fold(events).texts == {(1, 1): "one", (2, 1): "two"}
