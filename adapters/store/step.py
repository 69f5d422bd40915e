"""A step's beginning and its commit: the newest attempt shuts the others out."""

from collections.abc import Sequence
from typing import Any

from adapters.store.session import Session
from adapters.store.stored import (
    COLLIDED,
    INSERT_USAGE,
    clean,
    dump,
    event_columns,
    insert_events,
    refuse_collision,
    usage_json,
)
from adapters.store.window import LOAD, context
from domain.ports.transcript import NewCall, StepContext, StepRecord
from models.errors import NotFoundError, StaleAttemptError
from models.payloads.policy import Decision, Ruling
from models.payloads.scope import TurnKey
from models.payloads.turn import CallStatus, IncomingMessage, ThinkReply

# The row's lock decides between this and an older attempt's commit.
_FENCE = """
UPDATE turn SET fence_step = $4, fence_attempt = $5
WHERE space_id = $1 AND conversation_id = $2 AND id = $3
    AND (fence_step, fence_attempt) < ($4, $5)
"""
_LEAF = """
SELECT c.active_leaf, s.content FROM conversation c
LEFT JOIN stored_text s ON s.space_id = $1 AND s.conversation_id = $2 AND s.message_id = $3
    AND s.body_hash = $4
WHERE c.space_id = $1 AND c.id = $2 FOR NO KEY UPDATE OF c
"""
_STEER = """
WITH fresh AS (
    INSERT INTO receipt (space_id, organisation_id, conversation_id, message_id, turn_id, body_hash)
    VALUES ($1, $2, $3, $5, $4, $6) ON CONFLICT DO NOTHING RETURNING turn_id
), text AS (
    DELETE FROM stored_text WHERE space_id = $1 AND conversation_id = $3 AND message_id = $5
        AND EXISTS (SELECT FROM fresh)
), asked AS (
    INSERT INTO message (space_id, organisation_id, conversation_id, id, parent_id, position,
        role, content, turn_id, attachments)
    SELECT $1, $2, $3, $5, $7, coalesce((SELECT position + 1 FROM message
        WHERE space_id = $1 AND conversation_id = $3 AND id = $7), 0), 'user', $8, $4, $9::jsonb
    FROM fresh
)
UPDATE conversation SET active_leaf = $5, updated_at = clock_timestamp()
FROM fresh WHERE conversation.space_id = $1 AND conversation.id = $3
RETURNING 1
"""
_COMMIT = f"""
WITH holder AS (
    UPDATE turn SET steps = $5
    WHERE space_id = $1 AND conversation_id = $3 AND id = $4
        AND outcome IS NULL AND steps < $5 AND (fence_step, fence_attempt) <= ($5, $6)
    RETURNING user_id, agent, steering
), done AS (
    INSERT INTO step (space_id, organisation_id, turn_id, step, attempt, reply, response_id)
    SELECT $1, $2, $4, $5, $6,
        CASE WHEN steering THEN $7::jsonb || '{{"closed": false}}' ELSE $7::jsonb END, $8
    FROM holder
), answer AS (
    INSERT INTO message (space_id, organisation_id, conversation_id, id, parent_id, position,
        role, content, turn_id, step, calls)
    SELECT $1, $2, $3, $9, c.active_leaf, coalesce(p.position + 1, 0), 'assistant', $10, $4, $5,
        coalesce((SELECT jsonb_agg(jsonb_build_object('call_id', k.call_id, 'name', k.name,
            'arguments', k.raw_arguments) ORDER BY k.index) FROM jsonb_to_recordset($11::jsonb)
            AS k(call_id varchar, index integer, name varchar, raw_arguments text)), '[]')
    FROM holder
    JOIN conversation c ON c.space_id = $1 AND c.id = $3
    LEFT JOIN message p ON p.space_id = $1 AND p.conversation_id = $3 AND p.id = c.active_leaf
), leaf AS (
    UPDATE conversation SET active_leaf = $9, updated_at = clock_timestamp(),
        tainted = tainted OR $13
    FROM holder WHERE conversation.space_id = $1 AND conversation.id = $3
), called AS (
    INSERT INTO tool_call (space_id, organisation_id, conversation_id, turn_id, step, call_id,
        index, name, raw_arguments, arguments, approval_id, status, result, ended_at, ruling)
    SELECT $1, $2, $3, $4, $5, k.call_id, k.index, k.name, k.raw_arguments, k.arguments,
        k.approval_id, k.status, k.result, CASE WHEN k.ended THEN clock_timestamp() END, k.ruling
    FROM holder, jsonb_to_recordset($11::jsonb) AS k(call_id varchar, index integer, name varchar,
        raw_arguments text, arguments jsonb, approval_id uuid, status varchar, result text,
        ended boolean, ruling varchar)
), asked AS (
    INSERT INTO approval (space_id, organisation_id, conversation_id, conversation_kind, turn_id,
        id, call_id, tool, arguments, state, expires_at, agent, requested_by, arguments_hash,
        schema, remind_at, escalate_at, reason, rule, policy_version, tainted, quotes, approvers,
        four_eyes, escalate_to)
    SELECT $1, $2, $3, c.kind, $4, k.approval_id, k.call_id, k.name, k.arguments, 'pending',
        k.expires_at, holder.agent, holder.user_id, k.arguments_hash, k.schema, k.remind_at,
        k.escalate_at, k.reason, k.rule, k.policy_version, k.tainted, k.quotes, k.approvers,
        k.four_eyes, k.escalate_to
    FROM holder
    JOIN conversation c ON c.space_id = $1 AND c.id = $3,
    jsonb_to_recordset($11::jsonb) AS k(call_id varchar, name varchar, arguments jsonb,
        approval_id uuid, expires_at timestamptz, arguments_hash varchar, schema jsonb,
        remind_at timestamptz, escalate_at timestamptz, reason text, rule varchar,
        policy_version integer, tainted boolean, quotes jsonb, approvers varchar,
        four_eyes boolean, escalate_to varchar)
    WHERE k.approval_id IS NOT NULL
), used AS ({INSERT_USAGE.format(turn="$4", entries="$12")}
), logged AS ({insert_events(14, "holder,")})
SELECT {COLLIDED}, steering FROM holder
"""  # noqa: S608 - made of our own parts
_STANDING = """
SELECT t.outcome, s.reply FROM turn t
LEFT JOIN step s ON s.space_id = $1 AND s.turn_id = $3 AND s.step = $4
WHERE t.space_id = $1 AND t.conversation_id = $2 AND t.id = $3
"""


