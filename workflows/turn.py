"""A conversation's turns: one open run at a time, a bounded queue behind it."""

from collections import deque
from typing import NamedTuple
from uuid import UUID

from temporalio import workflow
from temporalio.common import VersioningBehavior
from temporalio.exceptions import ApplicationError

with workflow.unsafe.imports_passed_through():
    from models import names
    from models.payloads.scope import TurnKey
    from models.payloads.turn import (
        BusyPolicy,
        IncomingMessage,
        MessageQueue,
        Outcome,
        QueuedMessage,
        SendResult,
        SendStatus,
        TurnResult,
        TurnStart,
        Withdrawal,
    )
    from workflows.ending import Ending
    from workflows.loop import Turn
    from workflows.stops import Stops
    from workflows.visible import attributes_of, show_outcome

_STOPS = {
    BusyPolicy.INTERRUPT: Outcome.INTERRUPTED,
    BusyPolicy.ROLLBACK: Outcome.WITHDRAWN,
}


class _Taken(NamedTuple):
    """Which turn has a message, and what it said."""

    turn_id: UUID
    body_hash: str

    @classmethod
    def by(cls, message: IncomingMessage) -> "_Taken":
        return cls(message.turn_id, message.body_hash)


def _steers(message: IncomingMessage, turn: Turn) -> bool:
    """Only whose turn it is may, with no smaller role than it began with: what the turn does, it
    does in that person's name. Anybody else's message gets a turn of its own."""
    owner = turn.message
    own = message.user_id == owner.user_id and message.role.includes(owner.role)
    if not own and workflow.patched("steered-by-its-owner"):
        return False
    return turn.steer(message)


def _result(taken: _Taken, status: SendStatus, position: int = 0) -> SendResult:
    return SendResult(
        turn_id=taken.turn_id, status=status, position=position, body_hash=taken.body_hash
    )


def _queued(message: IncomingMessage) -> QueuedMessage:
    return QueuedMessage(
        message_id=message.message_id,
        turn_id=message.turn_id,
        user_id=message.user_id,
        agent=message.agent.name,
        content=message.content,
    )


