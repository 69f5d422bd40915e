"""What waits behind a conversation's running turn, as its run tells it."""

import asyncio
from collections.abc import Sequence
from datetime import timedelta
from typing import Final

from temporalio.client import (
    RPCTimeoutOrCancelledError,
    WorkflowHandle,
    WorkflowQueryFailedError,
    WorkflowQueryRejectedError,
    WorkflowUpdateFailedError,
)
from temporalio.common import QueryRejectCondition
from temporalio.service import RPCError, RPCStatusCode

from adapters.engine.failures import refusal, unavailable, was_lost
from models import names
from models.errors import ConflictError, UnavailableError
from models.payloads.turn import MessageQueue, QueuedMessage, Withdrawal

# A worker that is up answers within some 10 ms; one that just died is passed over after a second.
LOOK: Final = 1.0
# As long as a message itself may take to be answered.
TAKE_BACK: Final = 2.0
# A run that continues as new between the server's look and its write is asked again.
ATTEMPTS: Final = 3

_GONE: Final = frozenset({RPCStatusCode.NOT_FOUND, RPCStatusCode.ABORTED})
_SILENT: Final = frozenset({RPCStatusCode.DEADLINE_EXCEEDED, RPCStatusCode.CANCELLED})


class SilenceError(Exception):
    """Nobody answered in time: Temporal is away, or no worker is up."""


async def queued(handle: WorkflowHandle[object, object]) -> Sequence[QueuedMessage]:
    """SilenceError, UnavailableError. A run that has ended is not asked: that would replay it."""
    try:
        async with asyncio.timeout(LOOK):
            found = await handle.query(
                names.QUEUE_QUERY,
                result_type=MessageQueue,
                reject_condition=QueryRejectCondition.NOT_OPEN,
                rpc_timeout=timedelta(seconds=LOOK),
            )
    except WorkflowQueryRejectedError:
        return ()
    except WorkflowQueryFailedError as error:
        # A run that is pinned to a worker from before the question could be asked.
        raise UnavailableError(
            "No worker is up that can say what waits.", code="no_worker"
        ) from error
    except RPCError as error:
        if error.status is RPCStatusCode.NOT_FOUND:
            return ()
        raise _named(error) from error
    except (TimeoutError, RPCTimeoutOrCancelledError, RuntimeError) as error:
        raise SilenceError from error
    return MessageQueue.model_validate(found).messages


async def withdraw(handle: WorkflowHandle[object, object], wish: Withdrawal) -> None:
    """SilenceError, UnavailableError, ConflictError("already_started"),
    AccessError("not_the_sender")."""
    for _ in range(ATTEMPTS):
        try:
            async with asyncio.timeout(TAKE_BACK):
                await handle.execute_update(
                    names.WITHDRAW_UPDATE,
                    wish,
                    # A repeat is answered as the first was.
                    id=f"{names.WITHDRAW_UPDATE}-{wish.message_id}",
                    rpc_timeout=timedelta(seconds=TAKE_BACK),
                )
        except WorkflowUpdateFailedError as error:
            if was_lost(error):
                continue
            raise refusal(error) from error
        except RPCError as error:
            if error.status in _GONE:
                continue
            raise _named(error) from error
        except (TimeoutError, RPCTimeoutOrCancelledError, RuntimeError) as error:
            raise SilenceError from error
        return
    raise ConflictError("The message does not wait.", code="already_started")


def _named(error: RPCError) -> Exception:
    return SilenceError() if error.status in _SILENT else unavailable()