# Of every turn.
USUAL = (LOAD, _COMMIT)


async def begin(
    session: Session,
    turn: TurnKey,
    step: int,
    attempt: int,
    steered: Sequence[IncomingMessage],
    *,
    characters: int,
    messages: int,
) -> StepContext:
    """Raise the fence, add what steers the turn, load the window."""
    key = turn.scope.space_id, turn.conversation_id, turn.turn_id
    if attempt > 1:
        await session.fetch(_FENCE, *key, step, attempt)
    for message in steered:
        await _steer(session, turn, message)
    row = await session.first(LOAD, *key, step, characters, messages)
    if row is None:
        raise unknown_turn()
    if (row["fence_step"], row["fence_attempt"]) > (step, attempt):
        raise stale()
    if row["ended"] and row["reply"] is None:
        raise stale()
    return context(row)


async def _steer(session: Session, turn: TurnKey, message: IncomingMessage) -> None:
    space = turn.scope.space_id
    row = await session.first(
        _LEAF, space, turn.conversation_id, message.message_id, message.body_hash
    )
    if row is None:
        raise unknown_turn()
    text = row["content"] if message.content is None else message.content
    fresh = await session.first(
        _STEER,
        space,
        turn.scope.organisation_id,
        turn.conversation_id,
        turn.turn_id,
        message.message_id,
        message.body_hash,
        row["active_leaf"],
        # Without a text it should stand here already: then nothing is inserted.
        clean(text or ""),
        dump([str(document) for document in message.references]),
    )
    if fresh is not None and text is None:
        raise missing_text()


async def commit(
    session: Session, turn: TurnKey, step: int, attempt: int, record: StepRecord
) -> ThinkReply:
    """Store the step whole or not at all. A turn that is about to be steered goes on."""
    won = await session.first(
        _COMMIT,
        turn.scope.space_id,
        turn.scope.organisation_id,
        turn.conversation_id,
        turn.turn_id,
        step,
        attempt,
        dump(record.reply.model_dump(mode="json")),
        record.response_id,
        record.message_id,
        clean(record.text),
        dump([_call(index, call) for index, call in enumerate(record.calls)]),
        usage_json(turn.turn_id, [(f"step:{step}", record.usage)]),
        record.tainted,
        *event_columns(record.events),
    )
    if won is not None:
        refuse_collision([won], record.events)
        return (
            record.reply.model_copy(update={"closed": False}) if won["steering"] else record.reply
        )
    row = await session.first(
        _STANDING, turn.scope.space_id, turn.conversation_id, turn.turn_id, step
    )
    if row is None:
        raise unknown_turn()
    if row["reply"] is None:
        raise stale()
    return ThinkReply.model_validate(row["reply"])


def _call(index: int, call: NewCall) -> dict[str, Any]:
    """A call that did not validate, or that the policy denied, has ended already, with its error
    as its result."""
    refused = CallStatus.DENIED if call.denied else CallStatus.INVALID
    return {
        "call_id": call.call_id,
        "index": index,
        "name": clean(call.name),
        "raw_arguments": clean(call.raw_arguments),
        "arguments": call.arguments,
        "approval_id": call.approval_id,
        "status": CallStatus.PENDING if call.error is None else refused,
        "result": clean(call.error or ""),
        "ended": call.error is not None,
        "ruling": "" if call.decision is None else call.decision.ruling,
        **({} if call.approval_id is None else _approval(call)),
    }


def _approval(call: NewCall) -> dict[str, Any]:
    """What the approver is shown, and what the verdict is bound to."""
    said = call.decision or Decision(ruling=Ruling.ASK, sentence="")
    return {
        "expires_at": call.expires_at,
        "arguments_hash": call.arguments_hash,
        "schema": call.schema,
        "remind_at": call.remind_at,
        "escalate_at": call.escalate_at,
        "reason": clean(said.sentence),
        "rule": clean(said.rule),
        "policy_version": said.version,
        "tainted": said.tainted,
        "quotes": [quote.model_dump(mode="json") for quote in said.quotes],
        "approvers": said.asking.approvers,
        "four_eyes": said.asking.four_eyes,
        "escalate_to": said.asking.escalate_to,
    }


def stale() -> StaleAttemptError:
    return StaleAttemptError("A newer attempt has taken this step over, or the turn has ended.")


def unknown_turn() -> NotFoundError:
    return NotFoundError("There is no such turn.", code="turn_not_found")


def missing_text() -> NotFoundError:
    return NotFoundError("The message's text was not kept.", code="message_text_missing")
