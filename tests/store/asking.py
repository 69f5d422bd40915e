"""Approvals as a policy asks for them."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from domain.canonical import digest
from domain.ports.transcript import NewCall
from models.payloads.policy import Asking, Decision, Quote, Ruling
from models.payloads.turn import IncomingMessage
from tests.store.stage import Stage

SCHEMA = {
    "type": "object",
    "properties": {"text": {"type": "string"}},
    "required": ["text"],
    "additionalProperties": False,
}


async def asked(
    stage: Stage,
    asking: Asking | None = None,
    *,
    schema: dict[str, Any] | None = SCHEMA,
    arguments: dict[str, Any] | None = None,
    **fields: Any,  # noqa: ANN401 - fields of NewCall
) -> tuple[IncomingMessage, NewCall, UUID]:
    """A turn whose call waits for a person."""
    message, claimed = await stage.begin()
    arguments = {"text": "draft"} if arguments is None else arguments
    call = replace(
        stage.call(message, approved=True),
        arguments=arguments,
        arguments_hash=digest(arguments),
        schema=schema,
        decision=Decision(
            ruling=Ruling.ASK,
            sentence="Writes ask.",
            rule="writes",
            version=3,
            asking=asking or Asking(),
            tainted=True,
            quotes=(Quote(path="text", text="draft", source="a page"),),
        ),
        **fields,
    )
    record = stage.record(message, claimed.number, text="", calls=(call,))
    await stage.transcript.commit_step(stage.turn(message), 1, 1, record)
    assert call.approval_id is not None
    return message, call, call.approval_id


def in_(**delta: float) -> datetime:
    return datetime.now(UTC) + timedelta(**delta)


async def review(stage: Stage, *, expires_at: datetime | None = None) -> UUID:
    """An approval that belongs to no turn."""
    review_id = uuid4()
    await stage.database.run(
        stage.scope,
        lambda session: session.fetch(
            "INSERT INTO approval (space_id, organisation_id, id, call_id, tool, arguments, state,"
            " expires_at, content_id, requested_by) VALUES ($1, $2, $3, '', 'review', '{}',"
            " 'pending', $4, $5, $6)",
            stage.scope.space_id,
            stage.scope.organisation_id,
            review_id,
            expires_at or in_(hours=1),
            uuid4(),
            stage.user_id,
        ),
    )
    return review_id
