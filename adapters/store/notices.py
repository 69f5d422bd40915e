"""Events that belong to no turn: numbered when no turn is open."""

from collections.abc import Sequence
from uuid import UUID

from adapters.store.repository import Repository
from adapters.store.session import Session
from adapters.store.stored import (
    COLLIDED,
    clean,
    dump,
    event_columns,
    insert_events,
    refuse_collision,
)
from domain.wire import decode, now
from models.errors import NotFoundError
from models.payloads.events import EVENT, Event, EventId, LoggedEvent
from models.payloads.scope import LogKey

_LOCK = """
SELECT turn_counter, open_turn FROM conversation
WHERE space_id = $1 AND id = $2 FOR NO KEY UPDATE
"""
_KEEP = """
INSERT INTO notice (space_id, organisation_id, conversation_id, key, payload)
VALUES ($1, $2, $3, $4, $5) ON CONFLICT DO NOTHING
"""
_WAITING = """
SELECT key, payload FROM notice
WHERE space_id = $1 AND conversation_id = $2 AND number IS NULL ORDER BY created_at, key
"""
_STORE = f"""
WITH logged AS ({insert_events(4)}), numbered AS (
    UPDATE notice SET number = n.number, stored_by = $12
    FROM unnest($10::varchar[], $11::bigint[]) AS n(key, number)
    WHERE notice.space_id = $1 AND notice.conversation_id = $3 AND notice.key = n.key
)
UPDATE conversation SET turn_counter = greatest(turn_counter, (SELECT max(n) FROM
    unnest($11::bigint[]) AS n)) WHERE space_id = $1 AND id = $3
RETURNING {COLLIDED}
"""  # noqa: S608 - made of our own parts
_STORED_BY = """
SELECT e.payload FROM notice n
JOIN event e ON e.space_id = $1 AND e.conversation_id = $2 AND e.turn_number = n.number
WHERE n.space_id = $1 AND n.conversation_id = $2 AND n.stored_by = $3 ORDER BY n.number
"""
_STORED = """
SELECT e.payload FROM notice n
JOIN event e ON e.space_id = $1 AND e.conversation_id = $2 AND e.turn_number = n.number
WHERE n.space_id = $1 AND n.conversation_id = $2 AND n.key = $3
"""


class PostgresNotices(Repository):
    async def post(self, log: LogKey, key: str, event: Event) -> Sequence[LoggedEvent]:
        """A repeat is given what its first call stored, so that it is announced after a crash."""

        async def work(session: Session) -> Sequence[LoggedEvent]:
            space, conversation = log.scope.space_id, log.conversation_id
            row = await session.first(_LOCK, space, conversation)
            if row is None:
                raise NotFoundError("There is no such conversation.", code="conversation_not_found")
            earlier = await session.fetch(_STORED, space, conversation, key)
            if earlier:
                return tuple(decode(found["payload"]) for found in earlier)
            payload = dump(event.model_dump(mode="json")).encode()
            ids = space, log.scope.organisation_id, conversation
            await session.fetch(_KEEP, *ids, clean(key), payload)
            if row["open_turn"] is not None:
                return ()
            return await flush(session, log, row["turn_counter"], None)

        return await self._run(log.scope, work)


async def flush(
    session: Session, log: LogKey, counter: int, turn_id: UUID | None
) -> tuple[LoggedEvent, ...]:
    """Number and store all that waits. The caller holds the conversation's lock."""
    space, conversation = log.scope.space_id, log.conversation_id
    rows = await session.fetch(_WAITING, space, conversation)
    at = now()
    events = tuple(
        LoggedEvent(id=EventId(number, 1), at=at, event=EVENT.validate_json(row["payload"]))
        for number, row in enumerate(rows, start=counter + 1)
    )
    stored = await session.fetch(
        _STORE,
        space,
        log.scope.organisation_id,
        conversation,
        *event_columns(events),
        [row["key"] for row in rows],
        [event.id.turn for event in events],
        turn_id,
    )
    refuse_collision(stored, events)
    return events


async def stored_by(session: Session, log: LogKey, turn_id: UUID) -> tuple[LoggedEvent, ...]:
    """What the end of this turn stored."""
    rows = await session.fetch(_STORED_BY, log.scope.space_id, log.conversation_id, turn_id)
    return tuple(decode(row["payload"]) for row in rows)
