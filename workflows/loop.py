"""The agent loop: one turn from its message to its end, in a conversation or on its own."""

import asyncio
from collections.abc import Callable, Coroutine
from datetime import datetime, timedelta
from typing import Any, TypeVar
from uuid import UUID

from temporalio import workflow
from temporalio.exceptions import ActivityError, is_cancelled_exception

with workflow.unsafe.imports_passed_through():
    from activities.model import ModelActivities
    from activities.retrieval import RetrievalActivities
    from activities.tools import ToolActivities
    from activities.transcript import TranscriptActivities
    from models.payloads.scope import TurnKey
    from models.payloads.turn import (
        CallRef,
        CallStatus,
        Claim,
        CloseRequest,
        Closing,
        IncomingMessage,
        Limits,
        Outcome,
        PrepareRequest,
        SettleRequest,
        ThinkReply,
        ThinkRequest,
        ThinkStatus,
        TurnResult,
    )
    from workflows import policies
    from workflows.ending import Ending, ending_of
    from workflows.worktime import WorkTime

Request = TypeVar("Request")
Reply = TypeVar("Reply")


class Turn:
    """Runs one turn. Its owner tells it of stops, verdicts and messages that steer it."""

    def __init__(
        self, key: TurnKey, message: IncomingMessage, limits: Limits, *, sessions: bool = True
    ) -> None:
        self.message = message
        self.steered: list[IncomingMessage] = []
        """Messages that the next step will take; those left over had no step to take them."""
        self._key = key
        self._limits = limits
        self._sessions = sessions
        self._claim = Claim(message=message, owner=workflow.info().run_id)
        self._number = 0
        self._sequence = 0
        self._step = 0
        self._tokens = 0
        self._bad_steps = 0
        self._steps_allowed = message.agent.iteration_limit
        self._stopping: Outcome | None = None
        self._closing = False
        self._decided: set[UUID] = set()
        self._working: set[workflow.ActivityHandle[Any]] = set()
        self._time = WorkTime(message.agent.deadline)

    def stop(self, outcome: Outcome) -> None:
        """End the turn now, keeping what was said. Too late while it closes."""
        if self._stopping is None:
            self._stopping = outcome
        for handle in self._working:
            handle.cancel()

    def steer(self, message: IncomingMessage) -> bool:
        """Add a message before the next step. False when there will be none."""
        if self._closing or self._stopping is not None:
            return False
        self.steered.append(message)
        return True

    def decided(self, approval_id: UUID) -> None:
        """A verdict stands in the database: go and look."""
        self._decided.add(approval_id)

    async def run(self) -> TurnResult:
        try:
            ending = await self._work()
        except (ActivityError, asyncio.CancelledError) as error:
            ending = self._broken_off(error)
        self._closing = True
        return await self._close(ending)

    async def refuse(self, ending: Ending) -> TurnResult:
        """End the turn before it began."""
        self._closing = True
        return await self._close(ending)

    def _is_stopping(self) -> bool:
        return self._stopping is not None

    def _broken_off(self, error: BaseException) -> Ending:
        # Also where nobody was left to hear of the stop: a dead worker's activity times out.
        if self._is_stopping() or is_cancelled_exception(error):
            return Ending(self._stopping or Outcome.STOPPED)
        if self._time.is_over():
            return Ending(Outcome.DEADLINE_EXCEEDED)
        return ending_of(error)

    async def _work(self) -> Ending:
        agent = self.message.agent
        # What a person names is read, whoever answers.
        if agent.retrieves or self.message.references:
            prepared = await self._do(
                RetrievalActivities.prepare,
                PrepareRequest(turn=self._key, claim=self._claim),
                policies.prepare(),
            )
            if prepared.duplicate:
                return Ending(Outcome.DUPLICATE)
            self._number = prepared.number
        while (ending := self._limit_reached()) is None:
            reply = await self._think()
            if reply.status is ThinkStatus.DUPLICATE:
                return Ending(Outcome.DUPLICATE)
            if reply.status is ThinkStatus.STOPPED:
                late = Outcome.DEADLINE_EXCEEDED if reply.late else Outcome.STOPPED
                return Ending(self._stopping or late, reply.finish)
            if reply.closed or (reply.status is ThinkStatus.ANSWERED and not self._goes_on()):
                return Ending(Outcome.COMPLETED, reply.finish, closed=reply.closed)
            await self._settle_all(reply.calls)
        return ending

    def _goes_on(self) -> bool:
        """An answer is followed by another step when something steers the turn: one more than
        the agent's limit, if need be. Other limits end it as answered."""
        if not self.steered or self._is_stopping():
            return False
        over_budget = self._tokens >= self.message.agent.token_budget
        if over_budget or self._time.is_over():
            return False
        if self._step >= self._steps_allowed:
            self._steps_allowed += 1
        return True

    def _limit_reached(self) -> Ending | None:
        agent = self.message.agent
        if self._stopping is not None:
            return Ending(self._stopping)
        if self._bad_steps >= self._limits.bad_calls:
            return Ending(
                Outcome.FAILED,
                code="tool_calls_invalid",
                detail=f"The model made {self._bad_steps} invalid tool calls in a row.",
            )
        if self._step >= self._steps_allowed:
            return Ending(Outcome.ITERATION_LIMIT)
        if self._tokens >= agent.token_budget:
            return Ending(Outcome.BUDGET_EXHAUSTED)
        if self._time.is_over():
            return Ending(Outcome.DEADLINE_EXCEEDED)
        return None

    async def _think(self) -> ThinkReply:
        agent = self.message.agent
        step = self._step + 1
        workflow.set_current_details(f"step {step}: {agent.name} thinks")
        steered, self.steered = tuple(self.steered), []
        request = ThinkRequest(
            turn=self._key,
            step=step,
            agent=agent,
            number=self._number,
            claim=None if self._number else self._claim,
            steered=steered,
            approval_window=self._limits.approval_window,
            time_left=self._time.left(),
            closing=Closing(idle_window=self._limits.idle_window, sessions=self._sessions),
        )
        policy = policies.think(step, agent.name, self._time.left())
        try:
            reply = await self._do(ModelActivities.think, request, policy)
        except ActivityError:
            # Whoever owns this turn gives them a turn of their own, unless a step took them.
            self.steered = [*steered, *self.steered]
            raise
        self._step = step
        self._number = reply.number
        self._sequence = reply.sequence
        self._tokens += reply.tokens
        bad = bool(reply.calls) and not any(call.valid for call in reply.calls)
        self._bad_steps = self._bad_steps + 1 if bad else 0
        return reply

    async def _settle_all(self, calls: tuple[CallRef, ...]) -> None:
        valid = [call for call in calls if call.valid]
        if not valid:
            return
        names = ", ".join(call.name for call in valid)
        waiting = any(call.approval_id for call in valid)
        workflow.set_current_details(
            f"step {self._step}: {'waits for a person: ' if waiting else ''}{names}"
        )
        await asyncio.gather(*(self._settle(call) for call in valid))

    async def _settle(self, call: CallRef) -> None:
        until = workflow.now() + self._limits.approval_window
        while not self._is_stopping():
            expired = call.approval_id is not None and not await self._verdict(
                call.approval_id, until
            )
            if self._is_stopping():
                return
            request = SettleRequest(
                turn=self._key,
                number=self._number,
                sequence=self._sequence,
                step=self._step,
                call=call,
                expired=expired,
            )
            if await self._settled(request) is not CallStatus.PENDING:
                return

    async def _settled(self, request: SettleRequest) -> CallStatus:
        """PENDING when a wake-up came without a verdict: wait on."""
        call = request.call
        try:
            reply = await self._do(
                ToolActivities.settle,
                request,
                policies.tool(call.name, call.timeout, retryable=call.retryable),
            )
        except ActivityError as error:
            if is_cancelled_exception(error) and self._is_stopping():
                return CallStatus.UNKNOWN
            reply = await workflow.execute_activity_method(
                ToolActivities.settle,
                request.model_copy(update={"broken": True}),
                **policies.report_call(call.name, call.timeout),
            )
        return reply.status

    async def _verdict(self, approval_id: UUID, until: datetime) -> bool:
        """Wait for a person; False when the window passed in silence."""
        with self._time.paused():
            try:
                await workflow.wait_condition(
                    lambda: approval_id in self._decided or self._is_stopping(),
                    timeout=max(until - workflow.now(), timedelta(milliseconds=1)),
                    timeout_summary="approval window",
                )
            except TimeoutError:
                return False
        self._decided.discard(approval_id)
        return True

    async def _do(
        self,
        activity: Callable[[Any, Request], Coroutine[Any, Any, Reply]],
        request: Request,
        policy: workflow.ActivityConfig,
    ) -> Reply:
        """Run an activity that a stop reaches."""
        handle: workflow.ActivityHandle[Reply] = workflow.start_activity_method(
            activity, request, **policy
        )
        self._working.add(handle)
        if self._stopping is not None:
            handle.cancel()
        try:
            return await handle
        finally:
            self._working.discard(handle)

    async def _close(self, ending: Ending) -> TurnResult:
        result = TurnResult(turn_id=self._key.turn_id, outcome=ending.outcome, steps=self._step)
        if ending.outcome is Outcome.DUPLICATE:
            return result
        workflow.set_current_details(f"closes: {ending.outcome}")
        if ending.closed:
            return result
        try:
            await self._write_end(ending)
        except ActivityError as error:
            # The conversation was deleted under the turn. Messages behind it go on.
            workflow.logger.error("The turn could not be closed: %s", error.cause)
        return result

    async def _write_end(self, ending: Ending) -> None:
        """Written also when somebody cancels the run at this very moment."""
        closing = (TranscriptActivities.close, self._close_request(ending))
        policy = policies.close(ending.outcome)
        try:
            await workflow.execute_activity_method(*closing, **policy)
        except ActivityError as error:
            if not is_cancelled_exception(error):
                raise
            await workflow.execute_activity_method(*closing, **policy)

    def _close_request(self, ending: Ending) -> CloseRequest:
        return CloseRequest(
            turn=self._key,
            claim=self._claim,
            number=self._number,
            sequence=self._sequence,
            outcome=ending.outcome,
            finish=ending.finish,
            step=self._step,
            error_code=ending.code,
            error_detail=ending.detail,
            idle_window=self._limits.idle_window,
            sessions=self._sessions,
        )
