"""A turn as AI SDK's UI message stream v1: one assistant message, whose id is the turn's."""

from collections.abc import Collection, Iterable
from typing import Any, Final
from uuid import UUID

from api.dialects.ai_sdk_calls import Calls
from api.dialects.ai_sdk_parts import Chunk, Client, source, spoken
from api.dialects.ai_sdk_step import Shown
from api.dialects.beside import Children, Usage
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
    RetrievalStarted,
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
from models.payloads.sources import Source
from models.payloads.turn import Finish

HEADERS: Final = {"x-vercel-ai-ui-message-stream": "v1"}

_FINISH: Final = {
    Finish.STOP: "stop",
    Finish.LENGTH: "length",
    Finish.CONTENT_FILTER: "content-filter",
    Finish.TOOL_CALLS: "tool-calls",
    Finish.WITHDRAWN: "content-filter",
}


class Encoder:
    """Feed it the events of one turn, in order, from the first on. What a client holds in the end
    is the same whether the text came in parts or whole."""

    def __init__(
        self,
        conversation_id: UUID,
        client: Client = Client.V7,
        seen: EventId = START,
        settled: Collection[UUID] = (),
    ) -> None:
        """A client that goes on with a message holds all `seen` of it, and has `settled` approvals
        of which the log may not say so yet."""
        self._conversation_id, self._client, self._seen = conversation_id, client, seen
        self._out: list[Chunk] = []
        self._begun = self.ended = False
        self._shown = Shown(self._emit, client)
        self._calls = Calls(self._shown, client, settled)
        self._marks: set[int] = set()
        self._query: str | None = None
        self._children = Children()
        self._notices = 0
        self._usage = Usage()
        self._message_ids: list[str] = []
        self._metadata: dict[str, Any] = {}

    @property
    def waiting(self) -> bool:
        """Nothing goes on before a person has decided."""
        return self._calls.waiting

    def take(self, logged: LoggedEvent) -> list[Chunk]:
        """What this event adds."""
        self._out = []
        if not self._begun:
            self._begin(logged)
        self._metadata["cursor"] = str(logged.id)
        match logged.event:
            case TextDelta() | TextSnapshot() | TextCompleted() | ReasoningDelta() as event:
                self._speak(event)
            case AttemptSuperseded(step=step) | TextWithdrawn(step=int(step)):
                if step == self._shown.step:
                    self._shown.retract()
            case TurnCompleted() | TurnFailed() | TurnStopped() as event:
                self._end(event)
            case ToolRequested() | ToolCompleted() | ToolFailed() as event:
                self._call(event)
            case ApprovalRequested() | ApprovalDecided() | ApprovalExpired() as event:
                self._ask(event)
            case _ as event:
                self._tell(event)
        return self._out if self._goes_on(logged) else []

    def _goes_on(self, logged: LoggedEvent) -> bool:
        """Whether the client is to have this; then also which message it belongs to."""
        if self._seen is START:
            return True
        if logged.id <= self._seen:
            return False
        self._out.insert(0, {"type": "start", "messageId": str(logged.turn_id)})
        self._seen = START
        return True

    def pause(self) -> list[Chunk]:
        """The message waits for a verdict: the client is to send it, and gets the rest then."""
        self._out = []
        self._finish("tool-calls")
        return self._out

    def cut(self, reason: str) -> list[Chunk]:
        """Nothing more comes, though the turn goes on."""
        self._out = []
        self._shown.close()
        self._emit({"type": "error", "errorText": reason})
        self._finish("error")
        return self._out

    # The message and its steps

    def _begin(self, logged: LoggedEvent) -> None:
        self._begun = True
        metadata = {
            "conversation_id": str(self._conversation_id),
            "turn_id": str(logged.turn_id),
            "created_at": logged.at.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        }
        if isinstance(logged.event, TurnStarted):
            metadata["agent"] = logged.event.agent
            metadata["user_message_id"] = str(logged.event.message_id)
        self._emit({"type": "start", "messageId": str(logged.turn_id), "messageMetadata": metadata})

    def _enter(self, step: int) -> None:
        if self._shown.enter(step):
            self._calls.forget()

    def _end(self, event: TurnCompleted | TurnFailed | TurnStopped) -> None:
        if not self._shown.said:
            self._shown.retract()
        self._metadata["outcome"] = event.outcome.value
        match event:
            case TurnCompleted(finish=finish, code=code, detail=detail):
                told = {"finish": finish.value, "code": code, "detail": detail}
                self._metadata |= {name: value for name, value in told.items() if value}
                self._finish(_FINISH.get(finish, "other"))
            case TurnFailed(code=code, detail=detail):
                self._metadata |= {"code": code, "detail": detail}
                # Read no further by most clients: what they should know comes first.
                self._shown.close()
                self._emit({"type": "message-metadata", "messageMetadata": self._told()})
                self._emit({"type": "error", "errorText": detail})
                self._finish("error")
            case TurnStopped(outcome=outcome):
                self._emit({"type": "abort", "reason": outcome.value})
                self._finish("interrupted" if self._client >= Client.V7 else "other")

    def _finish(self, reason: str) -> None:
        self._shown.leave()
        self._emit({"type": "finish", "finishReason": reason, "messageMetadata": self._told()})
        self.ended = True

    def _told(self) -> dict[str, Any]:
        told = {**self._metadata, "message_ids": list(self._message_ids)}
        usage = self._usage.told()
        return {**told, "usage": usage} if usage else told

    def _speak(self, event: TextDelta | TextSnapshot | TextCompleted | ReasoningDelta) -> None:
        self._enter(event.step)
        match event:
            case TextDelta(text=text):
                self._shown.write(text)
            case TextSnapshot(text=text):
                self._shown.replace(text)
            case TextCompleted(text=text, message_id=message_id):
                self._shown.replace(text)
                self._shown.close(spoken(event))
                self._shown.said = True
                self._message_ids.append(str(message_id))
                if event.redacted:
                    self._notice("redacted", {"reasons": list(event.redacted)})
            case ReasoningDelta(text=text):
                self._shown.think(text)

    def _call(self, event: ToolRequested | ToolCompleted | ToolFailed) -> None:
        self._enter(event.step)
        if isinstance(event, ToolCompleted):
            self._cite(event.sources)
        self._calls.take(event)

    def _ask(self, event: ApprovalRequested | ApprovalDecided | ApprovalExpired) -> None:
        if isinstance(event, ApprovalRequested):
            self._enter(event.step)
        self._calls.ask(event)

    # Everything else

    def _tell(self, event: object) -> None:
        match event:
            case StepStarted(step=step):
                self._enter(step)
            case AgentChosen(agent=agent, reason=reason, strategy=strategy):
                self._emit({"type": "message-metadata", "messageMetadata": {"agent": agent}})
                self._shown.part(
                    "agent", {"agent": agent, "reason": reason, "strategy": strategy}, "0"
                )
            case RetrievalStarted(query=query):
                self._query = query
                self._shown.part("retrieval", {"query": query}, "0")
            case RetrievalCompleted(sources=sources, error=error):
                found = {"query": event.query or self._query, "passages": len(sources)}
                self._shown.part("retrieval", {**found, "error": error}, "0")
                self._cite(sources)
            case AgentEvent():
                self._below(event)
            case InputFlagged() | ContaminationDetected():
                self._notice(event.kind.removesuffix(".detected"), event.model_dump(mode="json"))
            case TextWithdrawn():
                self._shown.retract()
                self._message_ids.clear()
                self._notice("withdrawn", {})
            case UsageRecorded():
                self._usage.count(event)

    def _below(self, event: AgentEvent) -> None:
        child, inside = self._children.take(event)
        self._shown.part("child", child, child["run_id"])
        if isinstance(inside, ApprovalRequested | ApprovalDecided | ApprovalExpired):
            self._calls.ask_below(inside, {"agent": child["agent"], "run_id": child["run_id"]})

    def _cite(self, sources: Iterable[Source]) -> None:
        for one in sources:
            if one.mark > 0 and one.mark not in self._marks:
                self._marks.add(one.mark)
                self._shown.keep(source(one))

    def _notice(self, kind: str, fields: dict[str, Any]) -> None:
        self._notices += 1
        self._shown.part("notice", {**fields, "kind": kind}, str(self._notices))

    def _emit(self, chunk: Chunk) -> None:
        self._out.append(chunk)
