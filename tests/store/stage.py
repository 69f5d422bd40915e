"""One conversation in a space of its own, and how a turn goes through it."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4

import asyncpg  # type: ignore[import-untyped]  # has no stubs

from adapters.store.database import Database
from domain.ports.approvals import Approvals
from domain.ports.conversations import Conversations, Turns
from domain.ports.events import StoredEvents
from domain.ports.identity import Caller, Spaces
from domain.ports.sessions import Sessions
from domain.ports.transcript import (
    ClaimedTurn,
    ClosedTurn,
    NewCall,
    Notices,
    StepContext,
    StepRecord,
    ToolCalls,
    Transcript,
    UsageEntry,
)
from models.ids import answer_id, approval_id, call_id, turn_id
from models.payloads.agent import AgentPlan
from models.payloads.chat import Usage
from models.payloads.events import (
    Event,
    EventId,
    LoggedEvent,
    TextCompleted,
    TurnCompleted,
    TurnStarted,
)
from models.payloads.scope import LogKey, Scope, TurnKey
from models.payloads.session import SessionKey
from models.payloads.turn import (
    CallRef,
    Claim,
    CloseRequest,
    Finish,
    IncomingMessage,
    Outcome,
    ThinkReply,
    ThinkStatus,
    TurnEnd,
)
from models.states import Role

ASSISTANT = AgentPlan(name="assistant")


@dataclass
class Stage:
    database: Database
    urls: dict[str, str]
    spaces: Spaces
    conversations: Conversations
    turns: Turns
    transcript: Transcript
    calls: ToolCalls
    notices: Notices
    events: StoredEvents
    approvals: Approvals
    sessions: Sessions
    user_id: UUID = field(default_factory=uuid4)
    conversation_id: UUID = field(default_factory=uuid4)
    scope: Scope = field(default_factory=lambda: Scope(organisation_id=uuid4(), space_id=uuid4()))

    @property
    def log(self) -> LogKey:
        return LogKey(scope=self.scope, conversation_id=self.conversation_id)

    async def enter(self) -> None:
        caller = Caller(
            user_id=self.user_id,
            organisation_id=self.scope.organisation_id,
            spaces={self.scope.space_id: Role.ADMIN},
            token_id="test",
        )
        await self.spaces.mirror(caller, self.scope)
        await self.create()

    async def create(self) -> None:
        await self.conversations.create(
            self.scope,
            self.user_id,
            conversation_id=self.conversation_id,
            title=None,
            agent="assistant",
        )

    def message(
        self,
        text: str | None = "Hello?",
        message_id: UUID | None = None,
        **fields: Any,  # noqa: ANN401 - any field
    ) -> IncomingMessage:
        message_id = message_id or uuid4()
        return IncomingMessage(
            message_id=message_id,
            turn_id=turn_id(self.conversation_id, message_id),
            user_id=self.user_id,
            content=text,
            agent=ASSISTANT,
            **{"body_hash": "hash", **fields},
        )

    def turn(self, message: IncomingMessage) -> TurnKey:
        return TurnKey(
            scope=self.scope, conversation_id=self.conversation_id, turn_id=message.turn_id
        )

    async def claim(
        self, message: IncomingMessage, owner: str = "run-1", *, late: bool = False
    ) -> ClaimedTurn:
        opening = TurnStarted(
            message_id=message.message_id, agent="assistant", text=message.content or ""
        )
        claim = Claim(message=message, owner=owner)
        return await self.transcript.claim(self.turn(message), claim, [opening], late=late)

    async def begin(self, text: str = "Hello?") -> tuple[IncomingMessage, ClaimedTurn]:
        message = self.message(text)
        return message, await self.claim(message)

    def logged(self, message: IncomingMessage, place: EventId, event: Event) -> LoggedEvent:
        at = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
        return LoggedEvent(id=place, at=at, turn_id=message.turn_id, event=event)

    def record(
        self,
        message: IncomingMessage,
        number: int,
        step: int = 1,
        text: str = "Hi.",
        calls: tuple[NewCall, ...] = (),
    ) -> StepRecord:
        answer = answer_id(message.turn_id, step)
        said = TextCompleted(step=step, text=text, message_id=answer)
        refs = tuple(
            CallRef(call_id=call.call_id, name=call.name, approval_id=call.approval_id)
            for call in calls
        )
        return StepRecord(
            reply=ThinkReply(
                status=ThinkStatus.CALLS if calls else ThinkStatus.ANSWERED,
                number=number,
                calls=refs,
                tokens=30,
            ),
            message_id=answer,
            text=text,
            calls=calls,
            usage=UsageEntry(
                model="offline-1",
                kind="chat",
                usage=Usage(input_tokens=20, output_tokens=10),
                first_token_ms=12,
                cost_usd=Decimal("0.000123456"),
                price_version="1",
            ),
            events=(self.logged(message, EventId(number, step * 100), said),),
            response_id="resp_1",
        )

    async def close(
        self,
        message: IncomingMessage,
        outcome: Outcome = Outcome.COMPLETED,
        **fields: Any,  # noqa: ANN401 - any field
    ) -> ClosedTurn:
        request = CloseRequest(
            turn=self.turn(message),
            claim=Claim(message=message, owner="run-1"),
            outcome=outcome,
            finish=Finish.STOP,
            **fields,
        )
        return await self.transcript.close(request.turn, request, ())

    async def finish(
        self,
        message: IncomingMessage,
        number: int,
        *,
        step: int = 1,
        attempt: int = 1,
        text: str = "Hi.",
        sessions: bool = True,
    ) -> tuple[ThinkReply, ClosedTurn | None]:
        """Commit an answer that ends its turn."""
        open_ended = self.record(message, number, step, text)
        record = replace(open_ended, reply=open_ended.reply.model_copy(update={"closed": True}))
        ended = self.logged(
            message, EventId(number, step * 100 + 1), TurnCompleted(outcome=Outcome.COMPLETED)
        )
        end = TurnEnd(outcome=Outcome.COMPLETED, sessions=sessions)
        return await self.transcript.finish_turn(
            self.turn(message), step, attempt, record, end, [ended]
        )

    async def claim_step(
        self, message: IncomingMessage, attempt: int = 1, owner: str = "run-1"
    ) -> tuple[ClaimedTurn, StepContext | None]:
        opening = TurnStarted(
            message_id=message.message_id, agent="assistant", text=message.content or ""
        )
        claim = Claim(message=message, owner=owner)
        return await self.transcript.claim_step(
            self.turn(message), claim, [opening], attempt, characters=100_000
        )

    async def exchange(self, text: str = "Hello?", answer: str = "Hi.") -> IncomingMessage:
        """A whole turn of one step."""
        message, claimed = await self.begin(text)
        record = self.record(message, claimed.number, text=answer)
        await self.transcript.commit_step(self.turn(message), 1, 1, record)
        await self.close(message)
        return message

    def call(self, message: IncomingMessage, index: int = 0, *, approved: bool = False) -> NewCall:
        own = call_id(message.turn_id, 1, index)
        return NewCall(
            call_id=own,
            name="publish_note",
            raw_arguments='{"text":"draft"}',
            arguments={"text": "draft"},
            approval_id=approval_id(message.turn_id, own) if approved else None,
            expires_at=datetime.now(UTC) + timedelta(hours=1) if approved else None,
        )

    async def with_call(self, *, approved: bool = False) -> tuple[IncomingMessage, NewCall]:
        """A turn whose first step called a tool."""
        message, claimed = await self.begin()
        call = self.call(message, approved=approved)
        record = self.record(message, claimed.number, text="", calls=(call,))
        await self.transcript.commit_step(self.turn(message), 1, 1, record)
        return message, call

    def session(self, session_id: UUID, **fields: Any) -> SessionKey:  # noqa: ANN401 - any field
        return SessionKey(
            scope=self.scope,
            conversation_id=self.conversation_id,
            session_id=session_id,
            **fields,
        )

    async def sql(self, statement: str, *values: object) -> list[Any]:
        """Ask as the superuser, whom no policy binds."""
        connection = await asyncpg.connect(self.urls["superuser"])
        try:
            rows: list[Any] = await connection.fetch(statement, *values)
        finally:
            await connection.close()
        return rows


async def together(count: int, work: Callable[[int], Awaitable[Any]]) -> list[Any]:
    """All at once; errors are results too."""
    return await asyncio.gather(*(work(index) for index in range(count)), return_exceptions=True)
