"""Run a tool call, or record why it did not run."""

import asyncio
from typing import Any

import orjson
from temporalio import activity

from activities.accounting import spent
from activities.failures import reported
from activities.heartbeat import heartbeating
from activities.settling import SHOWN_CHARACTERS, always, begun, ended, verdict, writer_key
from activities.stopping import stoppable
from domain.ports.agents import Agents
from domain.ports.events import EventLog, LogWriter
from domain.ports.meters import Meters
from domain.ports.transcript import StartedCall, ToolCalls, UsageEntry
from domain.tools.tool import ToolContext
from domain.tools.toolbox import Tools
from models.errors import AppError
from models.ids import idempotency_key
from models.payloads.agent import Agent
from models.payloads.events import (
    ApprovalExpired,
    Event,
    LoggedEvent,
)
from models.payloads.sources import Source
from models.payloads.turn import CallStatus, SettleReply, SettleRequest

# A result is kept whole up to here; what a tool returns beyond is cut, and says so.
MOST_RESULT_CHARACTERS = 256_000
_CUT = "\n[cut: the result was longer than the limit]"

# A person waits: who asks for a longer pause is told of to the model, which may go on without.
LONGEST_PAUSE = 6.0  # seconds

# How an ending that nobody ran reads to the model and to readers.
_REFUSALS = {
    CallStatus.DENIED: ("denied", "A person refused this call."),
    CallStatus.EXPIRED: ("expired", "Nobody approved this call in time; it did not run."),
    CallStatus.REVISED: ("revised", "A person asked for a change before this may run."),
    CallStatus.UNKNOWN: ("unknown", "It was started and it is not known whether it ended."),
}
# Whoever ran it may have said so before it died, and what was shown is stored.
_MAY_HAVE_RUN = frozenset({CallStatus.COMPLETED, CallStatus.FAILED, CallStatus.UNKNOWN})


def _edited(arguments: dict[str, Any]) -> str:
    """The model asked for something else, and would tell the user so."""
    ran = orjson.dumps(arguments).decode()[:SHOWN_CHARACTERS]
    return f"A person changed the arguments before this ran. What ran: {ran}"


def _is_tried_again(error: AppError) -> bool:
    """Not after the last attempt: its failure is known, and told by its own name."""
    info = activity.info()
    most = 0 if info.retry_policy is None else info.retry_policy.maximum_attempts
    last = bool(most) and info.attempt >= most
    return error.retryable and not last and (error.retry_after or 0.0) <= LONGEST_PAUSE


class ToolActivities:
    """One attempt by default: a tool may do what cannot be undone."""

    def __init__(
        self, calls: ToolCalls, log: EventLog, tools: Tools, agents: Agents, meters: Meters
    ) -> None:
        self._calls = calls
        self._log = log
        self._tools = tools
        self._agents = agents
        self._meters = meters

    @activity.defn(name="tools.settle")
    async def settle(self, request: SettleRequest) -> SettleReply:
        """Bring the call to its end; a repeat finds the end and only reports it."""
        settlement = Settlement(self._calls, self._log, self._tools, self._agents, request)
        if request.stopping:
            settlement.stop()
        async with heartbeating():
            with reported():
                reply = await stoppable(settlement.run(), settlement.stop)
        for entry in settlement.usage:
            self._meters.used(entry)
        if reply.status is not CallStatus.PENDING:
            self._meters.call_ended(reply.status)
        return reply


