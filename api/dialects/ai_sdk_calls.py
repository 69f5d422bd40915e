"""Calls of a turn as an AI SDK client sees them, and what people were asked about them."""

from collections.abc import Collection
from typing import Any
from uuid import UUID

from api.dialects.ai_sdk_parts import Client, ours, tool_input, tool_output
from api.dialects.ai_sdk_step import Shown
from api.dialects.beside import asked, decided
from models.payloads.events import (
    ApprovalDecided,
    ApprovalExpired,
    ApprovalRequested,
    ToolCompleted,
    ToolFailed,
    ToolRequested,
)


class Calls:
    """Cards of child runs stand among the turn's own; a verdict on one of them is not waited for
    here."""

    def __init__(self, shown: Shown, client: Client, settled: Collection[UUID]) -> None:
        self._shown, self._client, self._settled = shown, client, settled
        self._inputs: dict[str, dict[str, Any]] = {}
        """Arguments of the step's calls that have not ended."""
        self._approvals: dict[UUID, dict[str, Any]] = {}
        self._undecided: dict[UUID, str] = {}
        """Calls of this turn's own that wait for a person."""

    @property
    def waiting(self) -> bool:
        """Nothing goes on before a person has decided."""
        return bool(self._undecided) and self._inputs.keys() <= set(self._undecided.values())

    def forget(self) -> None:
        """Another step has other calls."""
        self._inputs = {}

    def take(self, event: ToolRequested | ToolCompleted | ToolFailed) -> None:
        call_id = event.call_id
        if isinstance(event, ToolRequested):
            self._inputs[call_id] = event.arguments
            about = {"step": event.step, "ruling": event.ruling, "reason": event.reason}
            chunk = tool_input(call_id, event.name, event.arguments)
            self._shown.keep({**chunk, "providerMetadata": ours(about)})
        else:
            self._inputs.pop(call_id, None)
            self._shown.keep(tool_output(event, self._client))

    def ask(self, event: ApprovalRequested | ApprovalDecided | ApprovalExpired) -> None:
        if isinstance(event, ApprovalRequested):
            self._request(event)
        else:
            self._undecided.pop(event.approval_id, None)
            self._decide(event.approval_id, event.call_id, decided(event))
        self._card(event.approval_id)

    def ask_below(
        self, event: ApprovalRequested | ApprovalDecided | ApprovalExpired, where: dict[str, Any]
    ) -> None:
        """In a child run: `where` says which."""
        if isinstance(event, ApprovalRequested):
            self._approvals[event.approval_id] = {**asked(event), **where}
        elif event.approval_id in self._approvals:
            self._approvals[event.approval_id] |= decided(event)
        self._card(event.approval_id)

    def _card(self, approval_id: UUID) -> None:
        if approval_id in self._approvals:
            self._shown.part("approval", self._approvals[approval_id], str(approval_id))

    def _request(self, event: ApprovalRequested) -> None:
        call_id, approval_id, arguments = event.call_id, event.approval_id, event.arguments
        if arguments != self._inputs.get(call_id, arguments):
            # The request showed the beginning: a verdict is given on all of it.
            self._shown.keep(tool_input(call_id, event.tool, arguments))
        if approval_id not in self._settled:
            self._undecided[approval_id] = call_id
        self._inputs[call_id] = arguments
        self._approvals[approval_id] = asked(event)
        if self._client >= Client.V6:
            chunk = {"type": "tool-approval-request", "toolCallId": call_id}
            self._shown.keep({**chunk, "approvalId": str(approval_id), "reason": event.reason})

    def _decide(self, approval_id: UUID, call_id: str, verdict: dict[str, Any]) -> None:
        shown = self._approvals.get(approval_id)
        if shown is None:
            return
        shown |= verdict
        if edited := verdict.get("edited"):
            self._inputs[call_id] = edited
            self._shown.keep(tool_input(call_id, shown["tool"], edited))
        if self._client >= Client.V7:
            why = verdict.get("note") or ("expired" if verdict["state"] == "expired" else "")
            chunk = {"type": "tool-approval-response", "approvalId": str(approval_id)}
            said = {"approved": verdict["state"] == "approve", **({"reason": why} if why else {})}
            self._shown.keep({**chunk, **said})
