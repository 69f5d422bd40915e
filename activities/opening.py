"""Make the place that a called agent works in."""

import hashlib
from dataclasses import dataclass

from activities.settling import always, begun, verdict, writer_key
from domain.ports.citing import Citings
from domain.ports.conversations import Turns
from domain.ports.events import EventLog, EventReader, StopFlags
from domain.ports.transcript import ChildRuns, StartedCall, ToolCalls
from models import ids
from models.payloads.events import Event
from models.payloads.team import OpenReply, OpenRequest
from models.payloads.turn import (
    INLINE_TEXT_BYTES,
    CallStatus,
    ChildRun,
    IncomingMessage,
)


@dataclass(frozen=True, slots=True)
class TeamPorts:
    """What starting and following a run reaches."""

    calls: ToolCalls
    log: EventLog
    feed: EventReader
    runs: ChildRuns
    turns: Turns
    citings: Citings
    flags: StopFlags


class Opening:
    def __init__(self, ports: TeamPorts, request: OpenRequest) -> None:
        self._ports = ports
        self._request = request

    async def run(self) -> OpenReply:
        settle, call = self._request.settle, self._request.settle.call
        # Starting a run twice starts it once: what died in between may be done again.
        started = await self._ports.calls.start(
            settle.turn, call.call_id, repeatable=True, expired=settle.expired, broken=False
        )
        if not started.run or call.child is None:
            return OpenReply(status=started.status)
        task = str(started.arguments.get("task", ""))
        message = self._message(call.child, task)
        await self._ports.runs.make(settle.turn, message, task)
        await self._show(started)
        return OpenReply(status=CallStatus.RUNNING, message=message)

    def _message(self, child: ChildRun, task: str) -> IncomingMessage:
        """The child's, in the name of whoever's turn it is."""
        parent, said = self._request.parent, task.encode()
        return IncomingMessage(
            message_id=child.run_id,
            turn_id=ids.turn_id(child.run_id, child.run_id),
            user_id=parent.user_id,
            content=None if len(said) > INLINE_TEXT_BYTES else task,
            body_hash=hashlib.sha256(said).hexdigest(),
            agent=child.agent,
            request_id=parent.request_id,
            role=parent.role,
            depth=child.depth,
        )

    async def _show(self, started: StartedCall) -> None:
        settle = self._request.settle
        shown = {logged.event.kind for logged in started.events}
        async with self._ports.log.writing(writer_key(settle), always) as writer:
            events = [
                await writer.append(key, event)
                for key, event in self._before(started)
                if event.kind not in shown
            ]
        await self._ports.calls.record(settle.turn, events)

    def _before(self, started: StartedCall) -> list[tuple[str, Event]]:
        settle = self._request.settle
        decided = verdict(settle.call, started)
        return [*([decided] if decided else []), begun(settle)]
