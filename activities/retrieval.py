"""Claim a message and look up what its answer may stand on."""

import asyncio
from contextlib import AbstractAsyncContextManager
from functools import partial

from temporalio import activity

from activities.beginning import opening_of
from activities.failures import reported
from activities.gathering import Gathered, Gathering, Sought, gist_of
from activities.heartbeat import heartbeating
from domain.ports.agents import Agents
from domain.ports.events import EventLog, LogWriter, WriterKey
from domain.ports.transcript import ClaimedTurn, Transcript, UsageEntry
from domain.prompting import PROFILE_MARK
from domain.query import MESSAGE_CHARACTERS, MOST_MESSAGES
from domain.strategy import applied
from models.errors import AppError
from models.payloads.events import RetrievalCompleted, RetrievalStarted, TurnStarted, UsageRecorded
from models.payloads.scope import TurnKey
from models.payloads.turn import PrepareReply, PrepareRequest


class RetrievalActivities:
    def __init__(
        self, transcript: Transcript, log: EventLog, agents: Agents, gathering: Gathering
    ) -> None:
        self._transcript = transcript
        self._log = log
        self._agents = agents
        self._gathering = gathering

    @activity.defn(name="retrieval.prepare")
    async def prepare(self, request: PrepareRequest) -> PrepareReply:
        """A failed retrieval is told to the reader, and the turn goes on without passages."""
        async with heartbeating():
            with reported():
                return await self._prepare(request)

    async def _prepare(self, request: PrepareRequest) -> PrepareReply:
        claim = request.claim
        claimed = await self._transcript.claim(request.turn, claim, opening_of(claim))
        if claimed.taken or claimed.closed:
            return PrepareReply(duplicate=True)
        reply = PrepareReply(number=claimed.number)
        if any(isinstance(logged.event, RetrievalCompleted) for logged in claimed.events):
            async with self._writing(request.turn, claimed) as writer:
                await writer.publish(claimed.events)
            return reply
        gathering = asyncio.ensure_future(self._gathered(request, claimed))
        try:
            async with self._writing(request.turn, claimed) as writer:
                found = await self._shown(request.turn, claimed, writer, gathering)
        finally:
            gathering.cancel()
            await asyncio.gather(gathering, return_exceptions=True)
        return reply.model_copy(update={"passages": len(found.passages)})

    async def _shown(
        self,
        turn: TurnKey,
        claimed: ClaimedTurn,
        writer: LogWriter,
        gathering: "asyncio.Future[Gathered]",
    ) -> Gathered:
        """What was found, stored and then shown; that it is looked for is shown meanwhile."""
        await writer.publish(claimed.events)
        query = gist_of(_message(claimed))
        started = await writer.append("retrieval", RetrievalStarted(query=query))
        found = await gathering
        completed = RetrievalCompleted(
            sources=tuple(
                passage.source for passage in found.passages if passage.source.mark != PROFILE_MARK
            ),
            error=found.error,
            streams=found.streams,
            query=found.query,
        )
        events = await writer.seal(completed, *map(_recorded, found.usage))
        await self._transcript.commit_passages(
            turn, found.passages, found.usage, (started, *events)
        )
        await writer.publish(events)
        return found

    async def _gathered(self, request: PrepareRequest, claimed: ClaimedTurn) -> Gathered:
        turn, message = request.turn, request.claim.message
        try:
            agent = await self._agents.get(turn.scope, message.agent.name, message.agent.version)
            agent = applied(agent, message.agent.strategy)
        except AppError as error:
            activity.logger.warning("Retrieval failed", extra={"code": error.code})
            return Gathered(passages=(), error=error.code)
        return await self._gathering.gather(
            Sought(
                scope=turn.scope,
                agent=agent,
                message=_message(claimed),
                references=message.references,
                has_history=claimed.number > 1,
                recent=partial(
                    self._transcript.recent,
                    turn,
                    messages=MOST_MESSAGES,
                    characters=MESSAGE_CHARACTERS,
                ),
            )
        )

    def _writing(
        self, turn: TurnKey, claimed: ClaimedTurn
    ) -> AbstractAsyncContextManager[LogWriter]:
        return self._log.writing(_writer_key(turn, claimed), self._always)

    async def _always(self) -> bool:
        """Nothing fences the claim: it is the turn's first activity, and idempotent."""
        return True


def _writer_key(turn: TurnKey, claimed: ClaimedTurn) -> WriterKey:
    info = activity.info()
    return WriterKey(
        log=turn.log,
        turn_id=turn.turn_id,
        number=claimed.number,
        step=0,
        activity=info.activity_id,
        attempt=info.attempt,
        floor=max((logged.id.sequence for logged in claimed.events), default=0),
    )


def _recorded(entry: UsageEntry) -> UsageRecorded:
    return UsageRecorded(
        step=0,
        model=entry.model,
        input_tokens=entry.usage.input_tokens,
        output_tokens=entry.usage.output_tokens,
        cached_tokens=entry.usage.cached_tokens,
        cost_usd=entry.cost_usd,
    )


def _message(claimed: ClaimedTurn) -> str:
    return next(
        (event.event.text for event in claimed.events if isinstance(event.event, TurnStarted)), ""
    )
