"""The forms that values take in rows: text that Postgres accepts, JSON, events, usage."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID, uuid5

import orjson

from domain.ports.transcript import UsageEntry
from domain.wire import encode
from models.errors import EventCollisionError
from models.payloads.events import TRANSIENT, LoggedEvent

# For statements whose `$1 … $3` are space, organisation and conversation. What is there stays, and
# a repeat of it is passed over: the same but for its time, or about the same call, whose events are
# appended once each (ADR 9) and may be worded anew. Another event under a taken number is told by
# `collided`: whoever runs this looks at it.
INSERT_EVENTS = """
INSERT INTO event AS stood (space_id, organisation_id, conversation_id,
    turn_number, sequence, turn_id, kind, payload, at)
SELECT $1, $2, $3, e.* FROM {source} unnest({first}::bigint[], {second}::bigint[], {third}::uuid[],
    {fourth}::varchar[], {fifth}::bytea[], {sixth}::timestamptz[]) AS e
ON CONFLICT (space_id, conversation_id, turn_number, sequence) DO UPDATE SET kind = stood.kind
WHERE stood.turn_id IS DISTINCT FROM excluded.turn_id OR stood.kind <> excluded.kind
    OR (substring(stood.payload FROM position('"turn_id":'::bytea IN stood.payload))
            <> substring(excluded.payload FROM position('"turn_id":'::bytea IN excluded.payload))
        AND (substring(convert_from(stood.payload, 'UTF8') FROM '"call_id":"([^"]*)"')
            = substring(convert_from(excluded.payload, 'UTF8') FROM '"call_id":"([^"]*)"'))
        IS NOT TRUE)
RETURNING stood.xmax <> 0 AS collided
"""
# For a statement that has the above as its relation `logged`.
COLLIDED = "EXISTS (SELECT FROM logged WHERE collided) AS collided"
# As above; `holder` gives the turn's `user_id` and `agent`, and `{entries}` what `usage_json` made.
INSERT_USAGE = """
INSERT INTO usage (space_id, organisation_id, conversation_id, turn_id, id, user_id, agent, kind,
    model, input_tokens, output_tokens, cached_tokens, first_token_ms, cost_usd, price_version)
SELECT $1, $2, $3, {turn}, u.id, coalesce(u.user_id, holder.user_id),
    coalesce(u.agent, holder.agent), u.kind, u.model, u.input_tokens, u.output_tokens,
    u.cached_tokens, u.first_token_ms, u.cost_usd, u.price_version
FROM holder, jsonb_to_recordset({entries}::jsonb) AS u(id uuid, user_id uuid, agent varchar,
    kind varchar, model varchar, input_tokens bigint, output_tokens bigint, cached_tokens bigint,
    first_token_ms integer, cost_usd numeric, price_version varchar)
ON CONFLICT DO NOTHING
"""


def insert_events(first: int, source: str = "") -> str:
    """The statement whose six arrays start at the parameter `first`; `source` is a relation
    that must have a row, with its comma."""
    names = ("first", "second", "third", "fourth", "fifth", "sixth")
    places = {name: f"${first + index}" for index, name in enumerate(names)}
    return INSERT_EVENTS.format(source=source, **places)


def refuse_collision(rows: Sequence[Any], events: Sequence[LoggedEvent]) -> None:
    """EventCollisionError when one of the rows says `collided`: nothing of it may be committed."""
    if any(row["collided"] for row in rows):
        ids = [event.id for event in events]
        raise EventCollisionError(f"Another event is stored between {min(ids)} and {max(ids)}.")


def event_columns(events: Sequence[LoggedEvent]) -> tuple[list[Any], ...]:
    """The six arrays; what is never stored is left out."""
    kept = [event for event in events if event.event.kind not in TRANSIENT]
    return (
        [event.id.turn for event in kept],
        [event.id.sequence for event in kept],
        [event.turn_id for event in kept],
        [event.event.kind for event in kept],
        [encode(event).data for event in kept],
        [event.at for event in kept],
    )


def usage_json(cause: UUID, entries: Sequence[tuple[str, UsageEntry | None]]) -> str:
    """Usage rows, each named by what caused it, so that a repeated write is the same row."""
    return dump(
        [
            {
                "id": usage_id(cause, name),
                "user_id": entry.user_id,
                "agent": entry.agent,
                "kind": entry.kind,
                "model": clean(entry.model)[:200],
                **entry.usage.model_dump(),
                "first_token_ms": entry.first_token_ms,
                "cost_usd": None if entry.cost_usd is None else str(entry.cost_usd),
                "price_version": entry.price_version,
            }
            for name, entry in entries
            if entry is not None
        ]
    )


def usage_id(cause: UUID, name: str) -> UUID:
    return uuid5(cause, f"usage:{name}")


def clean(text: str) -> str:
    """Postgres stores no NUL, UTF-8 no half of a surrogate pair: models and tools may send both."""
    return text.replace("\0", "\ufffd").encode("utf-8", "replace").decode()


def dump(value: object) -> str:
    """JSON that jsonb accepts."""
    text = orjson.dumps(value).decode()
    return orjson.dumps(_without_nul(value)).decode() if "\\u0000" in text else text


def _without_nul(value: object) -> object:
    match value:
        case str():
            return value.replace("\0", "\ufffd")
        case dict():
            return {_without_nul(key): _without_nul(part) for key, part in value.items()}
        case list() | tuple():
            return [_without_nul(part) for part in value]
        case _:
            return value
