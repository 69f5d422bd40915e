"""The durable engine: every workflow is started, signalled and asked by its name."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Sequence
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Final, TypeVar
from uuid import UUID

from temporalio.client import Client, WorkflowExecutionStatus, WorkflowHandle
from temporalio.common import WorkflowIDReusePolicy
from temporalio.service import RPCError, RPCStatusCode

from adapters.engine.failures import CALL, RPC, raise_if_cancelled, reached, undecided
from adapters.engine.queue import SilenceError, queued, withdraw
from adapters.engine.sending import Sending
from adapters.engine.starting import Start, start_once
from domain.ports.approvals import Delivery
from domain.ports.conversations import ConversationKind
from models import ids, names
from models.payloads.approval import ApprovalWatch
from models.payloads.ingestion import IngestionStart, ReembeddingStart
from models.payloads.scope import LogKey, Scope
from models.payloads.session import SessionStart
from models.payloads.slack import SlackAnswer
from models.payloads.turn import QueuedMessage, RunStart, SendResult, TurnStart, Withdrawal

# A worker that is up answers an update within some 30 ms; after this the message goes by signal,
# which is durable without one.
ANSWER: Final = 2.0

Told = TypeVar("Told")


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
        self._sending = Sending(client, turns_queue, answer)

    async def send(self, start: TurnStart) -> SendResult:
        return await self._sending.send(start)

    async def start_run(self, start: RunStart) -> None:
        name = start.message.agent.name
        run = Start(
            workflow=names.AGENT_RUN_WORKFLOW,
            input=start,
            id=ids.run_workflow_id(start.scope, start.run_id),
            queue=self._turns,
            summary=f"Run of {name}",
            scope=start.scope,
            about=start.run_id,
            agent=name,
        )
        await start_once(self._client, run)

    async def stop(self, log: LogKey, kind: ConversationKind, turn_id: UUID | None) -> None:
        async with _gone_is_fine(), reached(CALL):
            await self._handle(log, kind).signal(names.STOP_SIGNAL, turn_id, rpc_timeout=RPC)

    async def queued(self, log: LogKey) -> Sequence[QueuedMessage]:
        return await self._told(queued(self._handle(log, ConversationKind.CHAT)))

    async def withdraw(self, log: LogKey, wish: Withdrawal) -> None:
        await self._told(withdraw(self._handle(log, ConversationKind.CHAT), wish))

    async def _told(self, telling: Awaitable[Told]) -> Told:
        try:
            return await telling
        except SilenceError as error:
            raise_if_cancelled()
            raise await undecided(self._client) from error

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
        watch = Start(
            workflow=names.APPROVAL_WORKFLOW,
            input=ApprovalWatch(scope=scope, approval_id=approval_id),
            id=ids.approval_workflow_id(scope, approval_id),
            queue=self._turns,
            summary="Approval",
            scope=scope,
            # One that ended has told everybody; one that was lost begins again.
            reuse=WorkflowIDReusePolicy.ALLOW_DUPLICATE_FAILED_ONLY,
            signal=names.CHANGED_SIGNAL,
        )
        await start_once(self._client, watch)

    async def start_slack_answer(self, answer: SlackAnswer) -> None:
        turn = answer.turn
        writing = Start(
            workflow=names.SLACK_ANSWER_WORKFLOW,
            input=answer,
            id=ids.slack_answer_workflow_id(turn.scope, turn.turn_id),
            queue=self._turns,
            summary="Answer in Slack",
            scope=turn.scope,
            about=turn.conversation_id,
        )
        await start_once(self._client, writing)

    async def start_session(self, start: SessionStart) -> None:
        await self._start_session(start, delay=start.idle_window)

    async def close_session(self, start: SessionStart) -> None:
        # With start, since a plain signal does not wake a run that waits in its start delay.
        await self._start_session(start, signal=names.CLOSE_SIGNAL)

    async def _start_session(
        self, start: SessionStart, *, delay: timedelta | None = None, signal: str | None = None
    ) -> None:
        session = Start(
            workflow=names.POST_SESSION_WORKFLOW,
            input=start,
            id=ids.session_workflow_id(start.scope, start.session_id),
            queue=self._turns,
            summary=f"Session {start.number}",
            scope=start.scope,
            about=start.conversation_id,
            # One that ended has left its summary; one that failed may have left its session open,
            # and a close ends it then.
            reuse=WorkflowIDReusePolicy.ALLOW_DUPLICATE_FAILED_ONLY,
            delay=delay,
            signal=signal,
        )
        await start_once(self._client, session)

    async def start_ingestion(self, start: IngestionStart) -> None:
        ingestion = Start(
            workflow=names.INGESTION_WORKFLOW,
            input=start,
            id=ids.ingestion_workflow_id(start.scope, start.document_id, start.version),
            queue=self._documents,
            summary="Ingestion",
            scope=start.scope,
            reuse=WorkflowIDReusePolicy.ALLOW_DUPLICATE,
        )
        await start_once(self._client, ingestion)

    async def start_reembedding(self, start: ReembeddingStart) -> None:
        reembedding = Start(
            workflow=names.REEMBEDDING_WORKFLOW,
            input=start,
            id=ids.reembedding_workflow_id(start.scope, start.model),
            queue=self._documents,
            summary=f"Vectors of {start.model}",
            scope=start.scope,
            reuse=WorkflowIDReusePolicy.ALLOW_DUPLICATE,
            waited_for=False,
        )
        await start_once(self._client, reembedding)

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
async def _gone_is_fine() -> AsyncIterator[None]:
    """A run that has ended needs neither signals nor an end."""
    try:
        yield
    except RPCError as error:
        if error.status is not RPCStatusCode.NOT_FOUND:
            raise
