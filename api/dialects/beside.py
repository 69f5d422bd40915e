"""What stands beside a turn's text in every dialect: approvals, and agents that its agent calls."""

from decimal import Decimal
from typing import Any
from uuid import UUID

from models.payloads.events import (
    EVENT,
    AgentEvent,
    ApprovalDecided,
    ApprovalExpired,
    ApprovalRequested,
    Event,
    TextCompleted,
    TextWithdrawn,
    ToolCompleted,
    ToolFailed,
    ToolRequested,
    TurnCompleted,
    TurnFailed,
    TurnStarted,
    TurnStopped,
    UsageRecorded,
)

Child = dict[str, Any]

# What a card shows; the decision's own fields come later.
_ASKED = {
    "approval_id", "call_id", "tool", "arguments", "arguments_hash", "reason", "tainted", "quotes",
    "approvers", "four_eyes", "expires_at",
}  # fmt: skip


def asked(event: ApprovalRequested) -> dict[str, Any]:
    return {**event.model_dump(mode="json", include=_ASKED), "state": "pending"}


def decided(event: ApprovalDecided | ApprovalExpired) -> dict[str, Any]:
    if isinstance(event, ApprovalExpired):
        return {"state": "expired"}
    fields = event.model_dump(mode="json", include={"decided_by", "note", "via", "edited"})
    return {"state": event.decision, **{name: value for name, value in fields.items() if value}}


class Children:
    """What is known of each run below the turn, by its id."""

    def __init__(self) -> None:
        self._known: dict[UUID, Child] = {}

    def take(self, event: AgentEvent) -> tuple[Child, Event]:
        """The child that it happened to, as it is now, and what happened there."""
        call_id, parent = event.call_id, None
        while event.event.get("kind") == "agent.event":
            parent, event = str(event.run_id), AgentEvent.model_validate(event.event)
        child = self._known.setdefault(
            event.run_id,
            {
                "call_id": call_id,
                "run_id": str(event.run_id),
                "parent_run_id": parent,
                "agent": event.agent,
                "text": "",
                "calls": [],
                "input_tokens": 0,
                "output_tokens": 0,
                "outcome": None,
            },
        )
        inside = EVENT.validate_python(event.event)
        _apply(child, inside)
        child["kind"] = inside.kind
        return {**child, "calls": [dict(call) for call in child["calls"]]}, inside


def _apply(child: Child, event: Event) -> None:
    match event:
        case TurnStarted(text=text):
            child["task"] = text
        case TextCompleted(text=text):
            child["text"] = text
        case TextWithdrawn():
            child["text"] = ""
        case ToolRequested(call_id=call_id, name=name):
            child["calls"].append({"call_id": call_id, "name": name, "state": "requested"})
        case ToolCompleted(call_id=call_id):
            _settle(child, call_id, {"state": "completed"})
        case ToolFailed(call_id=call_id, code=code):
            _settle(child, call_id, {"state": "failed", "code": code})
        case UsageRecorded(input_tokens=taken, output_tokens=given):
            child["input_tokens"] += taken
            child["output_tokens"] += given
        case (
            TurnCompleted(outcome=outcome)
            | TurnFailed(outcome=outcome)
            | TurnStopped(outcome=outcome)
        ):
            child["outcome"] = outcome.value


def _settle(child: Child, call_id: str, how: dict[str, str]) -> None:
    for call in child["calls"]:
        if call["call_id"] == call_id:
            call.update(how)


class Usage:
    """Of the turn's own calls to models, added up."""

    def __init__(self) -> None:
        self._tokens = {"input_tokens": 0, "output_tokens": 0, "cached_tokens": 0}
        self._first_token_ms: int | None = None
        self._cost: Decimal | None = None
        self._calls = 0

    def count(self, event: UsageRecorded) -> None:
        self._calls += 1
        for name in self._tokens:
            self._tokens[name] += getattr(event, name)
        if event.cost_usd is not None:
            self._cost = event.cost_usd + (self._cost or 0)
        if self._first_token_ms is None:
            self._first_token_ms = event.first_token_ms

    def told(self) -> dict[str, Any]:
        """Empty before the first call; without what nobody knows."""
        if not self._calls:
            return {}
        cost = None if self._cost is None else str(self._cost)
        also = {"cost_usd": cost, "first_token_ms": self._first_token_ms}
        return {**self._tokens, **{name: one for name, one in also.items() if one is not None}}
