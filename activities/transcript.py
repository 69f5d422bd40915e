"""End a turn: its outcome, its session's clock, what waited for it."""

from collections.abc import Sequence

from temporalio import activity

from activities.beginning import opening_of
from activities.closing import completed, follow_up
from activities.failures import reported
from activities.heartbeat import heartbeating
from domain.ports.engine import Engine
from domain.ports.events import EventLog, LogWriter, WriterKey
from domain.ports.meters import Meters
from domain.ports.transcript import ClaimedTurn, ClosedTurn, Transcript
from models.ids import answer_id
from models.payloads.events import (
    ApprovalDecided,
    Event,
    LoggedEvent,
    StepStarted,
    TextCompleted,
    TextWithdrawn,
    TurnCompleted,
    TurnFailed,
    TurnStopped,
)
from models.payloads.turn import CloseRequest, Outcome

_STOPS = frozenset({Outcome.STOPPED, Outcome.INTERRUPTED, Outcome.WITHDRAWN})


class TranscriptActivities:
    def __init__(
        self, transcript: Transcript, log: EventLog, engine: Engine, meters: Meters
    ) -> None:
        self._transcript = transcript
        self._log = log
        self._engine = engine
        self._meters = meters

    @activity.defn(name="transcript.close")
    async def close(self, request: CloseRequest) -> None:
        """Ends once, however often it is asked. A turn that nothing claimed is claimed first, so
        that every accepted message has a turn with an outcome."""
        async with heartbeating():
            with reported():
                await self._close(request)

    async def _close(self, request: CloseRequest) -> None:
        claimed = await self._claimed(request)
        if claimed.taken:
            return
        if claimed.closed:
            closed = await self._transcript.close(request.turn, request, ())
            await self._log.announce(request.turn.log, claimed.events)
        else:
            closed = await self._end(request, claimed)
        await follow_up(request.turn, closed, self._log, self._engine)

    async def _end(self, request: CloseRequest, claimed: ClaimedTurn) -> ClosedTurn:
        key = _writer_key(request, claimed)
        async with self._log.writing(key, self._always) as writer:
            await writer.publish(claimed.events)
            begun = await _begun(request, writer)
            events = await writer.seal(*await self._ending(request, claimed))
            closed = await self._transcript.close(request.turn, request, (*begun, *events))
            standing = await self._standing(request) if closed.before else events
            await writer.publish(standing)
        if events[-1] in standing:
            self._meters.turn_ended(request.outcome)
        return closed

    async def _claimed(self, request: CloseRequest) -> ClaimedTurn:
        """The usual turn is known to be claimed and open; anything else asks the store."""
        usual = request.outcome is Outcome.COMPLETED and request.number > 0
        if usual and activity.info().attempt == 1:
            return ClaimedTurn(taken=False, number=request.number)
        return await self._claim(request)

    async def _claim(self, request: CloseRequest) -> ClaimedTurn:
        return await self._transcript.claim(
            request.turn, request.claim, opening_of(request.claim), late=True
        )

    async def _standing(self, request: CloseRequest) -> Sequence[LoggedEvent]:
        """What the store has of a turn that had ended before: a run that is cancelled as it hears
        of the end writes another."""
        return (await self._claim(request)).events

    async def _ending(self, request: CloseRequest, claimed: ClaimedTurn) -> list[Event]:
        turn, step = request.turn, request.step
        if request.outcome is Outcome.COMPLETED:
            return [completed(turn, step, request.finish)]
        events: list[Event] = [
            ApprovalDecided(approval_id=approval, call_id=call, decision="withdrawn")
            for approval, call in await self._transcript.withdraw_approvals(turn)
        ]
        said = [e.event.step for e in claimed.events if isinstance(e.event, TextCompleted)]
        if step + 1 not in said:
            # What a broken-off step streamed is nowhere stored: readers drop it.
            events.append(TextWithdrawn(step=step + 1))
        answer = answer_id(turn.turn_id, max(said)) if said else None
        if request.outcome is Outcome.FAILED:
            events.append(
                TurnFailed(
                    code=request.error_code or "internal",
                    detail=request.error_detail or "The turn failed.",
                )
            )
        elif request.outcome in _STOPS:
            if request.outcome is Outcome.WITHDRAWN:
                events.append(TextWithdrawn())
            events.append(TurnStopped(outcome=request.outcome, message_id=answer))
        else:
            events.append(
                TurnCompleted(
                    outcome=request.outcome,
                    finish=request.finish,
                    message_id=answer,
                    code=request.error_code or "",
                    detail=request.error_detail or "",
                )
            )
        return events

    async def _always(self) -> bool:
        """Whoever writes the end is the last: the store ends a turn once."""
        return True


async def _begun(request: CloseRequest, writer: LogWriter) -> tuple[LoggedEvent, ...]:
    """The beginning of a step that was broken off: readers saw it, and no commit stored it."""
    if request.outcome is Outcome.COMPLETED:
        return ()
    step = request.step + 1
    started = await writer.recall(f"step:{step}", StepStarted(step=step))
    return () if started is None else (started,)


def _writer_key(request: CloseRequest, claimed: ClaimedTurn) -> WriterKey:
    info = activity.info()
    return WriterKey(
        log=request.turn.log,
        turn_id=request.turn.turn_id,
        number=claimed.number,
        # Beyond the step that may have been broken off: shuts its zombies out.
        step=request.step + 2,
        activity=info.activity_id,
        attempt=info.attempt,
        floor=max(request.sequence, *(logged.id.sequence for logged in claimed.events), 0),
    )
