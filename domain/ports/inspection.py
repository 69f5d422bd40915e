"""Turns taken apart, for whoever asks why one went as it did."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any, Protocol
from uuid import UUID

from domain.ports.approvals import Approval
from domain.ports.conversations import Page, TurnView
from domain.ports.transcript import Passage
from models.payloads.events import LoggedEvent
from models.payloads.scope import Scope
from models.payloads.turn import CallStatus, Finish, ThinkStatus


@dataclass(frozen=True, slots=True)
class TurnItem:
    turn: TurnView
    """Without its answer."""
    agent_version: int
    user_id: UUID
    steps: int
    """That were committed."""


@dataclass(frozen=True, slots=True)
class StepItem:
    """One model call. Of its attempts the last is known: when the others began and failed is in
    the engine's history, and what they cost in the usage lines."""

    step: int
    attempts: int
    """At least, while it is not committed."""
    committed_at: datetime | None
    status: ThinkStatus | None
    finish: Finish | None


@dataclass(frozen=True, slots=True)
class CallItem:
    call_id: str
    step: int
    name: str
    arguments: dict[str, Any] | None
    """Validated; None when they did not validate."""
    raw_arguments: str
    ruling: str
    """allow, ask or deny; empty when it was not sound enough to be judged."""
    status: CallStatus
    result: str
    approval_id: UUID | None
    run_id: UUID | None
    """Of the agent that it called."""
    requested_at: datetime
    started_at: datetime | None
    ended_at: datetime | None


class Cause(StrEnum):
    """What a provider was paid for."""

    STEP = "step"
    ATTEMPT = "attempt"
    """A model call whose answer was lost; its tokens may be an estimate."""
    RETRIEVAL = "retrieval"
    ROUTING = "routing"
    TOOL = "tool"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class UsageLine:
    cause: Cause
    step: int | None
    attempt: int | None
    call_id: str | None
    kind: str
    agent: str | None
    model: str
    input_tokens: int
    output_tokens: int
    cached_tokens: int
    first_token_ms: int | None
    cost_usd: Decimal | None
    at: datetime


@dataclass(frozen=True, slots=True)
class TurnReport:
    """Everything that is stored of a turn."""

    item: TurnItem
    owner: str
    """The engine's run that claimed it."""
    request_id: str
    steps: tuple[StepItem, ...]
    calls: tuple[CallItem, ...]
    approvals: tuple[Approval, ...]
    usage: tuple[UsageLine, ...]
    passages: tuple[Passage, ...]
    """That it was given, by their marks."""
    events: tuple[LoggedEvent, ...]
    more_events: bool
    """There are more than are shown."""


class Inspection(Protocol):
    async def turns(
        self, scope: Scope, conversation_id: UUID, *, limit: int, cursor: str | None
    ) -> Page[TurnItem]:
        """The newest first, on whatever branch."""

    async def report(self, scope: Scope, conversation_id: UUID, turn_id: UUID | None) -> TurnReport:
        """None: the newest. NotFoundError("turn_not_found")."""
