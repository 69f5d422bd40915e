"""What becomes of a verdict: whether it may be given, and what it lets run."""

from datetime import datetime
from typing import Any

import orjson

from domain.canonical import digest
from domain.ports.approvals import Approval, ApprovalState, Decision, Judgement
from domain.schema import problems
from models.errors import AccessError, AppError, ConflictError, GoneError, InvalidError


def edited(approval: Approval, judgement: Judgement) -> tuple[dict[str, Any], str]:
    """The arguments to run instead, and their hash. InvalidError("arguments_invalid")."""
    arguments = judgement.arguments
    if arguments is None or judgement.decision is not Decision.APPROVE:
        raise _invalid("Only what is approved can be edited.")
    if approval.schema is None:
        raise _invalid("These arguments cannot be edited: deny them, or ask for a revision.")
    try:
        sealed = digest(arguments)
        # Numbers beyond 64 bits and halves of surrogate pairs, which Python takes for JSON.
        orjson.dumps(arguments)
    except (TypeError, ValueError, RecursionError):
        raise _invalid("These arguments hold what JSON cannot.") from None
    if wrong := problems(approval.schema, arguments):
        raise _invalid(f"These arguments do not fit {approval.tool}: {'; '.join(wrong)}.")
    return arguments, sealed


def refusal(approval: Approval, judgement: Judgement, now: datetime) -> AppError:
    """Why a verdict did not count; who may not decide is told no more than that."""
    if not judgement.role.includes(approval.approvers):
        needed = approval.approvers.value
        return AccessError(f"To decide this one must be {needed}.", code="role_required")
    if approval.four_eyes and not _is_another(approval, judgement):
        return AccessError("Somebody else than who asked or wrote must decide.", code="four_eyes")
    match approval.state:
        case ApprovalState.WITHDRAWN:
            return GoneError("The turn was stopped before a verdict.", code="withdrawn")
        case ApprovalState.EXPIRED:
            return _expired()
        case ApprovalState.PENDING if approval.expires_at <= now:
            return _expired()
        case ApprovalState.PENDING:
            return ConflictError(
                "The arguments are not those that you were shown: look again.",
                code="arguments_changed",
            )
    when = "" if approval.decided_at is None else f" at {approval.decided_at.isoformat()}"
    return ConflictError(
        f"Already {approval.state.value} by {approval.decided_by}{when}.", code="already_decided"
    )


def _is_another(approval: Approval, judgement: Judgement) -> bool:
    involved = {approval.requested_by, approval.written_by}
    return approval.requested_by is not None and judgement.decided_by not in involved


def _expired() -> GoneError:
    return GoneError("Nobody decided in time.", code="expired")


def _invalid(detail: str) -> InvalidError:
    return InvalidError(detail, code="arguments_invalid")
