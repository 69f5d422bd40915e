"""The tool calls of a step: each waits for its person, runs, and is told of."""

import asyncio
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from temporalio import workflow
from temporalio.exceptions import ActivityError, is_cancelled_exception

with workflow.unsafe.imports_passed_through():
    from activities.tools import ToolActivities
    from models.payloads.scope import TurnKey
    from models.payloads.turn import (
        CallRef,
        CallStatus,
        IncomingMessage,
        Limits,
        SettleReply,
        SettleRequest,
    )
    from workflows import policies
    from workflows.team import report_broken, run_child
    from workflows.work import Work
    from workflows.worktime import WorkTime


@dataclass(frozen=True, slots=True)
class Place:
    """Where in its conversation's log a step stands."""

    turn: TurnKey
    number: int
    sequence: int
    step: int


class Calls:
    """Settles calls side by side. A verdict is only a wake-up: the database has it."""

    def __init__(
        self, message: IncomingMessage, limits: Limits, work: Work, time: WorkTime
    ) -> None:
        self._message = message
        self._limits = limits
        self._work = work
        self._time = time
        self._decided: set[UUID] = set()

    def decided(self, approval_id: UUID) -> None:
        self._decided.add(approval_id)

    async def settle(self, place: Place, calls: tuple[CallRef, ...]) -> list[SettleReply]:
        """Bring all to their ends; a stop leaves them as they are."""
        if not calls:
            return []
        names = ", ".join(call.name for call in calls)
        waiting = any(call.approval_id for call in calls)
        workflow.set_current_details(
            f"step {place.step}: {'waits for a person: ' if waiting else ''}{names}"
        )
        return await asyncio.gather(*(self._settle(place, call) for call in calls))

    async def _settle(self, place: Place, call: CallRef) -> SettleReply:
        until = workflow.now() + (call.window or self._limits.approval_window)
        while not self._work.is_stopping():
            expired = call.approval_id is not None and not await self._verdict(
                call.approval_id, until
            )
            if self._work.is_stopping():
                break
            request = SettleRequest(
                turn=place.turn,
                number=place.number,
                sequence=place.sequence,
                step=place.step,
                call=call,
                expired=expired,
            )
            reply = await self._settled(request)
            if reply.status is not CallStatus.PENDING:
                return reply
        return SettleReply(status=CallStatus.PENDING)

    async def _settled(self, request: SettleRequest) -> SettleReply:
        """PENDING when a wake-up came without a verdict: wait on. What is cancelled before it ends,
        by a stop or with the whole run, is begun by nobody else."""
        try:
            return await self._run_or_report(request)
        except ActivityError as error:
            if is_cancelled_exception(error):
                return SettleReply(status=CallStatus.UNKNOWN)
            raise

    async def _run_or_report(self, request: SettleRequest) -> SettleReply:
        try:
            return await self._run(request)
        except ActivityError as error:
            if is_cancelled_exception(error):
                raise
            return await report_broken(request, self._work)

    async def _run(self, request: SettleRequest) -> SettleReply:
        call = request.call
        if call.child is not None:
            reply = await run_child(request, self._message, self._limits, self._work, self._time)
            if reply is not None:
                return reply
        return await self._work.do(
            ToolActivities.settle,
            request,
            policies.tool(call.name, call.timeout, retryable=call.retryable),
        )

    async def _verdict(self, approval_id: UUID, until: datetime) -> bool:
        """Wait for a person; False when the window passed in silence."""
        with self._time.paused():
            try:
                await workflow.wait_condition(
                    lambda: approval_id in self._decided or self._work.is_stopping(),
                    timeout=max(until - workflow.now(), timedelta(milliseconds=1)),
                    timeout_summary="approval window",
                )
            except TimeoutError:
                return False
        self._decided.discard(approval_id)
        return True