class Settlement:
    """The result is committed before readers hear of it, so that no crash leaves them knowing
    of an end that the store does not."""

    def __init__(
        self,
        calls: ToolCalls,
        log: EventLog,
        tools: Tools,
        agents: Agents,
        request: SettleRequest,
    ) -> None:
        self._calls = calls
        self._log = log
        self._tools = tools
        self._agents = agents
        self._request = request
        self._call = request.call
        self._running: asyncio.Task[str] | None = None
        self._stop = asyncio.Event()
        self.usage: list[UsageEntry] = []
        """Of the tool's own calls to providers."""
        self._sources: list[Source] = []
        self._failure = "tool_failed"
        """The tool's own name for it; a repeat that only reports does not know it."""

    def stop(self) -> None:
        self._stop.set()
        if self._running is not None:
            self._running.cancel()

    async def run(self) -> SettleReply:
        request, call = self._request, self._call
        started = await self._calls.start(
            request.turn,
            call.call_id,
            repeatable=call.retryable,
            expired=request.expired,
            broken=request.broken,
        )
        if started.status is CallStatus.PENDING:
            # A wake-up without a verdict.
            return SettleReply(status=CallStatus.PENDING)
        async with self._log.writing(writer_key(self._request), always) as writer:
            events = [await writer.append(key, event) for key, event in self._before(started)]
            status: CallStatus = started.status
            result = started.result
            if started.run:
                status, result = await self._execute(started)
            elif status in _REFUSALS:
                result = await self._refuse(started)
            events.append(await self._report(writer, status, result))
            await self._calls.record(request.turn, events)
        # By the tool's own calls to providers; a repeat that only reports spent nothing.
        return SettleReply(status=status, spent=spent(self.usage))

    def _before(self, started: StartedCall) -> list[tuple[str, Event]]:
        """What is to be told before the end: the verdict, and that the tool runs."""
        events: list[tuple[str, Event]] = []
        call = self._call
        if decided := verdict(call, started):
            events.append(decided)
        elif call.approval_id is not None and started.status is CallStatus.EXPIRED:
            expired = ApprovalExpired(approval_id=call.approval_id, call_id=call.call_id)
            events.append((f"{call.approval_id}:decided", expired))
        if started.run or started.status in _MAY_HAVE_RUN:
            events.append(begun(self._request))
        return events

    async def _execute(self, started: StartedCall) -> tuple[CallStatus, str]:
        status, result = await self._run_tool(started)
        if started.edited:
            result = f"{_edited(started.arguments)}\n{result}"
        if len(result) > MOST_RESULT_CHARACTERS:
            result = result[:MOST_RESULT_CHARACTERS] + _CUT
        standing = await self._calls.finish(
            self._request.turn, self._call.call_id, status, result, usage=self.usage
        )
        return standing, result

    async def _run_tool(self, started: StartedCall) -> tuple[CallStatus, str]:
        scope = self._request.turn.scope
        tool = (await self._tools.of(scope, [started.name])).get(started.name)
        if tool is None:
            return CallStatus.FAILED, "This tool is not available any more."
        context = ToolContext(
            turn=self._request.turn,
            idempotency_key=idempotency_key(
                self._request.turn.scope.space_id, self._request.turn.turn_id, self._call.call_id
            ),
            user_id=started.user_id,
            usage=self.usage,
            sources=self._sources,
            agent=await self._agent(started),
        )
        # Nothing is awaited from here on: a stop finds the tool, or is found.
        if self._stop.is_set():
            return CallStatus.FAILED, "The turn was stopped before this ran."
        self._running = asyncio.create_task(tool.run(context, started.arguments))
        try:
            async with asyncio.timeout(self._call.timeout.total_seconds()):
                return CallStatus.COMPLETED, await self._running
        except TimeoutError:
            # A write may have happened all the same.
            status = CallStatus.FAILED if self._call.retryable else CallStatus.UNKNOWN
            return status, f"The tool took longer than {self._call.timeout}."
        except asyncio.CancelledError:
            if not self._stop.is_set():
                raise
            return CallStatus.UNKNOWN, "The turn was stopped while this ran."
        except AppError as error:
            if self._call.retryable and _is_tried_again(error):
                raise
            self._failure = error.code
            return CallStatus.FAILED, error.detail

    async def _agent(self, started: StartedCall) -> Agent | None:
        if started.agent is None:
            return None
        return await self._agents.get(self._request.turn.scope, *started.agent)

    async def _refuse(self, started: StartedCall) -> str:
        _, text = _REFUSALS[started.status]
        result = f"{text} Note: {started.note}" if started.note else text
        await self._calls.finish(
            self._request.turn, self._call.call_id, started.status, result, usage=()
        )
        return result

    async def _report(self, writer: LogWriter, status: CallStatus, result: str) -> LoggedEvent:
        code, _ = _REFUSALS.get(status, (self._failure, ""))
        # A repeat that only reports has no sources: the message has them all the same.
        told = ended(self._request, status, result, self._sources, code=code)
        return await writer.append(*told)
