"""Verdicts that come back in a client's own protocol, with the turn that waits for them."""

from dataclasses import dataclass
from typing import Final
from uuid import UUID

from api import deciding
from api.admission import Context
from api.ports import Ports
from domain.ports.approvals import Approval, ApprovalState, Decision, Judgement, Via
from models.errors import ConflictError, NotFoundError

_NOTE_CHARACTERS: Final = 2_000
_APPROVED: Final = {
    ApprovalState.APPROVED: True,
    ApprovalState.DENIED: False,
    ApprovalState.REVISED: False,
}


@dataclass(frozen=True, slots=True)
class Given:
    """`shown_hash` is of the arguments that the client was shown; None when it does not say."""

    approved: bool
    note: str = ""
    shown_hash: str | None = None


async def give(ports: Ports, context: Context, approval: Approval, given: Given) -> None:
    """As `POST /v1/approvals/{id}` does. The same verdict again is none; another than was given,
    there or here, is ConflictError("already_decided"): clients repeat what they got no answer to.
    One that nobody can give any more changes nothing: the stream says what became of it."""
    if approval.state is ApprovalState.PENDING:
        try:
            await deciding.decide(ports, context.scope, approval.id, _judgement(context, given))
        except ConflictError:
            approval = await ports.approvals.get(context.scope, approval.id)
            if approval.state is ApprovalState.PENDING:
                raise
        else:
            return
    if _APPROVED.get(approval.state, given.approved) is not given.approved:
        raise ConflictError("It was decided otherwise before.", code="already_decided")


def _judgement(context: Context, given: Given) -> Judgement:
    return Judgement(
        decision=Decision.APPROVE if given.approved else Decision.DENY,
        decided_by=context.caller.user_id,
        role=context.role,
        via=Via.API,
        note=given.note[:_NOTE_CHARACTERS],
        arguments_hash=given.shown_hash,
    )


def unknown_approval() -> NotFoundError:
    return NotFoundError("There is no such approval.", code="approval_not_found")


def approval_id(given: object) -> UUID:
    try:
        return UUID(str(given))
    except ValueError:
        raise unknown_approval() from None
