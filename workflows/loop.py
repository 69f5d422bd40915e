"""The agent loop: one turn from its message to its end, in a conversation or on its own."""

import asyncio
from uuid import UUID

from temporalio import workflow
from temporalio.exceptions import ActivityError, is_cancelled_exception

with workflow.unsafe.imports_passed_through():
    from activities.model import ModelActivities
    from activities.retrieval import RetrievalActivities
    from activities.routing import RoutingActivities
    from activities.transcript import TranscriptActivities
    from models.payloads.agent import AUTO, AgentPlan, OnRefusal, Strategy
    from models.payloads.routing import ChooseRequest
    from models.payloads.scope import TurnKey
    from models.payloads.turn import (
        CallRef,
        CallStatus,
        Claim,
        CloseRequest,
        Closing,
        Finish,
        IncomingMessage,
        Limits,
        Outcome,
        PrepareRequest,
        ThinkReply,
        ThinkRequest,
        ThinkStatus,
        TurnResult,
    )
    from workflows import policies
    from workflows.account import Account, exhausted
    from workflows.calls import Calls, Place
    from workflows.ending import Ending, ending_of
    from workflows.work import Work
    from workflows.worktime import WorkTime

# The second is raised in place of a result, or of the first, that comes in the same task as the
# run's cancellation.
_FAILS = (ActivityError, asyncio.CancelledError)
_REFUSED = {CallStatus.DENIED: Outcome.DENIED, CallStatus.EXPIRED: Outcome.EXPIRED}


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
        self._closing = False
        self._time = WorkTime(message.agent.deadline)
        self._work = Work()
        self._calls = Calls(message, limits, self._work, self._time)
        self._account = Account(message.agent, bad_steps_allowed=limits.bad_calls)

    def stop(self, outcome: Outcome) -> bool:
        """End the turn now, keeping what was said. False when it closes: then it is too late."""
        self._work.stop(outcome)
        return not self._closing

    def steer(self, message: IncomingMessage) -> bool:
        """Add a message before the next step. False when there will be none."""
        if self._closing or self._work.is_stopping():
            return False
        self.steered.append(message)
        return True

    def decided(self, approval_id: UUID) -> None:
        """A verdict stands in the database: go and look."""
        self._calls.decided(approval_id)

    async def run(self) -> TurnResult:
        try:
            ending = await self._answer()
        except _FAILS as error:
            ending = self._broken_off(error)
        self._closing = True
        return await self._close(ending)

    async def refuse(self, ending: Ending) -> TurnResult:
        """End the turn before it began."""
        self._closing = True
        return await self._close(ending)

    def _broken_off(self, error: BaseException) -> Ending:
        # Also where nobody was left to hear of the stop: a dead worker's activity times out.
        if self._work.is_stopping() or is_cancelled_exception(error):
            return Ending(self._work.stopping or Outcome.STOPPED)
        if self._time.is_over():
            return Ending(Outcome.DEADLINE_EXCEEDED)
        return ending_of(error)

    async def _answer(self) -> Ending:
        if (ending := await self._choose() or await self._prepare()) is not None:
            return ending
        while (ending := self._limit_reached()) is None:
            reply = await self._think()
            if (ending := self._ended_by(reply)) is not None:
                return ending
            if (ending := await self._act(reply.calls)) is not None:
                return ending
        return ending

    async def _choose(self) -> Ending | None:
        """Who answers, and how, where the message leaves it open."""
        agent = self.message.agent
        if agent.name != AUTO and agent.strategy is not Strategy.AUTO:
            return None
        chosen = await self._work.do(
            RoutingActivities.choose,
            ChooseRequest(turn=self._key, claim=self._claim),
            policies.choose(),
        )
        if chosen.agent is None:
            return Ending(Outcome.DUPLICATE)
        self._take(chosen.agent)
        self._account.add(chosen.spent)
        return None

    def _take(self, agent: AgentPlan) -> None:
        """What the agent may use counts from here."""
        self.message = self.message.model_copy(update={"agent": agent})
        self._claim = self._claim.model_copy(update={"message": self.message})
        self._account = Account(agent, bad_steps_allowed=self._limits.bad_calls)
        self._time.allow(agent.deadline)

    async def _prepare(self) -> Ending | None:
        # What a person names is read, whoever answers.
        if not (self.message.agent.retrieves or self.message.references):
            return None
        prepared = await self._work.do(
            RetrievalActivities.prepare,
            PrepareRequest(turn=self._key, claim=self._claim),
            policies.prepare(),
        )
        self._number = prepared.number
        return Ending(Outcome.DUPLICATE) if prepared.duplicate else None

    def _ended_by(self, reply: ThinkReply) -> Ending | None:
        if reply.status is ThinkStatus.DUPLICATE:
            return Ending(Outcome.DUPLICATE)
        if reply.exhausted:
            return exhausted(reply.exhausted)
        if reply.status is ThinkStatus.STOPPED:
            late = Outcome.DEADLINE_EXCEEDED if reply.late else Outcome.STOPPED
            return Ending(self._work.stopping or late, reply.finish)
        if reply.contaminated:
            return Ending(Outcome.CONTAMINATED, reply.finish, closed=reply.closed)
        if reply.closed or (reply.status is ThinkStatus.ANSWERED and not self._goes_on()):
            return Ending(Outcome.COMPLETED, reply.finish, closed=reply.closed)
        return None

    def _goes_on(self) -> bool:
        """An answer is followed by another step when something steers the turn."""
        if not self.steered or self._work.is_stopping() or self._time.is_over():
            return False
        return self._account.go_on()

    def _limit_reached(self) -> Ending | None:
        if self._work.stopping is not None:
            return Ending(self._work.stopping)
        if (ending := self._account.reached()) is not None:
            return ending
        if self._time.is_over():
            return Ending(Outcome.DEADLINE_EXCEEDED)
        return None

    async def _think(self) -> ThinkReply:
        agent = self.message.agent
        step = self._account.step + 1
        workflow.set_current_details(f"step {step}: {agent.name} thinks")
        steered, self.steered = tuple(self.steered), []
        request = self._think_request(step, steered)
        policy = policies.think(step, agent.name, self._time.left())
        try:
            reply = await self._work.do(ModelActivities.think, request, policy)
        except _FAILS:
            # Whoever owns this turn gives them a turn of their own, unless a step took them.
            self.steered = [*steered, *self.steered]
            raise
        self._number = reply.number
        self._sequence = reply.sequence
        if not reply.exhausted:
            self._account.take(step, reply)
        return reply

    def _think_request(self, step: int, steered: tuple[IncomingMessage, ...]) -> ThinkRequest:
        return ThinkRequest(
            turn=self._key,
            step=step,
            agent=self.message.agent,
            number=self._number,
            claim=None if self._number else self._claim,
            steered=steered,
            approval_window=self._limits.approval_window,
            time_left=self._time.left(),
            closing=Closing(idle_window=self._limits.idle_window, sessions=self._sessions),
            role=self.message.role,
            depth=self.message.depth,
            spent=self._account.spent,
        )

    async def _act(self, calls: tuple[CallRef, ...]) -> Ending | None:
        """Let the calls run. An agent may end with the first that is refused."""
        if (ending := self._account.too_many_calls()) is not None:
            return ending
        place = Place(self._key, self._number, self._sequence, self._account.step)
        replies = await self._calls.settle(place, tuple(call for call in calls if call.valid))
        for reply in replies:
            self._account.add(reply.spent)
        if self.message.agent.on_refusal is not OnRefusal.END:
            return None
        statuses = [reply.status for reply in replies]
        statuses += [CallStatus.DENIED for call in calls if call.denied]
        refused = [_REFUSED[status] for status in statuses if status in _REFUSED]
        return Ending(refused[0], Finish.TOOL_CALLS) if refused else None

    async def _close(self, ending: Ending) -> TurnResult:
        result = TurnResult(
            turn_id=self._key.turn_id,
            outcome=ending.outcome,
            steps=self._account.step,
            spent=self._account.spent,
        )
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
        """Written also when somebody cancels the run at this very moment: a run is cancelled
        once."""
        closing = (TranscriptActivities.close, self._close_request(ending))
        policy = policies.close(ending.outcome)
        try:
            await workflow.execute_activity_method(*closing, **policy)
        except _FAILS as error:
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
            step=self._account.step,
            error_code=ending.code,
            error_detail=ending.detail,
            idle_window=self._limits.idle_window,
            sessions=self._sessions,
        )
