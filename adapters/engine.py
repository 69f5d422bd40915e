"""Temporal, as those who start and signal workflows see it: everything by name."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Final
from uuid import UUID

import structlog
from temporalio.client import (
    Client,
    RPCTimeoutOrCancelledError,
    WithStartWorkflowOperation,
    WorkflowExecutionStatus,
    WorkflowHandle,
    WorkflowUpdateFailedError,
)
from temporalio.common import (
    Priority,
    SearchAttributeKey,
    SearchAttributePair,
    TypedSearchAttributes,
    WorkflowIDConflictPolicy,
    WorkflowIDReusePolicy,
)
from temporalio.exceptions import ApplicationError, WorkflowAlreadyStartedError
from temporalio.service import RPCError, RPCStatusCode

from adapters.engine_errors import reached, refusal
from adapters.turnstile import CrowdedError, Turnstile
from domain.ports.approvals import Delivery
from domain.ports.conversations import ConversationKind
from models import ids, names
from models.errors import InvalidError, LimitError, UnavailableError
from models.payloads.approval import ApprovalWatch
from models.payloads.ingestion import IngestionStart, ReembeddingStart
from models.payloads.scope import LogKey, Scope
from models.payloads.session import SessionStart
from models.payloads.turn import BusyPolicy, RunStart, SendResult, SendStatus, TurnStart

# A worker that is up answers an update within some 30 ms; after this the message goes by signal,
# which is durable without one.
ANSWER: Final = 2.0
# Everything else is one write at the server, which retries within it when it is just coming back.
CALL: Final = 3.0
RPC: Final = timedelta(seconds=CALL)
# A task handed to a worker that just died is given to another after this; ours take milliseconds.
TASK: Final = timedelta(seconds=5)
# A run takes 10 updates at once from all edges together, and refuses more in a way that the client
# hides until it is too late to tell. Four of some 20 ms each are two hundred a second and edge.
AT_ONCE: Final = 4
LONGEST_CROWD: Final = 64
# The run may close, or continue as new, between the server's look and its write.
UPDATE_ATTEMPTS: Final = 5

# Temporal's lowest; what names none has 3.
LAST: Final = 5

log = structlog.get_logger(__name__)

_CLOSING = (RPCStatusCode.NOT_FOUND, RPCStatusCode.ABORTED, RPCStatusCode.ALREADY_EXISTS)
_LOST_UPDATE = "AcceptedUpdateCompletedWorkflow"


# Workflow, message, hash of its body, and what it does to a busy run.
_Copies = tuple[str, UUID, str, BusyPolicy]


class TemporalEngine:
    """Implements `domain.ports.engine.Engine`."""

    def __init__(
        self,
        client: Client,
        *,
        turns_queue: str = names.TURNS_QUEUE,
        documents_queue: str = names.DOCUMENTS_QUEUE,
        answer: float = ANSWER,
        notifying: bool = False,
    ) -> None:
        """`notifying`: this deployment has somebody to tell of approvals."""
        self._client = client
        self._turns = turns_queue
        self._documents = documents_queue
        self._notifying = notifying
        self._answer = answer
        """Seconds that an update may take before the message goes by signal."""
        self._sending: dict[_Copies, asyncio.Task[SendResult]] = {}
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
        sending = self._sending.get(key)
        if sending is None:
            sending = self._sending[key] = asyncio.create_task(self._admitted(workflow_id, start))
            sending.add_done_callback(lambda done: self._arrived(key, done))
        # A caller that leaves takes nothing from the others.
        return await asyncio.shield(sending)

    def _arrived(self, key: _Copies, sending: asyncio.Task[SendResult]) -> None:
        del self._sending[key]
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
            _raise_if_cancelled()
            if start.messages[0].on_busy is BusyPolicy.REJECT:
                raise await self._undecided() from error
            log.warning("engine.update_unanswered", error=type(error).__name__)
        return await self._signal(start)

    async def _update(self, start: TurnStart) -> SendResult:
        for attempt in range(1, UPDATE_ATTEMPTS + 1):
            try:
                return await self._update_once(start)
            except RPCError as error:
                if error.status not in _CLOSING or attempt == UPDATE_ATTEMPTS:
                    raise
            except WorkflowUpdateFailedError as error:
                cause = error.cause
                lost = isinstance(cause, ApplicationError) and cause.type == _LOST_UPDATE
                if not lost or attempt == UPDATE_ATTEMPTS:
                    raise refusal(error) from error
        raise AssertionError("unreachable")

    async def _update_once(self, start: TurnStart) -> SendResult:
        message = start.messages[0]
        operation = WithStartWorkflowOperation[TemporalEngine, object](
            names.TURN_WORKFLOW,
            start,
            id=ids.turn_workflow_id(start.scope, start.conversation_id),
            task_queue=self._turns,
            id_conflict_policy=WorkflowIDConflictPolicy.USE_EXISTING,
            id_reuse_policy=WorkflowIDReusePolicy.ALLOW_DUPLICATE,
            search_attributes=_attributes(start.scope, start.conversation_id, message.agent.name),
            static_summary=f"Turn of {message.agent.name}",
            priority=_fair(start.scope),
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

    async def _signal(self, start: TurnStart) -> SendResult:
        message = start.messages[0]
        async with reached(CALL):
            await self._client.start_workflow(
                names.TURN_WORKFLOW,
                start,
                id=ids.turn_workflow_id(start.scope, start.conversation_id),
                task_queue=self._turns,
                id_reuse_policy=WorkflowIDReusePolicy.ALLOW_DUPLICATE,
                start_signal=names.SEND_SIGNAL,
                start_signal_args=[message],
                search_attributes=_attributes(
                    start.scope, start.conversation_id, message.agent.name
                ),
                static_summary=f"Turn of {message.agent.name}",
                priority=_fair(start.scope),
                task_timeout=TASK,
                rpc_timeout=RPC,
            )
        return SendResult(turn_id=message.turn_id, status=SendStatus.ACCEPTED)

    async def _undecided(self) -> UnavailableError:
        """Why nobody answered: Temporal is away, or no worker is up."""
        async with reached(1.0):
            await self._client.service_client.check_health(timeout=timedelta(seconds=1))
        return UnavailableError("No worker is up to say whether a turn runs.", code="no_worker")

    async def start_run(self, start: RunStart) -> None:
        async with _once(), reached(CALL):
            await self._client.start_workflow(
                names.AGENT_RUN_WORKFLOW,
                start,
                id=ids.run_workflow_id(start.scope, start.run_id),
                task_queue=self._turns,
                id_reuse_policy=WorkflowIDReusePolicy.REJECT_DUPLICATE,
                search_attributes=_attributes(start.scope, start.run_id, start.message.agent.name),
                static_summary=f"Run of {start.message.agent.name}",
                priority=_fair(start.scope),
                task_timeout=TASK,
                rpc_timeout=RPC,
            )

    async def stop(self, log: LogKey, kind: ConversationKind, turn_id: UUID | None) -> None:
        async with _gone_is_fine(), reached(CALL):
            await self._handle(log, kind).signal(names.STOP_SIGNAL, turn_id, rpc_timeout=RPC)

    async def decided(self, delivery: Delivery) -> None:
        await asyncio.gather(self._wake(delivery), self._tell(delivery))

    async def _wake(self, delivery: Delivery) -> None:
        if delivery.log is None:
            # A review of content: no run waits for it.
            return
        async with _gone_is_fine(), reached(CALL):
            handle = self._handle(delivery.log, delivery.kind)
            await handle.signal(names.DECIDED_SIGNAL, delivery.approval_id, rpc_timeout=RPC)

    async def _tell(self, delivery: Delivery) -> None:
        """Its own workflow shows the verdict where it was asked for; most have none. A review's
        does what the verdict says: it starts, if it has not."""
        if delivery.log is None:
            await self.start_approval(delivery.scope, delivery.approval_id, due=True)
            return
        workflow_id = ids.approval_workflow_id(delivery.scope, delivery.approval_id)
        async with _gone_is_fine(), reached(CALL):
            handle = self._client.get_workflow_handle(workflow_id)
            await handle.signal(names.CHANGED_SIGNAL, rpc_timeout=RPC)

    async def start_approval(self, scope: Scope, approval_id: UUID, *, due: bool) -> None:
        if not (due or self._notifying):
            return
        async with _once(), reached(CALL):
            await self._client.start_workflow(
                names.APPROVAL_WORKFLOW,
                ApprovalWatch(scope=scope, approval_id=approval_id),
                id=ids.approval_workflow_id(scope, approval_id),
                task_queue=self._turns,
                # One that ended has told everybody; one that was lost begins again.
                id_reuse_policy=WorkflowIDReusePolicy.ALLOW_DUPLICATE_FAILED_ONLY,
                start_signal=names.CHANGED_SIGNAL,
                search_attributes=_attributes(scope),
                static_summary="Approval",
                priority=_fair(scope),
                task_timeout=TASK,
                rpc_timeout=RPC,
            )

    async def start_session(self, start: SessionStart) -> None:
        async with _once(), reached(CALL):
            await self._client.start_workflow(
                names.POST_SESSION_WORKFLOW,
                start,
                id=ids.session_workflow_id(start.scope, start.conversation_id, start.number),
                task_queue=self._turns,
                id_reuse_policy=WorkflowIDReusePolicy.REJECT_DUPLICATE,
                start_delay=start.idle_window,
                search_attributes=_attributes(start.scope, start.conversation_id),
                static_summary=f"Session {start.number}",
                priority=_fair(start.scope),
                task_timeout=TASK,
                rpc_timeout=RPC,
            )

    async def close_session(self, start: SessionStart) -> None:
        # With start, since a plain signal does not wake a run that waits in its start delay.
        async with _once(), reached(CALL):
            await self._client.start_workflow(
                names.POST_SESSION_WORKFLOW,
                start,
                id=ids.session_workflow_id(start.scope, start.conversation_id, start.number),
                task_queue=self._turns,
                id_reuse_policy=WorkflowIDReusePolicy.REJECT_DUPLICATE,
                start_signal=names.CLOSE_SIGNAL,
                search_attributes=_attributes(start.scope, start.conversation_id),
                static_summary=f"Session {start.number}",
                priority=_fair(start.scope),
                task_timeout=TASK,
                rpc_timeout=RPC,
            )

    async def start_ingestion(self, start: IngestionStart) -> None:
        async with _once(), reached(CALL):
            await self._client.start_workflow(
                names.INGESTION_WORKFLOW,
                start,
                id=ids.ingestion_workflow_id(start.scope, start.document_id, start.version),
                task_queue=self._documents,
                id_reuse_policy=WorkflowIDReusePolicy.ALLOW_DUPLICATE,
                search_attributes=_attributes(start.scope),
                static_summary="Ingestion",
                priority=_fair(start.scope),
                task_timeout=TASK,
                rpc_timeout=RPC,
            )

    async def start_reembedding(self, start: ReembeddingStart) -> None:
        async with _once(), reached(CALL):
            await self._client.start_workflow(
                names.REEMBEDDING_WORKFLOW,
                start,
                id=ids.reembedding_workflow_id(start.scope, start.model),
                task_queue=self._documents,
                id_reuse_policy=WorkflowIDReusePolicy.ALLOW_DUPLICATE,
                search_attributes=_attributes(start.scope),
                static_summary=f"Vectors of {start.model}",
                # Nobody waits for it: whatever was uploaded goes first.
                priority=Priority(priority_key=LAST, fairness_key=str(start.scope.space_id)),
                task_timeout=TASK,
                rpc_timeout=RPC,
            )

    async def is_open(self, log: LogKey, kind: ConversationKind) -> bool:
        found = None
        async with _gone_is_fine(), reached(CALL):
            found = await self._handle(log, kind).describe(rpc_timeout=RPC)
        return found is not None and found.status is WorkflowExecutionStatus.RUNNING

    async def terminate(self, log: LogKey, kind: ConversationKind) -> None:
        async with _gone_is_fine(), reached(CALL):
            await self._handle(log, kind).terminate(reason="erased", rpc_timeout=RPC)

    async def ready(self) -> None:
        """UnavailableError when Temporal does not answer within a second."""
        async with reached(1.0):
            await self._client.service_client.check_health(timeout=timedelta(seconds=1))

    def _handle(self, log: LogKey, kind: ConversationKind) -> WorkflowHandle[object, object]:
        build = ids.run_workflow_id if kind is ConversationKind.RUN else ids.turn_workflow_id
        return self._client.get_workflow_handle(build(log.scope, log.conversation_id))


@asynccontextmanager
async def _once() -> AsyncIterator[None]:
    """Started before is as good as started now."""
    try:
        yield
    except WorkflowAlreadyStartedError:
        return


@asynccontextmanager
async def _gone_is_fine() -> AsyncIterator[None]:
    """A run that has ended needs neither signals nor an end."""
    try:
        yield
    except RPCError as error:
        if error.status is not RPCStatusCode.NOT_FOUND:
            raise


def _retrieve(operation: WithStartWorkflowOperation[TemporalEngine, object]) -> None:
    """Look at the start's own outcome: asyncio logs an exception that nobody looked at."""
    started = operation._workflow_handle  # noqa: SLF001 - awaiting it could wait for ever
    if started.done() and not started.cancelled():
        started.exception()


def _raise_if_cancelled() -> None:
    """The SDK turns a cancelled call into a timeout; our own cancellation must stay one."""
    task = asyncio.current_task()
    if task is not None and task.cancelling():
        raise asyncio.CancelledError


def _fair(scope: Scope) -> Priority:
    return Priority(fairness_key=str(scope.space_id))


def _attributes(
    scope: Scope, conversation_id: UUID | None = None, agent: str | None = None
) -> TypedSearchAttributes:
    values = {
        names.ORGANISATION_ATTRIBUTE: str(scope.organisation_id),
        names.SPACE_ATTRIBUTE: str(scope.space_id),
        names.CONVERSATION_ATTRIBUTE: None if conversation_id is None else str(conversation_id),
        names.AGENT_ATTRIBUTE: agent,
    }
    return TypedSearchAttributes(
        [
            SearchAttributePair(SearchAttributeKey.for_keyword(name), value)
            for name, value in values.items()
            if value is not None
        ]
    )