@workflow.defn(name=names.TURN_WORKFLOW, versioning_behavior=VersioningBehavior.PINNED)
class TurnWorkflow:
    """Answers the messages of one conversation, each in a turn, each turn in a run of its own
    (short ones may share one: see `Limits.same_run`)."""

    @workflow.init
    def __init__(self, start: TurnStart) -> None:
        self._start = start
        self._queue = deque(start.messages)
        self._refused: list[IncomingMessage] = []
        self._withdrawn: list[IncomingMessage] = []
        self._seen = {message.message_id: _Taken.by(message) for message in start.messages}
        self._turn: Turn | None = None
        self._stops = Stops(start.stopped)

    @workflow.run
    async def run(self, start: TurnStart) -> TurnResult:
        while True:
            result = await self._answer(self._queue.popleft())
            await self._settle()
            if not self._queue:
                return result
            age = workflow.now() - workflow.info().start_time
            if age >= start.limits.same_run:
                self._continue()

    @workflow.update(name=names.SEND_UPDATE)
    def send(self, message: IncomingMessage) -> SendResult:
        return self._accept(message)

    @send.validator
    def _may_send(self, message: IncomingMessage) -> None:
        if message.message_id in self._seen:
            return
        if self._busy() and message.on_busy is BusyPolicy.REJECT:
            raise ApplicationError("A turn is running.", type="conversation_busy")
        if self._full():
            raise ApplicationError("Too many messages wait already.", type="queue_full")

    @workflow.signal(name=names.SEND_SIGNAL)
    def deliver(self, message: IncomingMessage) -> None:
        """The same message by the durable path. The caller was told that it is accepted, so one
        too many gets a turn that says so instead of vanishing."""
        if self._full() and message.message_id not in self._seen:
            self._seen[message.message_id] = _Taken.by(message)
            self._refused.append(message)
        else:
            self._accept(message)

    @workflow.query(name=names.QUEUE_QUERY)
    def queue(self) -> MessageQueue:
        return MessageQueue(messages=tuple(map(_queued, self._behind())))

    @workflow.update(name=names.WITHDRAW_UPDATE)
    def withdraw(self, wish: Withdrawal) -> None:
        """Its turn ends as withdrawn, once the running one has: one log is written by one turn at
        a time. It follows whatever is last then, so that the path stays as it is."""
        message = self._found(wish.message_id)
        if message is not None:
            self._queue.remove(message)
            plain = {"parent_id": None, "regenerates": None}
            self._withdrawn.append(message.model_copy(update=plain))

    @withdraw.validator
    def _may_withdraw(self, wish: Withdrawal) -> None:
        message = self._found(wish.message_id)
        if message is None:
            raise ApplicationError("The message does not wait.", type="already_started")
        if wish.user_id not in {None, message.user_id}:
            raise ApplicationError("Somebody else sent the message.", type="not_the_sender")

    @workflow.signal(name=names.STOP_SIGNAL)
    def stop(self, turn_id: UUID | None) -> None:
        self._stops.ask(turn_id, self._turn, self._waiting())

    @workflow.signal(name=names.DECIDED_SIGNAL)
    def decided(self, approval_id: UUID) -> None:
        if self._turn is not None:
            self._turn.decided(approval_id)

    def _waiting(self) -> list[UUID]:
        return [message.turn_id for message in self._queue]

    def _behind(self) -> list[IncomingMessage]:
        """With no turn running, the first of the queue is the next and does not wait."""
        return list(self._queue)[self._turn is None :]

    def _found(self, message_id: UUID) -> IncomingMessage | None:
        return next((one for one in self._behind() if one.message_id == message_id), None)

    def _full(self) -> bool:
        """With no turn running yet, the first of the queue is the next and does not wait;
        messages that steer may end up in the queue. One that was taken back keeps its place until
        its turn has ended: they are bounded as well."""
        steering = 0 if self._turn is None else len(self._turn.steered)
        waiting = len(self._queue) - (self._turn is None) + steering + len(self._withdrawn)
        return waiting >= self._start.limits.queue_length

    def _busy(self) -> bool:
        return self._turn is not None or bool(self._queue)

    def _accept(self, message: IncomingMessage) -> SendResult:
        if (taken := self._seen.get(message.message_id)) is not None:
            return self._status(taken)
        turn = self._turn
        policy = message.on_busy
        if turn is not None and policy is BusyPolicy.STEER and _steers(message, turn):
            taken = _Taken(turn.message.turn_id, message.body_hash)
            self._seen[message.message_id] = taken
            return _result(taken, SendStatus.STEERED)
        self._seen[message.message_id] = taken = _Taken.by(message)
        stops = None
        if policy in _STOPS:
            self._queue.appendleft(message)
            if turn is not None and turn.stop(_STOPS[policy]):
                stops = turn.message.turn_id
        else:
            self._queue.append(message)
        return self._status(taken).model_copy(update={"stops": stops})

    def _status(self, taken: _Taken) -> SendResult:
        waiting = self._waiting()
        if taken.turn_id not in waiting:
            return _result(taken, SendStatus.STARTED)
        ahead = waiting.index(taken.turn_id) + (self._turn is not None)
        return _result(taken, SendStatus.QUEUED if ahead else SendStatus.STARTED, ahead)

    async def _answer(self, message: IncomingMessage) -> TurnResult:
        turn = self._turn = self._new_turn(message)
        if self._stops.reached(message.turn_id):
            turn.stop(Outcome.STOPPED)
        result = await turn.run()
        self._turn = None
        self._stops.ended(result.outcome)
        # They were promised an answer, and no step was left to give it.
        self._queue.extendleft(reversed(turn.steered))
        show_outcome(result.outcome)
        return result

    async def _settle(self) -> None:
        """Every message that was accepted and will not run gets its end before this run's."""
        while True:
            await self._end_withdrawn()
            await self._refuse_overflow()
            await workflow.wait_condition(workflow.all_handlers_finished)
            if not self._withdrawn and not self._refused:
                return

    async def _end_withdrawn(self) -> None:
        while self._withdrawn:
            turn = self._new_turn(self._withdrawn.pop(0))
            await turn.refuse(Ending(Outcome.WITHDRAWN))

    async def _refuse_overflow(self) -> None:
        while self._refused:
            turn = self._new_turn(self._refused.pop(0))
            ending = Ending(
                Outcome.FAILED, code="queue_full", detail="Too many messages waited already."
            )
            await turn.refuse(ending)

    def _new_turn(self, message: IncomingMessage) -> Turn:
        key = TurnKey(
            scope=self._start.scope,
            conversation_id=self._start.conversation_id,
            turn_id=message.turn_id,
            request_id=message.request_id,
        )
        return Turn(key, message, self._start.limits)

    def _continue(self) -> None:
        messages, stopped = tuple(self._queue), self._stops.of(self._waiting())
        workflow.continue_as_new(
            self._start.model_copy(update={"messages": messages, "stopped": stopped}),
            search_attributes=attributes_of(
                self._start.scope, self._start.conversation_id, messages[0].agent.name
            ),
            # A turn stays on the version that it started on; the next one starts anew.
            initial_versioning_behavior=workflow.ContinueAsNewVersioningBehavior.AUTO_UPGRADE,
        )
