"""Follow the run of an agent that another one called, and end the call with its answer."""

from typing import Final

from temporalio import activity

from activities.failures import reported
from activities.heartbeat import heartbeating
from activities.mirror import Mirror
from activities.opening import Opening, TeamPorts
from activities.settling import always, ended, writer_key
from activities.stopping import stoppable
from activities.tools import MOST_RESULT_CHARACTERS
from domain import nested
from domain.ports.conversations import TurnView
from domain.ports.meters import Meters
from models import ids
from models.payloads.scope import TurnKey
from models.payloads.sources import Source
from models.payloads.team import FollowReply, FollowRequest, OpenReply, OpenRequest
from models.payloads.turn import (
    CallStatus,
    Finish,
    Outcome,
    SettleRequest,
    Spent,
)

# Each holds a slot of the worker for as long as its child works, and the children need slots to
# think: with all 500 held by those who watch, nobody would.
MOST_WATCHED: Final = 200

_ENDINGS: Final = {
    Outcome.STOPPED: "was stopped",
    Outcome.ITERATION_LIMIT: "had no steps left",
    Outcome.BUDGET_EXHAUSTED: "had no budget left",
    Outcome.DEADLINE_EXCEEDED: "had no time left",
    Outcome.CONTAMINATED: "gave an answer that was withdrawn: it followed somebody else",
    Outcome.DENIED: "was refused what it wanted to do",
    Outcome.EXPIRED: "wanted to do something that nobody decided on in time",
    Outcome.FAILED: "failed",
}


class FollowActivities:
    def __init__(self, ports: TeamPorts, meters: Meters) -> None:
        self._ports = ports
        self._meters = meters
        self._watched = 0

    @activity.defn(name="agents.open")
    async def open(self, request: OpenRequest) -> OpenReply:
        """Take the call, and make the place that its run works in."""
        opening = Opening(self._ports, request)
        async with heartbeating():
            with reported():
                # Milliseconds: a stop finds the child started.
                return await stoppable(opening.run(), lambda: None)

    @activity.defn(name="agents.follow")
    async def follow(self, request: FollowRequest) -> FollowReply:
        """Show the run's progress in its caller's log, and end the call with its answer."""
        if self._watched >= MOST_WATCHED and not (request.over or request.stopping):
            return FollowReply(status=CallStatus.PENDING)
        self._watched += 1
        try:
            return await self._follow(request)
        finally:
            self._watched -= 1

    async def _follow(self, request: FollowRequest) -> FollowReply:
        following = Following(self._ports, request.settle)
        if request.stopping:
            following.stop()
        async with heartbeating():
            with reported():
                reply = await stoppable(following.run(), following.stop)
        if following.ended:
            self._meters.call_ended(reply.status)
        return reply


class Following:
    """Stops follow the tree down: a flag in the child's log is felt at its next event."""

    def __init__(self, ports: TeamPorts, settle: SettleRequest) -> None:
        child = settle.call.child
        assert child is not None  # noqa: S101 - nothing else is followed
        self._ports = ports
        self._settle = settle
        self._child = child
        self._turn = TurnKey(
            scope=settle.turn.scope,
            conversation_id=child.run_id,
            turn_id=ids.turn_id(child.run_id, child.run_id),
        )
        self.ended = False
        """The call ended here, and not in an attempt before."""
        self._mirror = Mirror(ports.feed, ports.calls, ports.flags, settle, self._turn)

    def stop(self) -> None:
        self._mirror.stop()

    async def run(self) -> FollowReply:
        settle, calls = self._settle, self._ports.calls
        started = await calls.start(
            settle.turn, settle.call.call_id, repeatable=True, expired=False, broken=False
        )
        status, result, spent = started.status, started.result, Spent()
        if not started.run and status is CallStatus.RUNNING:
            # Its turn has ended without it: nothing is told behind the end.
            return FollowReply(status=CallStatus.UNKNOWN)
        sources: tuple[Source, ...] = ()
        async with self._ports.log.writing(writer_key(settle), always) as writer:
            if started.run:
                if not await self._mirror.run(writer, started.events):
                    return FollowReply(status=CallStatus.PENDING)
                view = await self._view()
                status, result, sources = await self._concluded(view)
                spent = _spent(view)
                status = await calls.finish(
                    settle.turn, settle.call.call_id, status, result, usage=()
                )
                self.ended = True
            told = ended(settle, status, result, sources, code="agent_failed")
            shown = await writer.append(*told)
        await calls.record(settle.turn, [shown])
        return FollowReply(status=status, spent=spent)

    async def _view(self) -> TurnView | None:
        turn = self._turn
        return await self._ports.turns.view(turn.scope, turn.conversation_id, turn.turn_id)

    async def _concluded(self, view: TurnView | None) -> tuple[CallStatus, str, tuple[Source, ...]]:
        """How it ended, and what its caller reads: a child that fails is an answer too."""
        name = self._child.agent.name
        said, sources = await self._said(view)
        if view is None or view.outcome is None:
            return CallStatus.FAILED, f"{name} was ended from outside and gave no answer.", ()
        if view.outcome is Outcome.COMPLETED:
            if view.finish is Finish.NEEDS_MORE_CONTEXT:
                return CallStatus.COMPLETED, f"{name} needs to know: {said}", sources
            return CallStatus.COMPLETED, said or f"{name} said nothing.", sources
        how = _ENDINGS.get(view.outcome, f"ended as {view.outcome}")
        reason = f" ({view.error_detail})" if view.error_detail else ""
        rest = f" What it had said until then:\n{said}" if said else ""
        return CallStatus.FAILED, f"{name} {how}{reason}.{rest}", sources

    async def _said(self, view: TurnView | None) -> tuple[str, tuple[Source, ...]]:
        """Its answer, with what it cites given marks of the caller's own."""
        if view is None or view.answer is None or view.outcome is Outcome.CONTAMINATED:
            return "", ()
        text = view.answer.content
        marks = nested.cited_marks(text)
        kept: dict[int, Source] = {}
        if marks and view.answer.sources:
            passages = [
                passage
                for passage in await self._ports.citings.of(self._turn)
                if passage.source.mark in marks
            ]
            again = await self._ports.citings.keep(self._settle.turn, passages)
            by_id = {passage.source.passage_id: passage.source for passage in again}
            kept = {passage.source.mark: by_id[passage.source.passage_id] for passage in passages}
        text = nested.remarked(text, {old: source.mark for old, source in kept.items()})
        if len(text) > MOST_RESULT_CHARACTERS:
            text = f"{text[:MOST_RESULT_CHARACTERS]}\n[cut: the answer was longer than the limit]"
        return text, tuple(source for source in kept.values() if source.mark)


def _spent(view: TurnView | None) -> Spent:
    if view is None:
        return Spent()
    tokens = view.input_tokens + view.output_tokens
    return Spent(tokens=tokens, cost_usd=view.cost_usd or Spent().cost_usd)
