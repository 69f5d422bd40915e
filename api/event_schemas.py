"""Schemas of the events that streams carry, for typed clients: no route's model names them."""

from typing import Any, Final, get_args

from pydantic.json_schema import models_json_schema

from models.payloads.base import Payload
from models.payloads.events import Event

SCHEMAS: Final = "#/components/schemas/"
_PLACE: Final[dict[str, Any]] = {
    "id": {
        "type": "string",
        "description": "`<turn>.<sequence>`: the cursor",
        "examples": ["3.12"],
    },
    "at": {"type": "string", "format": "date-time"},
    "turn_id": {"anyOf": [{"type": "string", "format": "uuid"}, {"type": "null"}]},
}
_NO_PLACE: Final = frozenset({"TurnQueued"})
"""For the waiting caller alone: it is in no log."""


def _kinds() -> tuple[type[Payload], ...]:
    union, *_ = get_args(Event)
    kinds: tuple[type[Payload], ...] = get_args(union)
    return kinds


def event_schemas() -> dict[str, Any]:
    """One for each kind, as it stands on the wire, and `Event` for any of them."""
    kinds = _kinds()
    _, found = models_json_schema(
        [(kind, "serialization") for kind in kinds], ref_template=f"{SCHEMAS}{{model}}"
    )
    schemas: dict[str, Any] = found["$defs"]
    for kind in kinds:
        schema = schemas[kind.__name__]
        places = {} if kind.__name__ in _NO_PLACE else _PLACE
        schema["properties"] = {**places, **schema["properties"]}
        schema["required"] = [*places, "kind", *schema.get("required", ())]
    names = [kind.__name__ for kind in kinds]
    schemas["Event"] = {
        "oneOf": [{"$ref": f"{SCHEMAS}{name}"} for name in names],
        "discriminator": {
            "propertyName": "kind",
            "mapping": {
                schemas[name]["properties"]["kind"]["const"]: f"{SCHEMAS}{name}" for name in names
            },
        },
    }
    return schemas


def stream_of(schema: str | None, example: str = "") -> dict[str, Any]:
    """A stream's content, described event by event: its text as a whole has no end."""
    data: dict[str, Any] = {"type": "string"}
    if schema is not None:
        data |= {"contentMediaType": "application/json", "contentSchema": {"$ref": schema}}
    return {
        "text/event-stream": {
            "itemSchema": {
                "type": "object",
                "required": ["data"],
                "properties": {"id": {"type": "string"}, "event": {"type": "string"}, "data": data},
            },
            **({"example": example} if example else {}),
        }
    }
