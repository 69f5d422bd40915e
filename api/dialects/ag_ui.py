"""A turn as a run of the AG-UI protocol: what clients of 0.0 take, and 1.0's own where it is
asked for."""

from collections.abc import Collection
from dataclasses import dataclass, field
from typing import Any, Final
from uuid import UUID

import orjson

from api.dialects.ag_ui_messages import Chunk, Messages
from api.dialects.ag_ui_state import OURS, State, interrupt
from api.dialects.beside import Children, Usage, asked, decided
from models.payloads.events import (
    START,
    AgentChosen,
    AgentEvent,
    ApprovalDecided,
    ApprovalExpired,
    ApprovalRequested,
    AttemptSuperseded,
    ContaminationDetected,
    EventId,
    InputFlagged,
    LoggedEvent,
    ReasoningDelta,
    RetrievalCompleted,
    StepStarted,
    TextCompleted,
    TextDelta,
    TextSnapshot,
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

PROTOCOL: Final = "1.0"
INTERRUPT: Final = "on_interrupt"
"""How clients from before 1.0 are asked: the custom event that LangGraph's users know."""


@dataclass(frozen=True)
class Run:
    """What a client asked for: `messages` and `state` are all that it holds."""

    thread_id: str
    run_id: str
    messages: list[dict[str, Any]] = field(default_factory=list)
    state: dict[str, Any] = field(default_factory=dict)
    current: bool = False
    """It says that it speaks 1.0."""
    outcomes: bool = False
    """It does not, and still knows 1.0's way of being asked."""
    fresh: bool = False
    """It may hold other messages than these."""
    ignored: tuple[str, ...] = ()
    """What it sent and we do nothing with."""


class Encoder:
    """Feed it the events of one turn, in order, from the first on."""

    def __init__(self, run: Run, seen: EventId = START, settled: Collection[UUID] = ()) -> None:
        """A client that goes on with a turn holds all `seen` of it, and has `settled` approvals
        of which the log may not say so yet."""
        self._run, self._seen, self._settled = run, seen, settled
        self._out: list[Chunk] = []
        self._thread = Messages(self._emit, run.messages)
        self._state = State(self._emit, current=run.current)
        self._begun = self._greeted = self.ended = False
        self._open: dict[str, None] = {}
        """Calls of the step that have not ended."""
        self._undecided: dict[UUID, ApprovalRequested] = {}
        self._children = Children()
        self._usage = Usage()

    @property
    def messages(self) -> list[dict[str, Any]]:
        """What the client holds now."""
        return self._thread.held

    @property
    def waiting(self) -> bool:
        """Nothing goes on before a person has decided."""
        calls = {one.call_id for one in self._undecided.values()}
        return bool(calls) and self._open.keys() <= calls

    def take(self, logged: LoggedEvent) -> list[Chunk]:
        """What this event adds."""
        self._out = []
        silent = logged.id <= self._seen
        if not self._begun:
            self._begin(logged)
        if not (silent or self._greeted):
            self._greet()
        match logged.event:
            case TextDelta() | TextSnapshot() | TextCompleted() | ReasoningDelta() as event:
                self._speak(event)
            case AttemptSuperseded(step=step) | TextWithdrawn(step=int(step)):
                if step == self._thread.step:
                    self._thread.retract()
            case TurnCompleted() | TurnFailed() | TurnStopped() as event:
                self._end(event)
            case ToolRequested() | ToolCompleted() | ToolFailed() as event:
                self._call(event)
            case ApprovalRequested() | ApprovalDecided() | ApprovalExpired() as event:
                self._ask(event)
            case _ as event:
                self._tell(event)
        self._state.ours["cursor"] = str(logged.id)
        return [] if silent else self._out

    def pause(self) -> list[Chunk]:
        """The run ends here; the next one brings the verdicts."""
        self._out = []
        if not self._greeted:
            self._greet()
        self._close()
        self._state.share("cursor", self._state.ours["cursor"])
        asking = [interrupt(one) for one in self._undecided.values()]
        if not (self._run.current or self._run.outcomes):
            for one in asking:
                value = orjson.dumps(one).decode()
                self._emit({"type": "CUSTOM", "name": INTERRUPT, "value": value})
        self._finish({"type": "interrupt", "interrupts": asking}, known=self._run.outcomes)
        return self._out

    def idle(self) -> list[Chunk]:
        """A run in which nothing happens: it shows what there is."""
        self._out = []
        self._greet()
        self._finish({"type": "success"})
        return self._out

    def cut(self, reason: str) -> list[Chunk]:
        """Nothing more comes, though the turn goes on. A run that shows nothing yet is an error
        alone: its client keeps the state, and so the cursor, that it asked with."""
        self._out = []
        if self._greeted:
            self._close()
        self._fail("stream_cut", reason)
        return self._out

    # The run and its steps

    def _begin(self, logged: LoggedEvent) -> None:
        self._begun = True
        self._thread.turn_id = logged.turn_id or self._thread.turn_id
        self._state.ours["turn_id"] = str(logged.turn_id)
        if isinstance(logged.event, TurnStarted):
            self._state.ours["agent"] = logged.event.agent

    def _greet(self) -> None:
        """Which run this is, and the state that it goes on from."""
        self._greeted = True
        self._thread.hold(self._run.messages)
        where = {"threadId": self._run.thread_id, "runId": self._run.run_id}
        version = {"protocolVersion": PROTOCOL} if self._run.current else {}
        self._emit({"type": "RUN_STARTED", **where, **version})
        self._state.greet(self._run.state)
        if self._run.fresh:
            self._thread.snapshot()
        if self._run.ignored:
            value = {"fields": list(self._run.ignored)}
            self._emit({"type": "CUSTOM", "name": f"{OURS}.ignored", "value": value})
        self._thread.open_step()

    def _enter(self, step: int) -> None:
        if self._thread.enter(step):
            self._open = {}

    def _close(self) -> None:
        """Everything that is open: nothing may be when a run ends."""
        self._thread.leave()
        self._state.close()

    def _end(self, event: TurnCompleted | TurnFailed | TurnStopped) -> None:
        if not self._thread.said:
            self._thread.retract()
        self._close()
        self._state.share("outcome", event.outcome.value)
        match event:
            case TurnFailed(code=code, detail=detail):
                self._fail(code, detail)
            case TurnStopped():
                self._finish({"type": "cancelled"})
            case TurnCompleted(finish=finish, code=code):
                self._state.share("finish", code or finish.value)
                self._finish({"type": "success"})

    def _finish(self, outcome: Chunk, *, known: bool = False) -> None:
        where = {"threadId": self._run.thread_id, "runId": self._run.run_id}
        told = {"outcome": outcome} if self._run.current or known else {}
        self._emit({"type": "RUN_FINISHED", **where, **told})
        self.ended = True

    def _fail(self, code: str, detail: str) -> None:
        self._emit({"type": "RUN_ERROR", "message": detail, "code": code})
        self.ended = True

    # Text and reasoning

    def _speak(self, event: TextDelta | TextSnapshot | TextCompleted | ReasoningDelta) -> None:
        self._enter(event.step)
        match event:
            case TextDelta(text=text):
                self._thread.write(text)
            case TextSnapshot(text=text):
                self._thread.replace(text)
            case TextCompleted(text=text):
                self._thread.replace(text)
                self._thread.close()
                self._thread.said = True
            case ReasoningDelta(text=text):
                self._thread.think(text)

    # Calls

    def _call(self, event: ToolRequested | ToolCompleted | ToolFailed) -> None:
        self._enter(event.step)
        match event:
            case ToolRequested(call_id=call_id, name=name, arguments=arguments):
                self._thread.close()
                self._open[call_id] = None
                self._thread.request(call_id, name, orjson.dumps(arguments).decode())
            case ToolCompleted(call_id=call_id, result=result, sources=sources):
                self._state.cite(sources)
                self._answer(call_id, result)
            case ToolFailed(call_id=call_id, detail=detail):
                self._answer(call_id, detail)

    def _answer(self, call_id: str, content: str) -> None:
        self._open.pop(call_id, None)
        self._thread.answer(call_id, content)

    def _ask(self, event: ApprovalRequested | ApprovalDecided | ApprovalExpired) -> None:
        match event:
            case ApprovalRequested(approval_id=approval_id, step=step):
                self._enter(step)
                if approval_id not in self._settled:
                    self._undecided[approval_id] = event
                self._state.card(approval_id, asked(event))
            case (
                ApprovalDecided(approval_id=approval_id) | ApprovalExpired(approval_id=approval_id)
            ):
                self._undecided.pop(approval_id, None)
                self._state.card(approval_id, decided(event))

    # State

    def _tell(self, event: object) -> None:
        match event:
            case StepStarted(step=step):
                self._enter(step)
            case AgentChosen(agent=agent):
                self._state.share("agent", agent)
            case RetrievalCompleted(sources=sources):
                self._state.cite(sources)
            case AgentEvent():
                self._below(event)
            case InputFlagged() | ContaminationDetected():
                self._state.share(
                    "notices", [*self._state.ours["notices"], event.model_dump(mode="json")]
                )
            case UsageRecorded():
                self._usage.count(event)
                self._state.share("usage", self._usage.told())
            case TextWithdrawn():
                self._thread.withdraw()

    def _below(self, event: AgentEvent) -> None:
        child, inside = self._children.take(event)
        run_id = child["run_id"]
        self._state.share("children", child, run_id)
        match inside:
            case ApprovalRequested(approval_id=approval_id):
                self._state.card(approval_id, {**asked(inside), "run_id": run_id})
            case (
                ApprovalDecided(approval_id=approval_id) | ApprovalExpired(approval_id=approval_id)
            ):
                self._state.card(approval_id, decided(inside))
            case TurnStarted():
                self._state.begin_child(child)
            case TurnCompleted() | TurnStopped():
                self._state.end_child("SUBAGENT_FINISHED", run_id)
            case TurnFailed(detail=detail):
                self._state.end_child("SUBAGENT_ERROR", run_id, {"message": detail})

    def _emit(self, chunk: Chunk) -> None:
        self._out.append(chunk)
