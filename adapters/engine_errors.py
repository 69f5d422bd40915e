"""What Temporal's client raises, as our errors."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final

from temporalio.client import RPCTimeoutOrCancelledError, WorkflowUpdateFailedError
from temporalio.exceptions import ApplicationError
from temporalio.service import RPCError, RPCStatusCode

from models.errors import AppError, ConflictError, InvalidError, LimitError, UnavailableError

# Statuses that say something about the request, or the run that it names, and not about Temporal.
_ABOUT_THE_REQUEST: Final = frozenset(
    {
        RPCStatusCode.NOT_FOUND,
        RPCStatusCode.ALREADY_EXISTS,
        RPCStatusCode.INVALID_ARGUMENT,
        RPCStatusCode.FAILED_PRECONDITION,
    }
)

_REFUSALS: Final[dict[str, type[AppError]]] = {
    "conversation_busy": ConflictError,
    "conversation_archived": ConflictError,
    "queue_full": LimitError,
    "agent_unknown": InvalidError,
}


@asynccontextmanager
async def reached(seconds: float) -> AsyncIterator[None]:
    """Bound a call; UnavailableError("engine_unavailable") when Temporal did not answer."""
    try:
        async with asyncio.timeout(seconds):
            yield
    except RPCError as error:
        if error.status in _ABOUT_THE_REQUEST:
            raise
        raise unavailable() from error
    except (TimeoutError, RPCTimeoutOrCancelledError, RuntimeError) as error:
        # RuntimeError is how a client that connects at its first call says that nobody answers.
        raise unavailable() from error


def unavailable() -> UnavailableError:
    return UnavailableError(
        "The engine that runs turns cannot be reached.", code="engine_unavailable", retry_after=2.0
    )


def refusal(error: WorkflowUpdateFailedError) -> AppError:
    """The named failure that a run answered a message with; its code tells the kind."""
    cause = error.cause
    if not isinstance(cause, ApplicationError) or not (cause.type or "").islower():
        return AppError("The running turn could not take the message.")
    code = cause.type or "conflict"
    return _REFUSALS.get(code, ConflictError)(cause.message, code=code)
