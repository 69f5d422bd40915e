"""The one JSON form of an event: written once by its writer, passed on untouched by the edge."""

from datetime import UTC, datetime
from sys import intern
from typing import NamedTuple
from uuid import UUID

import orjson

from models.payloads.events import EVENT, Event, EventId, LoggedEvent


class WireEvent(NamedTuple):
    """An event ready to send; `data` is the JSON object that readers get."""

    id: EventId
    kind: str
    turn_id: str
    """Empty for what belongs to no turn."""
    data: bytes


def now() -> datetime:
    """The time as events carry it: UTC, in whole milliseconds."""
    time = datetime.now(UTC)
    return time.replace(microsecond=time.microsecond // 1000 * 1000)


def body(at: datetime, turn_id: UUID | None, event: Event) -> bytes:
    """Give an event's JSON from behind its id, for a log that numbers it later."""
    document = {
        "at": at.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        "turn_id": None if turn_id is None else str(turn_id),
        **event.model_dump(mode="json"),
    }
    return orjson.dumps(document)[1:]


def numbered(event_id: EventId, rest: bytes) -> bytes:
    """Put the id before what `body` gave."""
    return b'{"id":"%b",%b' % (str(event_id).encode(), rest)


def encode(logged: LoggedEvent) -> WireEvent:
    """Give the event's JSON: `{"id", "at", "turn_id", "kind", …its fields}`."""
    data = numbered(logged.id, body(logged.at, logged.turn_id, logged.event))
    turn_id = "" if logged.turn_id is None else str(logged.turn_id)
    return WireEvent(logged.id, logged.event.kind, turn_id, data)


def parse(data: bytes) -> tuple[WireEvent, int]:
    """Read an event's frame, and its step (0 for none), without checking its fields."""
    document = orjson.loads(data)
    # Interned: a reader that blocks may hold a page of them.
    kind, turn_id = intern(document["kind"]), intern(document["turn_id"] or "")
    event = WireEvent(EventId.parse(document["id"]), kind, turn_id, data)
    return event, document.get("step") or 0


def decode(data: bytes) -> LoggedEvent:
    """Read what `encode` wrote; ValueError when it is something else."""
    document = orjson.loads(data)
    return LoggedEvent(
        id=EventId.parse(document["id"]),
        at=document["at"],
        turn_id=document["turn_id"],
        event=EVENT.validate_python(document),
    )
