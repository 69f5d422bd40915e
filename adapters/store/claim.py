"""Claiming a message: of all its copies one run gets it."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from adapters.store.session import Session
from adapters.store.step import missing_text
from adapters.store.stored import (
    COLLIDED,
    clean,
    dump,
    event_columns,
    insert_events,
    refuse_collision,
)
from domain.ports.transcript import ClaimedTurn
from domain.titling import beginning
from domain.wire import decode, now
from models.errors import AppError, ConflictError, InvalidError, NotFoundError
from models.payloads.events import Event, EventId, LoggedEvent, TurnStarted
from models.payloads.scope import TurnKey
from models.payloads.turn import ROOT, Claim, IncomingMessage
from models.states import ConversationState

# Characters of a message that are looked at for a title.
_TITLED = 500

# Copies wait here for each other; a session's end and a notice's number wait here too.
_LOCK = """
SELECT c.turn_counter, c.active_leaf, c.state, s.content, (SELECT NOT p.withdrawn FROM message p
        WHERE p.space_id = $1 AND p.conversation_id = $2 AND p.id = $5) AS parent_stands
FROM conversation c
LEFT JOIN stored_text s
    ON s.space_id = $1 AND s.conversation_id = $2 AND s.message_id = $3 AND s.body_hash = $4
WHERE c.space_id = $1 AND c.id = $2
FOR NO KEY UPDATE OF c
"""
_CLAIM = f"""
WITH fresh AS (
    INSERT INTO receipt (space_id, organisation_id, conversation_id, message_id, turn_id, body_hash)
    VALUES ($1, $2, $3, $5, $4, $6) ON CONFLICT DO NOTHING RETURNING turn_id
), text AS (
    DELETE FROM stored_text WHERE space_id = $1 AND conversation_id = $3 AND message_id = $5
        AND EXISTS (SELECT FROM fresh)
), turn AS (
    INSERT INTO turn (space_id, organisation_id, conversation_id, id, number, user_id, owner,
        agent, agent_version, user_message_id, request_id, started_at)
    SELECT $1, $2, $3, $4, $7, $8, $9, $10, $11, coalesce($15, $5), $12, clock_timestamp()
    FROM fresh
), asked AS (
    INSERT INTO message (space_id, organisation_id, conversation_id, id, parent_id, position,
        role, content, turn_id, attachments)
    SELECT $1, $2, $3, $5, $13, coalesce((SELECT position + 1 FROM message
        WHERE space_id = $1 AND conversation_id = $3 AND id = $13), 0), 'user', $14, $4, $22::jsonb
    FROM fresh WHERE $15::uuid IS NULL
), logged AS ({insert_events(16, "fresh,")})
UPDATE conversation SET turn_counter = $7, active_leaf = coalesce($15, $5), open_turn = $4,
    state = CASE state WHEN 'archived' THEN state ELSE 'active' END,
    closing = closing AND EXISTS (SELECT FROM session -- the mark's own has ended without it
        WHERE session.space_id = $1 AND session.conversation_id = $3 AND ended_at IS NULL),
    -- what one person wrote, another does not vouch for
    tainted = tainted OR created_by <> $8,
    title = CASE WHEN kind = 'chat' THEN coalesce(title, nullif($23, '')) ELSE title END,
    provisional = provisional OR (title IS NULL AND kind = 'chat'),
    updated_at = clock_timestamp()
FROM fresh WHERE conversation.space_id = $1 AND conversation.id = $3
RETURNING {COLLIDED}
"""  # noqa: S608 - made of our own parts
_FOUND = """
SELECT r.turn_id, t.owner, t.number, t.outcome IS NOT NULL AS closed,
    ARRAY(SELECT e.payload FROM event e WHERE e.space_id = $1 AND e.conversation_id = $2
        AND e.turn_number = t.number ORDER BY e.sequence) AS events
