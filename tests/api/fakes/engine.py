"""An engine that keeps what it was asked."""

from collections.abc import Awaitable, Callable, Sequence
from uuid import UUID

from domain.ports.approvals import Delivery
from domain.ports.conversations import (
    ConversationKind,
)
from models.errors import (
    AccessError,
    ConflictError,
)
from models.payloads.ingestion import IngestionStart
from models.payloads.scope import LogKey, Scope
from models.payloads.session import SessionStart
from models.payloads.slack import SlackAnswer
from models.payloads.turn import (
    QueuedMessage,
    RunStart,
    SendResult,
    SendStatus,
    TurnStart,
    Withdrawal,
)


class RecordingEngine:
    """Writes down what it is asked; `failure` makes it fail, `result` answers a send."""

    def __init__(self) -> None:
        self.sent: list[TurnStart] = []
        self.runs: list[RunStart] = []
        self.stopped: list[UUID | None] = []
        self.deliveries: list[Delivery] = []
        self.asked: list[UUID] = []
        self.closed: list[SessionStart] = []
        self.ingestions: list[IngestionStart] = []
        self.terminated: list[LogKey] = []
        self.waiting: dict[UUID, list[QueuedMessage]] = {}
        """By conversation."""
        self.withdrawn: list[UUID] = []
        self.open = False
        self.status = SendStatus.STARTED
        self.position = 0
        self.steers_to: UUID | None = None
        self.stops: UUID | None = None
        self.failure: Exception | None = None
        self.on_stop: Callable[[], object] | None = None
        self.on_send: Callable[[TurnStart], Awaitable[None]] | None = None

    async def send(self, start: TurnStart) -> SendResult:
        if self.failure:
            raise self.failure
        self.sent.append(start)
        if self.on_send:
            await self.on_send(start)
        message = start.messages[0]
        # Without a worker up nobody knows what came before.
        known = "" if self.status is SendStatus.ACCEPTED else message.body_hash
        return SendResult(
            turn_id=self.steers_to or message.turn_id,
            status=self.status,
            position=self.position,
            body_hash=known,
            stops=self.stops,
        )

    async def start_run(self, start: RunStart) -> None:
        self.runs.append(start)

    async def stop(self, log: LogKey, kind: ConversationKind, turn_id: UUID | None) -> None:
        self.stopped.append(turn_id)
        if self.on_stop:
            self.on_stop()

    async def queued(self, log: LogKey) -> Sequence[QueuedMessage]:
        if self.failure:
            raise self.failure
        return self.waiting.get(log.conversation_id, [])

    async def withdraw(self, log: LogKey, wish: Withdrawal) -> None:
        for message in await self.queued(log):
            if message.message_id == wish.message_id:
                if wish.user_id not in {None, message.user_id}:
                    raise AccessError("Somebody else sent the message.", code="not_the_sender")
                self.waiting[log.conversation_id].remove(message)
                self.withdrawn.append(wish.message_id)
                return
        raise ConflictError("The message does not wait.", code="already_started")

    async def decided(self, delivery: Delivery) -> None:
        if self.failure:
            raise self.failure
        self.deliveries.append(delivery)

    async def start_approval(self, scope: Scope, approval_id: UUID, *, due: bool) -> None:
        self.asked.append(approval_id)

    async def start_slack_answer(self, answer: SlackAnswer) -> None:
        raise NotImplementedError

    async def start_session(self, start: SessionStart) -> None:
        raise NotImplementedError

    async def close_session(self, start: SessionStart) -> None:
        self.closed.append(start)

    async def start_ingestion(self, start: IngestionStart) -> None:
        if self.failure:
            raise self.failure
        self.ingestions.append(start)

    async def is_open(self, log: LogKey, kind: ConversationKind) -> bool:
        if self.failure:
            raise self.failure
        return self.open

    async def terminate(self, log: LogKey, kind: ConversationKind) -> None:
        self.terminated.append(log)
