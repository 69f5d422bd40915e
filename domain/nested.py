"""A called agent's events in its caller's log: what is shown of each, and whom they wait for."""

from collections.abc import Iterable
from typing import Any, Final
from uuid import UUID

import orjson

from domain.citation_marks import groups_in
from domain.wire import WireEvent
from models.payloads.events import EVENT, TRANSIENT, AgentEvent, EventId, LoggedEvent

# The child's own log has every text and list whole; here they show that it gets on.
MOST_CHARACTERS: Final = 2_000
MOST_ITEMS: Final = 20
# Of one call, its own children's included: eight of them stay below a live log's limit.
MOST_EVENTS: Final = 500

_SETTLED: Final = frozenset({"approval.decided", "approval.expired"})


def is_shown(event: WireEvent) -> bool:
    """Text as it is written stays in the child's log: `run_id` says where to read along."""
    return event.kind not in TRANSIENT


def shown(document: dict[str, Any]) -> dict[str, Any]:
    """The event, with long texts and lists cut."""
    return {name: _cut(value) for name, value in document.items()}


def _cut(value: object) -> object:
    match value:
        case str() if len(value) > MOST_CHARACTERS:
            return f"{value[:MOST_CHARACTERS]}…"
        case list():
            return [_cut(item) for item in value[:MOST_ITEMS]]
        case dict():
            return {name: _cut(item) for name, item in value.items()}
        case _:
            return value


def read(event: WireEvent) -> dict[str, Any]:
    """The event as readers of its own log get it."""
    document: dict[str, Any] = orjson.loads(event.data)
    return document


class Waiting:
    """The people that a run waits for, its children's included."""

    def __init__(self) -> None:
        self._asked: set[str] = set()

    def __bool__(self) -> bool:
        return bool(self._asked)

    def take(self, document: dict[str, Any]) -> None:
        while document.get("kind") == "agent.event":
            document = document["event"]
        approval = str(document.get("approval_id"))
        if document.get("kind") == "approval.requested":
            self._asked.add(approval)
        elif document.get("kind") in _SETTLED:
            self._asked.discard(approval)


def shown_so_far(events: Iterable[LoggedEvent], run_id: UUID) -> list[dict[str, Any]]:
    """What of the run is in its caller's log already, oldest first."""
    own = [logged.event for logged in events if isinstance(logged.event, AgentEvent)]
    return [event.event for event in own if event.run_id == run_id and "id" in event.event]


def nested(event: AgentEvent) -> LoggedEvent:
    """What happened in the called agent's run; ValueError when it is no event."""
    document = event.event
    return LoggedEvent(
        id=place_of(document),
        at=document["at"],
        turn_id=document["turn_id"],
        event=EVENT.validate_python(document),
    )


def place_of(document: dict[str, Any]) -> EventId:
    """Where in its own log the event stands."""
    return EventId.parse(document["id"])


def remarked(text: str, marks: dict[int, int]) -> str:
    """The answer with its citation marks changed to its caller's; those of nothing are dropped,
    since the caller's own sources have these numbers."""
    parts: list[str] = []
    end = 0
    for group in groups_in(text):
        if group.glued:
            continue
        new = sorted({marks[number] for number in group.numbers if marks.get(number)})
        before = text[end : group.start]
        parts.append(before if new else before.rstrip(" "))
        parts.append(f"[{', '.join(map(str, new))}]" if new else "")
        end = group.end
    return "".join((*parts, text[end:]))


def cited_marks(text: str) -> set[int]:
    return {number for group in groups_in(text) for number in group.numbers if not group.glued}
