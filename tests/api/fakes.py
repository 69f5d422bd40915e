"""One plain fake for each port of the edge."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4

from api.ports import Ports
from domain import wire
from domain.approving import edited, refusal
from domain.ports.approvals import Approval, ApprovalState, Decision, Delivery, Judgement
from domain.ports.audit import AuditEntry, Break
from domain.ports.connections import Connection, ConnectionState
from domain.ports.conversations import (
    Conversation,
    ConversationKind,
    ConversationState,
    Message,
    Page,
    Receipt,
    SessionView,
    TurnView,
)
from domain.ports.identity import Caller, Role
from domain.ports.transcript import UsageEntry
from domain.wire import WireEvent
from models.errors import (
    AppError,
    IdentityError,
    InvalidError,
    NotFoundError,
    UnavailableError,
)
from models.payloads.chat import Role as Speaker
from models.payloads.events import START, TURN_ENDS, Event, EventId, LoggedEvent
from models.payloads.ingestion import IngestionStart
from models.payloads.scope import LogKey, Scope
from models.payloads.session import SessionStart
from models.payloads.turn import (
    Finish,
    IncomingMessage,
    Outcome,
    RunStart,
    SendResult,
    SendStatus,
    TurnStart,
)
from tests.api.agents import MemoryAgents
from tests.api.content_fake import MemoryContents
from tests.api.knowledge import (
    FixedFinder,
    MemoryCollections,
    MemoryDocuments,
    PictureParser,
    PicturesIndex,
    SizeEmbedder,
)
from tests.api.mcp_fake import MemoryServers
from tests.api.policy_fakes import MemoryAllowances, MemoryPolicies

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)


class Verifier:
    """Knows the tokens that it was given."""

    def __init__(self) -> None:
        self.callers: dict[str, Caller] = {}

    async def verify(self, token: str) -> Caller:
        if token == "expired":
            raise IdentityError("The token has expired.", code="token_expired")
        if token not in self.callers:
            raise IdentityError("The token is not valid here.", code="token_invalid")
        return self.callers[token]


class MemoryTickets:
    def __init__(self) -> None:
        self.kept: dict[str, tuple[Caller, Scope, UUID]] = {}

    async def issue(self, caller: Caller, scope: Scope, conversation_id: UUID) -> str:
        ticket = uuid4().hex
        self.kept[ticket] = (caller, scope, conversation_id)
        return ticket

    async def redeem(self, ticket: str, conversation_id: UUID) -> tuple[Caller, Scope]:
        caller, scope, bound = self.kept.pop(ticket, (None, None, None))
        if caller is None or scope is None or bound != conversation_id:
            raise IdentityError("The ticket is used.", code="ticket_invalid")
        return caller, scope


class MemorySpaces:
    def __init__(self) -> None:
        self.mirrored: list[Scope] = []
        self.profiles: dict[UUID, str] = {}
        self.failure: Exception | None = None

    async def context(self, scope: Scope) -> dict[str, Any]:
        return {"name": "space"}

    async def mirror(self, caller: Caller, scope: Scope) -> None:
        if self.failure:
            raise self.failure
        self.mirrored.append(scope)

    async def profile(self, scope: Scope) -> str:
        return self.profiles.get(scope.space_id, "")

    async def set_profile(self, scope: Scope, text: str) -> None:
        self.profiles[scope.space_id] = text


Key = tuple[UUID, UUID]


class MemoryConversations:
    """Keyed by space and id, as the store is."""

    def __init__(self, receipts: Mapping[Key, Receipt]) -> None:
        self._receipts = receipts
        self.rows: dict[Key, Conversation] = {}
        self.history: dict[Key, list[Message]] = {}
        self.ended: dict[Key, list[SessionView]] = {}
        self.open: dict[Key, SessionStart] = {}

    async def create(
        self,
        scope: Scope,
        user_id: UUID,
        *,
        conversation_id: UUID,
        title: str | None,
        agent: str,
        kind: ConversationKind = ConversationKind.CHAT,
    ) -> Conversation:
        made = Conversation(conversation_id, title, agent, kind, ConversationState.ACTIVE, NOW, NOW)
        return self.rows.setdefault((scope.space_id, conversation_id), made)

    async def get(self, scope: Scope, conversation_id: UUID) -> Conversation:
        found = self.rows.get((scope.space_id, conversation_id))
        if found is None:
            raise NotFoundError("No such conversation.", code="conversation_not_found")
        return found

    async def receiving(
        self, scope: Scope, conversation_id: UUID, message_id: UUID
    ) -> tuple[Conversation, Receipt | None]:
        found = await self.get(scope, conversation_id)
        return found, self._receipts.get((scope.space_id, message_id))

    async def page(self, scope: Scope, *, limit: int, cursor: str | None) -> Page[Conversation]:
        mine = [row for (space, _), row in self.rows.items() if space == scope.space_id]
        chats = [row for row in mine if row.kind is ConversationKind.CHAT]
        start = int(cursor or 0)
        more = str(start + limit) if len(chats) > start + limit else None
        return Page(chats[start : start + limit], more)

    async def update(
        self,
        scope: Scope,
        conversation_id: UUID,
        *,
        title: str | None = None,
        archived: bool | None = None,
    ) -> Conversation:
        row = await self.get(scope, conversation_id)
        state = {None: row.state, True: ConversationState.ARCHIVED, False: ConversationState.ACTIVE}
        changed = replace(row, title=title or row.title, state=state[archived])
        self.rows[scope.space_id, conversation_id] = changed
        return changed

    async def messages(
        self, scope: Scope, conversation_id: UUID, *, limit: int, cursor: str | None
    ) -> Page[Message]:
        return Page(self.history.get((scope.space_id, conversation_id), [])[:limit], None)

    async def clear(self, scope: Scope, conversation_id: UUID) -> None:
        self.history.pop((scope.space_id, conversation_id), None)

    async def delete(self, scope: Scope, conversation_id: UUID) -> None:
        del self.rows[scope.space_id, conversation_id]

    async def sessions(self, scope: Scope, conversation_id: UUID) -> Sequence[SessionView]:
        return self.ended.get((scope.space_id, conversation_id), [])

    async def close(self, scope: Scope, conversation_id: UUID) -> SessionStart | None:
        return self.open.get((scope.space_id, conversation_id))


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


class MemoryApprovals:
    def __init__(self) -> None:
        self.rows: dict[Key, Approval] = {}

    def add(self, scope: Scope, **changes: Any) -> Approval:  # noqa: ANN401 - fields of Approval
        row = Approval(
            id=uuid4(),
            conversation_id=uuid4(),
            turn_id=uuid4(),
            call_id="call_1",
            tool="publish_note",
            arguments={"text": "Hello"},
            state=ApprovalState.PENDING,
            note="",
            requested_at=NOW,
            expires_at=NOW + timedelta(hours=24),
            decided_at=None,
            decided_by=None,
            executed_at=None,
        )
        row = replace(row, **changes)
        self.rows[scope.space_id, row.id] = row
        return row

    async def get(self, scope: Scope, approval_id: UUID) -> Approval:
        found = self.rows.get((scope.space_id, approval_id))
        if found is None:
            raise NotFoundError("No such approval.", code="approval_not_found")
        return found

    async def page(
        self, scope: Scope, *, state: ApprovalState | None, limit: int, cursor: str | None
    ) -> Page[Approval]:
        mine = [row for (space, _), row in self.rows.items() if space == scope.space_id]
        return Page([row for row in mine if state in {None, row.state}][:limit], None)

    async def decide(
        self, scope: Scope, approval_id: UUID, judgement: Judgement
    ) -> tuple[Approval, Delivery]:
        row = await self.get(scope, approval_id)
        seen = judgement.arguments_hash in {None, row.arguments_hash}
        allowed = judgement.role.includes(row.approvers) and not (
            row.four_eyes
            and (
                row.requested_by in {None, judgement.decided_by}
                or row.written_by == judgement.decided_by
            )
        )
        if row.state is not ApprovalState.PENDING or not seen or not allowed:
            raise refusal(row, judgement, NOW)
        if judgement.arguments is not None:
            arguments, sealed = edited(row, judgement)
            row = replace(
                row,
                arguments=arguments,
                arguments_hash=sealed,
                original_arguments=row.arguments,
            )
        states = {
            Decision.APPROVE: ApprovalState.APPROVED,
            Decision.DENY: ApprovalState.DENIED,
            Decision.REVISE: ApprovalState.REVISED,
        }
        row = replace(
            row,
            state=states[judgement.decision],
            decided_by=judgement.decided_by,
            decided_via=judgement.via,
            note=judgement.note,
        )
        self.rows[scope.space_id, approval_id] = row
        assert row.conversation_id is not None
        log = LogKey(scope=scope, conversation_id=row.conversation_id)
        return row, Delivery(log, ConversationKind.CHAT, approval_id, scope)

    async def undelivered(self, limit: int) -> Sequence[Delivery]:
        return []


class ListedUsage:
    """Remembers what was recorded."""

    def __init__(self) -> None:
        self.recorded: list[tuple[Scope, UUID, UsageEntry]] = []

    async def record(
        self, scope: Scope, cause: UUID, entries: Sequence[UsageEntry], *, user_id: UUID
    ) -> None:
        self.recorded.extend((scope, user_id, entry) for entry in entries)


class MemoryFeed:
    """One list per log; readers wait on a condition."""

    def __init__(self) -> None:
        self.logs: dict[LogKey, list[WireEvent]] = {}
        self.forgotten: list[LogKey] = []
        self.following = 0
        self._changed = asyncio.Condition()

    async def add(self, log: LogKey, turn_id: UUID, event_id: EventId, event: Event) -> None:
        logged = LoggedEvent(id=event_id, at=NOW, turn_id=turn_id, event=event)
        async with self._changed:
            self.logs.setdefault(log, []).append(wire.encode(logged))
            self._changed.notify_all()

    async def newest(self, log: LogKey) -> EventId:
        return max((event.id for event in self.logs.get(log, [])), default=START)

    async def forget(self, log: LogKey) -> None:
        self.forgotten.append(log)
        self.logs.pop(log, None)

    async def follow(
        self,
        log: LogKey,
        after: EventId,
        *,
        idle: Callable[[], Awaitable[bool]] | None = None,
        turn_id: UUID | None = None,
        at_most: float = 600.0,
    ) -> AsyncIterator[WireEvent]:
        self.following += 1
        try:
            while True:
                event = await self._next(log, after, idle, at_most)
                if event is None:
                    return
                yield event
                after = event.id
                if event.turn_id == str(turn_id) and event.kind in TURN_ENDS:
                    return
        finally:
            self.following -= 1

    async def _next(
        self,
        log: LogKey,
        after: EventId,
        idle: Callable[[], Awaitable[bool]] | None,
        seconds: float,
    ) -> WireEvent | None:
        while True:
            for event in self.logs.get(log, []):
                if event.id > after:
                    return event
            if idle is not None and await idle():
                return None
            try:
                async with asyncio.timeout(seconds), self._changed:
                    await self._changed.wait()
            except TimeoutError:
                return None


class RaisedFlags:
    def __init__(self) -> None:
        self.raised: list[UUID] = []
        self.failure: Exception | None = None

    async def stop(self, log: LogKey, turn_id: UUID) -> None:
        if self.failure:
            raise self.failure
        self.raised.append(turn_id)


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
        self.open = False
        self.status = SendStatus.STARTED
        self.position = 0
        self.steers_to: UUID | None = None
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
        )

    async def start_run(self, start: RunStart) -> None:
        self.runs.append(start)

    async def stop(self, log: LogKey, kind: ConversationKind, turn_id: UUID | None) -> None:
        self.stopped.append(turn_id)
        if self.on_stop:
            self.on_stop()

    async def decided(self, delivery: Delivery) -> None:
        if self.failure:
            raise self.failure
        self.deliveries.append(delivery)

    async def start_approval(self, scope: Scope, approval_id: UUID, *, due: bool) -> None:
        self.asked.append(approval_id)

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


@dataclass
class ListedAudit:
    """What it was told; `breaks` is what a check finds."""

    entries: list[AuditEntry] = field(default_factory=list)
    breaks: list[Break] = field(default_factory=list)

    async def record(
        self,
        scope: Scope,
        action: str,
        subject_id: UUID,
        *,
        by: UUID | None,
        details: Mapping[str, Any],
    ) -> None:
        number = len(self.entries) + 1
        entry = AuditEntry(uuid4(), number, NOW, by, action, subject_id, details, "0" * 64)
        self.entries.append(entry)

    async def page(self, scope: Scope, *, limit: int, cursor: str | None) -> Page[AuditEntry]:
        return Page(self.entries[::-1][:limit], None)

    async def verify(self, scope: Scope) -> Sequence[Break]:
        return self.breaks


class MemoryGrants:
    """One provider, `google_analytics`; its address leads back at once."""

    def __init__(self) -> None:
        self.kept: dict[tuple[UUID, str], Connection] = {}
        self.journeys: dict[str, tuple[Scope, str, UUID]] = {}

    async def all(self, scope: Scope) -> Sequence[Connection]:
        return [kept for (space, _), kept in self.kept.items() if space == scope.space_id]

    async def begin(self, scope: Scope, provider: str, *, by: UUID) -> str:
        if provider != "google_analytics":
            raise InvalidError("There is no such provider.", code="provider_unknown")
        state = uuid4().hex
        self.journeys[state] = (scope, provider, by)
        return f"https://provider.example/auth?state={state}&redirect_uri=https://app.example/back"

    async def complete(self, state: str, code: str) -> tuple[Scope, Connection]:
        journey = self.journeys.pop(state, None)
        if journey is None:
            raise InvalidError("Begin again.", code="state_invalid")
        scope, provider, by = journey
        made = Connection(provider, ConnectionState.CONNECTED, "a@b.example", (), by, NOW, None)
        self.kept[scope.space_id, provider] = made
        return scope, made

    async def token(self, scope: Scope, provider: str) -> str:
        raise AssertionError("the edge asks for no token")

    async def refused(self, scope: Scope, provider: str, token: str) -> None:
        raise AssertionError("the edge has no token")

    async def disconnect(self, scope: Scope, provider: str, *, by: UUID) -> None:
        if self.kept.pop((scope.space_id, provider), None) is None:
            raise NotFoundError("There is no such connection.", code="not_connected")


@dataclass
class Fakes:
    """All of them, by name, so that a test can look inside."""

    verifier: Verifier = field(default_factory=Verifier)
    tickets: MemoryTickets = field(default_factory=MemoryTickets)
    spaces: MemorySpaces = field(default_factory=MemorySpaces)
    turns: MemoryTurns = field(default_factory=MemoryTurns)
    conversations: MemoryConversations = field(init=False)
    approvals: MemoryApprovals = field(default_factory=MemoryApprovals)
    audit: ListedAudit = field(default_factory=ListedAudit)
    policies: MemoryPolicies = field(default_factory=MemoryPolicies)
    allowances: MemoryAllowances = field(default_factory=MemoryAllowances)
    contents: MemoryContents = field(default_factory=MemoryContents)
    connections: MemoryGrants = field(default_factory=MemoryGrants)
    mcp: MemoryServers = field(default_factory=MemoryServers)
    agents: MemoryAgents = field(default_factory=MemoryAgents)
    collections: MemoryCollections = field(default_factory=MemoryCollections)
    documents: MemoryDocuments = field(init=False)
    finder: FixedFinder = field(init=False)
    index: PicturesIndex = field(default_factory=PicturesIndex)
    parser: PictureParser = field(default_factory=PictureParser)
    pictures: SizeEmbedder = field(default_factory=SizeEmbedder)
    usage: ListedUsage = field(default_factory=ListedUsage)
    feed: MemoryFeed = field(default_factory=MemoryFeed)
    flags: RaisedFlags = field(default_factory=RaisedFlags)
    engine: RecordingEngine = field(default_factory=RecordingEngine)

    def __post_init__(self) -> None:
        self.conversations = MemoryConversations(self.turns.receipts)
        self.documents = MemoryDocuments(self.collections)
        self.finder = FixedFinder(self.collections)

    def ports(self) -> Ports:
        async def fine() -> None:
            return

        async def away() -> None:
            raise UnavailableError("redis://:secret@127.0.0.1 is away")

        return Ports(
            verifier=self.verifier,
            tickets=self.tickets,
            spaces=self.spaces,
            agents=self.agents,
            conversations=self.conversations,
            turns=self.turns,
            approvals=self.approvals,
            audit=self.audit,
            policies=self.policies,
            allowances=self.allowances,
            connections=self.connections,
            mcp=self.mcp,
            contents=self.contents,
            documents=self.documents,
            collections=self.collections,
            finder=self.finder,
            index=self.index,
            parser=self.parser,
            pictures=self.pictures,
            feed=self.feed,
            flags=self.flags,
            engine=self.engine,
            usage=self.usage,
            checks={"postgres": fine, "redis": away},
            info={"chat": "offline-1"},
        )


def a_caller(scope: Scope, role: Role = Role.ADMIN, *more: UUID) -> Caller:
    spaces = {scope.space_id: role, **dict.fromkeys(more, role)}
    return Caller(uuid4(), scope.organisation_id, spaces, uuid4().hex)


__all__ = ["AppError", "Fakes", "a_caller"]
