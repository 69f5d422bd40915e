"""A called agent's events in its caller's log."""

from typing import Any
from uuid import UUID, uuid4

from domain.nested import (
    MOST_CHARACTERS,
    MOST_ITEMS,
    Waiting,
    cited_marks,
    is_shown,
    read,
    remarked,
    shown,
    shown_so_far,
)
from domain.wire import encode, now
from models.payloads.events import AgentEvent, Event, EventId, LoggedEvent, StepStarted, TextDelta


def logged(event: Event) -> LoggedEvent:
    return LoggedEvent(id=EventId(1, 7), at=now(), turn_id=uuid4(), event=event)


def nested(document: dict[str, Any], run_id: UUID | None = None) -> dict[str, Any]:
    event = AgentEvent(
        step=1, call_id="c", run_id=run_id or uuid4(), agent="writer", event=document
    )
    return event.model_dump(mode="json")


def test_an_event_is_shown_as_its_own_log_has_it() -> None:
    event = encode(logged(StepStarted(step=3)))
    assert is_shown(event)
    document = read(event)
    assert (document["id"], document["kind"], document["step"]) == ("1.7", "step.started", 3)
    assert not is_shown(encode(logged(TextDelta(step=1, text="w"))))


def test_long_texts_and_lists_are_cut_however_deep() -> None:
    document = {"kind": "x", "a": {"b": ["y" * 5_000] * 50}, "n": 1}
    cut = shown(document)
    assert len(cut["a"]["b"]) == MOST_ITEMS
    assert len(cut["a"]["b"][0]) == MOST_CHARACTERS + 1
    assert cut["n"] == 1
    assert len(document["a"]["b"]) == 50  # type: ignore[index]  # ours is untouched


def test_a_run_waits_while_anybody_below_it_does() -> None:
    waiting = Waiting()
    waiting.take({"kind": "approval.requested", "approval_id": "1"})
    waiting.take(nested(nested({"kind": "approval.requested", "approval_id": "2"})))
    waiting.take({"kind": "approval.decided", "approval_id": "1"})
    assert waiting
    waiting.take(nested(nested({"kind": "approval.expired", "approval_id": "2"})))
    assert not waiting


def test_only_this_runs_events_count_as_shown() -> None:
    mine = uuid4()
    stored = [
        logged(AgentEvent(step=1, call_id="c", run_id=run, agent="w", event={"id": place}))
        for run, place in ((mine, "1.2"), (uuid4(), "1.3"), (mine, "1.4"))
    ]
    assert [event["id"] for event in shown_so_far(stored, mine)] == ["1.2", "1.4"]


def test_citations_get_the_callers_marks_and_those_of_nothing_go() -> None:
    text = "Rye is a grain [1][3]. It grows [2, 1], see items[1] and [7]."
    assert cited_marks(text) == {1, 2, 3, 7}
    assert remarked(text, {1: 12, 2: 11, 3: 0}) == (
        "Rye is a grain [12]. It grows [11, 12], see items[1] and."
    )
