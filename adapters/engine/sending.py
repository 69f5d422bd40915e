"""Brings a message to its conversation's run: by update, or by a signal when nobody answers."""

import asyncio
from datetime import timedelta
from typing import Final
from uuid import UUID

import structlog
from temporalio.client import (
    Client,
    RPCTimeoutOrCancelledError,
    WithStartWorkflowOperation,
    WorkflowUpdateFailedError,
)
from temporalio.common import WorkflowIDConflictPolicy, WorkflowIDReusePolicy
from temporalio.service import RPCError, RPCStatusCode

from adapters.engine.failures import (
    CALL,
    RPC,
    raise_if_cancelled,
    reached,
    refusal,
    undecided,
    was_lost,
)
from adapters.engine.starting import TASK, attributes, fair
from adapters.engine.turnstile import CrowdedError, Turnstile
from models import ids, names
from models.errors import InvalidError, LimitError
from models.payloads.turn import BusyPolicy, SendResult, SendStatus, TurnStart

# A run takes 10 updates at once from all edges together, and refuses more in a way that the client
# hides until it is too late to tell. Four of some 20 ms each are two hundred a second and edge.
AT_ONCE: Final = 4
LONGEST_CROWD: Final = 64
# The run may close, or continue as new, between the server's look and its write.
UPDATE_ATTEMPTS: Final = 5

_CLOSING: Final = (RPCStatusCode.NOT_FOUND, RPCStatusCode.ABORTED, RPCStatusCode.ALREADY_EXISTS)

# Workflow, message, hash of its body, and what it does to a busy run.
_Copies = tuple[str, UUID, str, BusyPolicy]

log = structlog.get_logger(__name__)


class Sending:
    """The `send` of `domain.ports.engine.Engine`."""

    def __init__(self, client: Client, queue: str, answer: float) -> None:
        self._client = client
        self._queue = queue
        self._answer = answer
        """Seconds that an update may take before the message goes by signal."""
        self._under_way: dict[_Copies, asyncio.Task[SendResult]] = {}
        self._turnstile = Turnstile(AT_ONCE, LONGEST_CROWD, 2 * answer)

    async def send(self, start: TurnStart) -> SendResult:
        workflow_id = ids.turn_workflow_id(start.scope, start.conversation_id)
        with structlog.contextvars.bound_contextvars(workflow_id=workflow_id):
            result = await self._sent_once(workflow_id, start)
        if result.body_hash not in {"", start.messages[0].body_hash}:
            raise InvalidError(
                "This message id came with another body before.", code="message_reused"
            )
        return result

    async def _sent_once(self, workflow_id: str, start: TurnStart) -> SendResult:
        """Copies of a message that come while it is on its way share its way, and its answer."""
        message = start.messages[0]
        key = workflow_id, message.message_id, message.body_hash, message.on_busy
        sending = self._under_way.get(key)
        if sending is None:
            sending = asyncio.create_task(self._admitted(workflow_id, start))
            self._under_way[key] = sending
            sending.add_done_callback(lambda done: self._arrived(key, done))
        # A caller that leaves takes nothing from the others.
        return await asyncio.shield(sending)

    def _arrived(self, key: _Copies, sending: asyncio.Task[SendResult]) -> None:
        del self._under_way[key]
        if not sending.cancelled():
            sending.exception()  # asyncio logs one that nobody looked at

    async def _admitted(self, workflow_id: str, start: TurnStart) -> SendResult:
        try:
            async with self._turnstile.through(workflow_id):
                return await self._send(start)
        except CrowdedError as error:
            raise LimitError(
                "Too many messages for this conversation came at once; none of this one is"
                " kept: send it again.",
                code="conversation_crowded",
                retry_after=1.0,
            ) from error

    async def _send(self, start: TurnStart) -> SendResult:
        try:
            async with asyncio.timeout(self._answer):
                return await self._update(start)
        except (TimeoutError, RPCTimeoutOrCancelledError, RPCError, RuntimeError) as error:
            raise_if_cancelled()
            if start.messages[0].on_busy is BusyPolicy.REJECT:
                raise await undecided(self._client) from error
            log.warning("engine.update_unanswered", error=type(error).__name__)
        return await self.signal(start)

    async def _update(self, start: TurnStart) -> SendResult:
        for attempt in range(1, UPDATE_ATTEMPTS + 1):
            try:
                return await self._update_once(start)
            except RPCError as error:
                if error.status not in _CLOSING or attempt == UPDATE_ATTEMPTS:
                    raise
            except WorkflowUpdateFailedError as error:
                if not was_lost(error) or attempt == UPDATE_ATTEMPTS:
                    raise refusal(error) from error
        raise AssertionError("unreachable")

    async def _update_once(self, start: TurnStart) -> SendResult:
        message = start.messages[0]
        operation = WithStartWorkflowOperation[object, object](
            names.TURN_WORKFLOW,
            start,
            id=ids.turn_workflow_id(start.scope, start.conversation_id),
            task_queue=self._queue,
            id_conflict_policy=WorkflowIDConflictPolicy.USE_EXISTING,
            id_reuse_policy=WorkflowIDReusePolicy.ALLOW_DUPLICATE,
            search_attributes=attributes(start.scope, start.conversation_id, message.agent.name),
            static_summary=f"Turn of {message.agent.name}",
            priority=fair(start.scope),
            task_timeout=TASK,
        )
        try:
            result = await self._client.execute_update_with_start_workflow(
                names.SEND_UPDATE,
                message,
                id=str(message.message_id),
                start_workflow_operation=operation,
                result_type=SendResult,
                rpc_timeout=timedelta(seconds=self._answer),
            )
        finally:
            _retrieve(operation)
        return SendResult.model_validate(result)

    async def signal(self, start: TurnStart) -> SendResult:
        """The durable way: it needs no worker, and so tells nothing of the run."""
        message = start.messages[0]
        async with reached(CALL):
            await self._client.start_workflow(
                names.TURN_WORKFLOW,
                start,
                id=ids.turn_workflow_id(start.scope, start.conversation_id),
                task_queue=self._queue,
                id_reuse_policy=WorkflowIDReusePolicy.ALLOW_DUPLICATE,
                start_signal=names.SEND_SIGNAL,
                start_signal_args=[message],
                search_attributes=attributes(
                    start.scope, start.conversation_id, message.agent.name
                ),
                static_summary=f"Turn of {message.agent.name}",
                priority=fair(start.scope),
                task_timeout=TASK,
                rpc_timeout=RPC,
            )
        return SendResult(turn_id=message.turn_id, status=SendStatus.ACCEPTED)


def _retrieve(operation: WithStartWorkflowOperation[object, object]) -> None:
    """Look at the start's own outcome: asyncio logs an exception that nobody looked at."""
    started = operation._workflow_handle  # noqa: SLF001 - awaiting it could wait for ever
    if started.done() and not started.cancelled():
        started.exception()
