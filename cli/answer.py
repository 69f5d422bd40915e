"""One turn as it is shown: what was asked, what was done for it, what came out."""

import re
from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum
from typing import Any
from uuid import UUID

from domain.fold import Fold
from domain.nested import nested
from models.payloads.events import (
    AgentEvent,
    ApprovalDecided,
    ApprovalExpired,
    ApprovalRequested,
    AttemptSuperseded,
    ContaminationDetected,
    EventId,
    LoggedEvent,
    ReasoningDelta,
    RetrievalCompleted,
    RetrievalStarted,
    StepStarted,
    TextCompleted,
    TextDelta,
    TextSnapshot,
    ToolCompleted,
    ToolFailed,
    ToolRequested,
    ToolStarted,
    TurnCompleted,
    TurnFailed,
    TurnStarted,
    TurnStopped,
    UsageRecorded,
)
from models.payloads.sources import Source
from models.payloads.turn import Finish, Outcome

_MARK = re.compile(r"\[(\d{1,4})\]")

Ending = TurnCompleted | TurnFailed | TurnStopped


class CallState(StrEnum):
    REQUESTED = "requested"
    RUNNING = "running"
    COMPLETED = "completed"
    FAILED = "failed"


@dataclass
class Call:
    """A tool call and what became of it."""

    step: int
    name: str
    arguments: dict[str, Any]
    state: CallState = CallState.REQUESTED
    result: str = ""
    verdict: str = ""


