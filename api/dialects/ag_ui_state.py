"""What an AG-UI client shares of a turn besides its messages: one key of the thread's state."""

from collections.abc import Callable, Iterable
from typing import Any, Final
from uuid import UUID

from api.dialects.ag_ui_messages import Chunk, copied
from api.dialects.beside import Child, asked
from models.payloads.events import ApprovalRequested
from models.payloads.sources import Source

OURS: Final = "holdfast"
"""An application's own keys stay as they are."""


class State:
    """`current`: the client speaks 1.0, and so knows agents below."""

    def __init__(self, emit: Callable[[Chunk], None], *, current: bool) -> None:
        self._emit, self._current = emit, current
        self.ours: dict[str, Any] = {
            "sources": [], "approvals": {}, "children": {}, "notices": []
        }  # fmt: skip
        self._subagents: dict[str, None] = {}

    def greet(self, theirs: dict[str, Any]) -> None:
        """Begin a run; what was told of agents below belongs to the run before."""
        self._subagents.clear()
        state = {**theirs, OURS: copied(self.ours)}
        self._emit({"type": "STATE_SNAPSHOT", "snapshot": state})

    def close(self) -> None:
        for run_id in tuple(self._subagents):
            self.end_child("SUBAGENT_FINISHED", run_id)

    def begin_child(self, child: Child) -> None:
        if not self._current or child["run_id"] in self._subagents:
            return
        self._subagents[child["run_id"]] = None
        parent = child["parent_run_id"]
        within = {"parentSubagentRunId": parent} if parent else {}
        about = {"subagentRunId": child["run_id"], "name": child["agent"]}
        call = {"parentToolCallId": child["call_id"]}
        self._emit({"type": "SUBAGENT_STARTED", **about, **call, **within})

    def end_child(self, kind: str, run_id: str, told: dict[str, Any] | None = None) -> None:
        if run_id in self._subagents:
            del self._subagents[run_id]
            self._emit({"type": kind, "subagentRunId": run_id, **(told or {})})

    def cite(self, sources: Iterable[Source]) -> None:
        known = {one["mark"] for one in self.ours["sources"]}
        new = [
            one.model_dump(mode="json", exclude_none=True)
            for one in sources
            if one.mark > 0 and one.mark not in known
        ]
        if new:
            self.share("sources", [*self.ours["sources"], *new])

    def card(self, approval_id: UUID, fields: dict[str, Any]) -> None:
        """An approval, as it stands."""
        shown = self.ours["approvals"].get(str(approval_id), {})
        self.share("approvals", {**shown, **fields}, str(approval_id))

    def share(self, name: str, value: object, key: str | None = None) -> None:
        """Put it into the shared state; with a key among its kind."""
        path = f"/{OURS}/{name}"
        if key is None:
            self.ours[name] = value
        else:
            self.ours[name][key] = value
            path = f"{path}/{key}"
        change = {"op": "add", "path": path, "value": copied(value)}
        self._emit({"type": "STATE_DELTA", "delta": [change]})


def interrupt(event: ApprovalRequested) -> dict[str, Any]:
    """What a run waits for; the answer's payload is `{approved, note?}`."""
    answer = {"approved": {"type": "boolean"}, "note": {"type": "string"}}
    return {
        "id": str(event.approval_id),
        "reason": "tool_call",
        "message": event.reason or f"May {event.tool} run?",
        "toolCallId": event.call_id,
        "responseSchema": {"type": "object", "properties": answer, "required": ["approved"]},
        "expiresAt": event.expires_at.isoformat().replace("+00:00", "Z"),
        "metadata": {OURS: asked(event)},
    }
