"""What Temporal's client raises, as our errors."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Final

from temporalio.client import Client, RPCTimeoutOrCancelledError, WorkflowUpdateFailedError
from temporalio.exceptions import ApplicationError
from temporalio.service import RPCError, RPCStatusCode

from models.errors import (
    AccessError,
    AppError,
    ConflictError,
    InvalidError,
    LimitError,
    UnavailableError,
)

# One write at the server, which retries within it when it is just coming back.
CALL: Final = 3.0
RPC: Final = timedelta(seconds=CALL)

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
    "not_the_sender": AccessError,
}
# The run closed, or continued as new, under an update that it had accepted.
_LOST: Final = "AcceptedUpdateCompletedWorkflow"


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


def was_lost(error: WorkflowUpdateFailedError) -> bool:
    """Nobody looked at it: it may be sent again."""
    return isinstance(error.cause, ApplicationError) and error.cause.type == _LOST


def refusal(error: WorkflowUpdateFailedError) -> AppError:
    """The named failure that a run answered a message with; its code tells the kind."""
    cause = error.cause
    if not isinstance(cause, ApplicationError) or not (cause.type or "").islower():
        return AppError("The running turn could not take the message.")
    code = cause.type or "conflict"
    return _REFUSALS.get(code, ConflictError)(cause.message, code=code)


async def undecided(client: Client) -> UnavailableError:
    """Why nobody answered: Temporal is away, or no worker is up."""
    async with reached(1.0):
        await client.service_client.check_health(timeout=timedelta(seconds=1))
    return UnavailableError("No worker is up to say what runs.", code="no_worker")


def raise_if_cancelled() -> None:
    """The SDK turns a cancelled call into a timeout; our own cancellation must stay one."""
    task = asyncio.current_task()
    if task is not None and task.cancelling():
        raise asyncio.CancelledError
