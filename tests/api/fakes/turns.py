"""Turns that a test began and ended, and what leads to them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from uuid import UUID, uuid4, uuid5

from domain.ports.bringing import Brought
from domain.ports.conversations import (
    Message,
    Receipt,
    TurnView,
)
from models.payloads.chat import Role as Speaker
from models.payloads.scope import Scope
from models.payloads.turn import (
    Finish,
    IncomingMessage,
    Outcome,
)
from tests.api.fakes.clock import NOW

Key = tuple[UUID, UUID]


@dataclass
class RunningTurn:
    message: IncomingMessage
    number: int
    outcome: Outcome | None = None
    answer: str = ""


class MemoryTurns:
    """Turns that a test began and ended."""

    def __init__(self) -> None:
        self.turns: dict[tuple[UUID, UUID], RunningTurn] = {}
        self.receipts: dict[Key, Receipt] = {}
        self.texts: dict[UUID, str | None] = {}
        self.summarising = False
        self.steered: list[UUID] = []
        """Conversations whose open turn, if any, was told that a message would steer it."""
        self.bodies: dict[tuple[UUID, UUID], str] = {}

    def begin(self, scope: Scope, message: IncomingMessage, number: int) -> RunningTurn:
        turn = RunningTurn(message, number)
        self.turns[scope.space_id, message.turn_id] = turn
        receipt = Receipt(message.turn_id, message.body_hash)
        self.receipts[scope.space_id, message.message_id] = receipt
        return turn

    async def receipt(
        self, scope: Scope, conversation_id: UUID, message_id: UUID
    ) -> Receipt | None:
        return self.receipts.get((scope.space_id, message_id))

    async def keep_text(
        self,
        scope: Scope,
        conversation_id: UUID,
        message_id: UUID,
        text: str | None,
        body_hash: str,
    ) -> str:
        self.texts.setdefault(message_id, text)
        return self.bodies.setdefault((conversation_id, message_id), body_hash)

    async def kept_texts(
        self, scope: Scope, conversation_id: UUID, message_ids: Sequence[UUID]
    ) -> Mapping[UUID, str]:
        kept = {message_id: self.texts.get(message_id) for message_id in message_ids}
        return {message_id: text for message_id, text in kept.items() if text is not None}

    async def open_turn(self, scope: Scope, conversation_id: UUID) -> UUID | None:
        for (space, turn_id), turn in self.turns.items():
            if space == scope.space_id and turn.outcome is None:
                return turn_id
        return None

    async def expect_steering(self, scope: Scope, conversation_id: UUID) -> bool:
        self.steered.append(conversation_id)
        return await self.open_turn(scope, conversation_id) is not None

    async def at_work(self, scope: Scope, conversation_id: UUID) -> bool:
        running = await self.open_turn(scope, conversation_id)
        return self.summarising or running is not None

    async def view(self, scope: Scope, conversation_id: UUID, turn_id: UUID) -> TurnView | None:
        turn = self.turns.get((scope.space_id, turn_id))
        if turn is None:
            return None
        answer = Message(uuid4(), Speaker.ASSISTANT, turn.answer, None, turn_id, NOW)
        return TurnView(
            id=turn_id,
            number=turn.number,
            message_id=turn.message.message_id,
            agent=turn.message.agent.name,
            outcome=turn.outcome,
            finish=None if turn.outcome is None else Finish.STOP,
            error_code=None,
            error_detail=None,
            answer=None if turn.outcome is None else answer,
            input_tokens=7,
            output_tokens=5,
            cached_tokens=0,
            cost_usd=Decimal("0.01"),
            started_at=NOW,
            ended_at=None,
        )


class MemoryHistories:
    """Remembers what was brought along, by its key."""

    def __init__(self) -> None:
        self.brought: dict[UUID, Sequence[Brought]] = {}

    async def bring(
        self,
        scope: Scope,
        conversation_id: UUID,
        messages: Sequence[Brought],
        *,
        key: UUID,
        under: UUID | None,
    ) -> UUID:
        self.brought[key] = messages
        return uuid5(key, "last")


class MemoryRepeats:
    def __init__(self) -> None:
        self.known: dict[tuple[UUID, str], UUID] = {}

    async def begun(self, scope: Scope, request: str, message_id: UUID, *, again: bool) -> UUID:
        key = scope.space_id, request
        if not again:
            self.known[key] = message_id
        return self.known.setdefault(key, message_id)
