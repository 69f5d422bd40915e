"""Claim a message and look up what its answer may stand on."""

from temporalio import activity

from activities.beginning import opening_of
from activities.failures import reported
from activities.heartbeat import heartbeating
from domain.ports.agents import Agents
from domain.ports.events import EventLog, WriterKey
from domain.ports.search import Finder, Found
from domain.ports.transcript import ClaimedTurn, Transcript, UsageEntry
from models.errors import AppError
from models.payloads.events import RetrievalCompleted, RetrievalStarted, TurnStarted, UsageRecorded
from models.payloads.scope import TurnKey
from models.payloads.turn import PrepareReply, PrepareRequest

# Retrieval needs the gist of a message, not all of it.
QUERY_CHARACTERS = 2_000


class RetrievalActivities:
    def __init__(
        self, transcript: Transcript, log: EventLog, agents: Agents, finder: Finder
    ) -> None:
        self._transcript = transcript
        self._log = log
        self._agents = agents
        self._finder = finder

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
        key = _writer_key(request.turn, claimed)
        async with self._log.writing(key, self._always) as writer:
            await writer.publish(claimed.events)
            if any(isinstance(logged.event, RetrievalCompleted) for logged in claimed.events):
                return reply
            query = _query(claimed)
            started = await writer.append("retrieval", RetrievalStarted(query=query))
            found = await self._find(request, query)
            sources = tuple(passage.source for passage in found.passages)
            completed = RetrievalCompleted(sources=sources, error=found.error)
            events = await writer.seal(completed, *map(_recorded, found.usage))
            await self._transcript.commit_passages(
                request.turn, found.passages, found.usage, (started, *events)
            )
            await writer.publish(events)
        return reply.model_copy(update={"passages": len(sources)})

    async def _find(self, request: PrepareRequest, query: str) -> Found:
        plan = request.claim.message.agent
        try:
            agent = await self._agents.get(request.turn.scope, plan.name, plan.version)
            return await self._finder.find(request.turn.scope, query, top_k=agent.top_k)
        except AppError as error:
            activity.logger.warning("Retrieval failed", extra={"code": error.code})
            return Found(passages=(), error=error.code)

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


def _query(claimed: ClaimedTurn) -> str:
    text = next(
        (event.event.text for event in claimed.events if isinstance(event.event, TurnStarted)), ""
    )
    return text[:QUERY_CHARACTERS]