@dataclass
class Answer:
    """Takes a turn's events in, in order; text is kept by the fold that all readers share."""

    turn_id: UUID | None
    number: int
    question: str = ""
    agent: str = ""
    activity: str = "waiting for a worker"
    calls: dict[str, Call] = field(default_factory=dict)
    sources: dict[int, Source] = field(default_factory=dict)
    approvals: dict[UUID, ApprovalRequested] = field(default_factory=dict)
    below: dict[UUID, "Answer"] = field(default_factory=dict)
    """The runs of agents that this one called."""
    notices: list[str] = field(default_factory=list)
    ending: Ending | None = None
    finish: Finish = Finish.STOP
    tokens: int = 0
    cost: Decimal | None = None
    _fold: Fold = field(default_factory=Fold)

    def apply(self, logged: LoggedEvent) -> None:
        if not self._fold.apply(logged):
            return
        match logged.event:
            case TurnStarted() as started:
                self.question, self.agent = started.text, started.agent
                self.activity = "starting"
            case ToolRequested() | ToolStarted() | ToolCompleted() | ToolFailed() as event:
                self._tool(event)
            case ApprovalRequested() | ApprovalDecided() | ApprovalExpired() as event:
                self._approval(event)
            case AgentEvent() as event:
                self._called(event)
            case TurnCompleted() | TurnFailed() | TurnStopped() as ending:
                self.ending = ending
                self.approvals.clear()
            case UsageRecorded() as usage:
                self.tokens += usage.input_tokens + usage.output_tokens
                if usage.cost_usd is not None:
                    self.cost = (self.cost or Decimal(0)) + usage.cost_usd
            case _:
                self._progress(logged)

    @property
    def last(self) -> EventId:
        return self._fold.last

    @property
    def texts(self) -> dict[int, str]:
        """The text that counts, by step."""
        return {step: text for (_, step), text in sorted(self._fold.texts.items()) if text.strip()}

    @property
    def text(self) -> str:
        return "\n\n".join(self.texts.values())

    @property
    def cited(self) -> list[Source]:
        """The sources whose marks stand in the text."""
        marks = {int(mark) for mark in _MARK.findall(self.text)}
        return [source for mark, source in sorted(self.sources.items()) if mark in marks]

    @property
    def uncited(self) -> list[Source]:
        cited = {source.mark for source in self.cited}
        return [source for mark, source in sorted(self.sources.items()) if mark not in cited]

    @property
    def succeeded(self) -> bool:
        return self.ending is not None and self.ending.outcome == Outcome.COMPLETED

    def why(self) -> str:
        """How it ended, when that is worth saying; empty for a plain end."""
        match self.ending:
            case TurnFailed(detail=detail, code=code):
                return f"{detail} ({code})"
            case TurnCompleted(outcome=Outcome.COMPLETED, finish=finish):
                return _FINISHES.get(finish, "")
            case TurnCompleted(outcome=outcome) | TurnStopped(outcome=outcome):
                return _OUTCOMES.get(outcome, outcome.replace("_", " "))
            case _:
                return ""

    def _progress(self, logged: LoggedEvent) -> None:
        match logged.event:
            case RetrievalStarted():
                self.activity = "searching"
            case RetrievalCompleted(sources=sources, error=error):
                self.sources.update({source.mark: source for source in sources})
                if error:
                    self.notices.append(f"The search failed; answered without it ({error}).")
            case StepStarted() | ReasoningDelta():
                self.activity = "thinking"
            case TextDelta() | TextSnapshot():
                self.activity = "answering"
            case AttemptSuperseded():
                self.activity = "starting the answer again"
            case TextCompleted(finish=finish):
                self.finish = finish
            case ContaminationDetected(reason=reason):
                self.notices.append(f"Part of the answer was withdrawn: {reason}")

    def _tool(self, event: ToolRequested | ToolStarted | ToolCompleted | ToolFailed) -> None:
        call = self.calls.setdefault(event.call_id, Call(event.step, event.name, {}))
        match event:
            case ToolRequested(arguments=arguments):
                call.arguments = arguments
            case ToolStarted():
                call.state = CallState.RUNNING
                self.activity = f"running {call.name}"
            case ToolCompleted(result=result):
                call.state, call.result = CallState.COMPLETED, result
                self.activity = "thinking"
            case ToolFailed(detail=detail):
                call.state, call.result = CallState.FAILED, detail

    def _called(self, event: AgentEvent) -> None:
        """What a called agent does is what is going on, whom it asks is asked here, and what it
        spends is spent."""
        run = self.below.setdefault(event.run_id, Answer(None, 0))
        asked, tokens, cost = set(run.approvals), run.tokens, run.cost or Decimal(0)
        run.apply(nested(event))
        for settled in asked - set(run.approvals):
            self.approvals.pop(settled, None)
        self.approvals |= run.approvals
        self.tokens += run.tokens - tokens
        if run.cost is not None:
            self.cost = (self.cost or Decimal(0)) + run.cost - cost
        self.activity = f"{event.agent}: {run.activity}"

    def _approval(self, event: ApprovalRequested | ApprovalDecided | ApprovalExpired) -> None:
        if isinstance(event, ApprovalRequested):
            self.approvals[event.approval_id] = event
            self.activity = "waiting for a decision"
            return
        self.approvals.pop(event.approval_id, None)
        if call := self.calls.get(event.call_id):
            call.verdict = _verdict(event)
        self.activity = "thinking"


_OUTCOMES = {
    Outcome.STOPPED: "stopped",
    Outcome.INTERRUPTED: "interrupted by the next message",
    Outcome.WITHDRAWN: "withdrawn",
    Outcome.ITERATION_LIMIT: "ended: the limit of steps was reached",
    Outcome.BUDGET_EXHAUSTED: "ended: the token budget was used up",
    Outcome.DEADLINE_EXCEEDED: "ended: the deadline passed",
}
_FINISHES = {
    Finish.LENGTH: "cut off: the model's limit for one answer was reached",
    Finish.CONTENT_FILTER: "cut off by the provider's content filter",
}
_VERDICTS = {"approve": "approved", "deny": "denied", "revise": "sent back"}


def _verdict(event: ApprovalDecided | ApprovalExpired) -> str:
    if isinstance(event, ApprovalExpired):
        return "expired: nobody decided in time"
    said = _VERDICTS.get(event.decision, event.decision)
    return f"{said}: {event.note}" if event.note else said