FROM receipt r
LEFT JOIN turn t ON t.space_id = $1 AND t.conversation_id = $2 AND t.id = r.turn_id
WHERE r.space_id = $1 AND r.conversation_id = $2 AND r.message_id = $3
"""


# Of every turn.
USUAL = (_LOCK, _CLAIM)


async def claim_turn(
    session: Session, turn: TurnKey, claim: Claim, opening: Sequence[Event], *, late: bool = False
) -> ClaimedTurn:
    """Take the message for this owner, or find who has it."""
    space, message = turn.scope.space_id, claim.message
    row = await session.first(
        _LOCK,
        space,
        turn.conversation_id,
        message.message_id,
        message.body_hash,
        message.regenerates or message.parent_id,
    )
    if row is None:
        raise NotFoundError("There is no such conversation.", code="conversation_not_found")
    text = row["content"] if message.content is None else message.content
    branches = message.regenerates is not None or message.parent_id not in (None, ROOT)
    unknown = branches and row["parent_stands"] is None
    # What was taken back meanwhile, as by this message's own rollback, is asked anew.
    again = message.regenerates if row["parent_stands"] else None
    refusal = _refusal(text, row["state"], unknown=unknown)
    if refusal is not None and not late:
        # What was taken before it would be refused now is taken still.
        if (found := await _found(session, turn, claim)) is not None:
            return found
        raise refusal
    text = text or ""
    number = row["turn_counter"] + 1
    events = _numbered(turn, number, _asking(opening, message, again), text)
    values = _columns(claim, number, _parent(message, row), again, events, text)
    fresh = await session.first(
        _CLAIM,
        *(space, turn.scope.organisation_id, turn.conversation_id, turn.turn_id, *values),
    )
    if fresh is not None:
        refuse_collision([fresh], events)
        return ClaimedTurn(taken=False, number=number, events=events)
    found = await _found(session, turn, claim)
    return found or ClaimedTurn(taken=True)


def _columns(
    claim: Claim,
    number: int,
    parent: UUID | None,
    again: UUID | None,
    events: Sequence[LoggedEvent],
    text: str,
) -> tuple[object, ...]:
    """What `_CLAIM` writes, from `$5` on."""
    message = claim.message
    return (
        message.message_id,
        message.body_hash,
        number,
        message.user_id,
        claim.owner,
        message.agent.name,
        message.agent.version,
        clean(message.request_id)[:200],
        parent,
        clean(text),
        again,
        *event_columns(events),
        dump([str(document) for document in message.references]),
        beginning(clean(text[:_TITLED])),
    )


def _parent(message: IncomingMessage, row: Mapping[str, Any]) -> UUID | None:
    """What the message stands under: the leaf, when what it names is gone or was taken back."""
    if message.parent_id == ROOT:
        return None
    return message.parent_id if row["parent_stands"] else row["active_leaf"]


def _refusal(text: str | None, state: str, *, unknown: bool) -> AppError | None:
    """Why nothing may be said here, if so; `unknown` is the message that it answers."""
    if text is None:
        return missing_text()
    if state == ConversationState.ARCHIVED:
        return ConflictError("The conversation is archived.", code="conversation_archived")
    if unknown:
        return InvalidError("The message answers an unknown message.", code="parent_unknown")
    return None


async def _found(session: Session, turn: TurnKey, claim: Claim) -> ClaimedTurn | None:
    """Who has the message: this owner, another, or nobody."""
    row = await session.first(
        _FOUND, turn.scope.space_id, turn.conversation_id, claim.message.message_id
    )
    if row is None:
        return None
    if row["turn_id"] != turn.turn_id or row["owner"] != claim.owner:
        return ClaimedTurn(taken=True)
    return ClaimedTurn(
        taken=False,
        number=row["number"],
        closed=row["closed"],
        events=tuple(decode(payload) for payload in row["events"]),
    )


def _asking(
    opening: Sequence[Event], message: IncomingMessage, again: UUID | None
) -> Sequence[Event]:
    """As the message stands: a question that could not be answered again is the message's own."""
    if message.regenerates is None or again is not None:
        return opening
    own = {"message_id": message.message_id, "again": False}
    return [
        event.model_copy(update=own) if isinstance(event, TurnStarted) else event
        for event in opening
    ]


def _numbered(
    turn: TurnKey, number: int, opening: Sequence[Event], text: str
) -> tuple[LoggedEvent, ...]:
    """Readers are shown the message also when its text came out of the store."""
    at = now()
    return tuple(
        LoggedEvent(
            id=EventId(number, sequence),
            at=at,
            turn_id=turn.turn_id,
            event=event.model_copy(update={"text": text})
            if isinstance(event, TurnStarted) and not event.text
            else event,
        )
        for sequence, event in enumerate(opening, start=1)
    )
