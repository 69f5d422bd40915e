"""The one JSON form of an event: written once by its writer, passed on untouched by the edge."""

from typing import NamedTuple

import orjson

from models.payloads.events import EVENT, EventId, LoggedEvent


class WireEvent(NamedTuple):
    """An event ready to send; `data` is the JSON object that readers get."""

    id: EventId
    kind: str
    turn_id: str
    """Empty for what belongs to no turn."""
    data: bytes


def encode(logged: LoggedEvent) -> WireEvent:
    """Give the event's JSON: `{"id", "at", "turn_id", "kind", …its fields}`."""
    turn_id = "" if logged.turn_id is None else str(logged.turn_id)
    document = {
        "id": str(logged.id),
        "at": logged.at.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        "turn_id": turn_id or None,
        **logged.event.model_dump(mode="json"),
    }
    return WireEvent(logged.id, logged.event.kind, turn_id, orjson.dumps(document))


def decode(data: bytes) -> LoggedEvent:
    """Read what `encode` wrote; ValueError when it is something else."""
    document = orjson.loads(data)
    return LoggedEvent(
        id=EventId.parse(document["id"]),
        at=document["at"],
        turn_id=document["turn_id"],
        event=EVENT.validate_python(document),
    )
