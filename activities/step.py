"""One attempt at one step: begin, ask, stream, commit, and what follows when it was the last."""

import asyncio
import time
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial

from temporalio import activity

from activities.accounting import Tariff, spent
from activities.answering import Answering
from activities.beginning import begin, question
from activities.books import Books
from activities.briefing import Briefing
from activities.citing import cited
from activities.closing import ask_people, follow_up
from activities.commit import commit, end_of
from activities.gate import Gate
from activities.record import Answered, record_of
from activities.safeguard import Safeguard
from domain.fallback import Models
from domain.ports.agents import Agents
from domain.ports.engine import Engine
from domain.ports.events import EventLog, LogWriter, WriterKey
from domain.ports.meters import Meters
from domain.ports.model import ChatModel
from domain.ports.moderation import Moderator
from domain.ports.rates import TokenRates
from domain.ports.transcript import ClosedTurn, StepContext, Transcript, UsageEntry
from domain.script import directed
from domain.teams import offered
from domain.terms import agreed
from domain.tools.asking import asking
from domain.tools.toolbox import Tools
from models.payloads.agent import Agent
from models.payloads.chat import ChatRequest, Reply
from models.payloads.events import LoggedEvent, StepStarted
from models.payloads.turn import Finish, ThinkReply, ThinkRequest, ThinkStatus


@dataclass(frozen=True, slots=True)
class ModelPorts:
    """What a step reaches."""

    model: ChatModel
    transcript: Transcript
    log: EventLog
    engine: Engine
    agents: Agents
    tools: Tools
    tariff: Tariff
    gate: Gate
    briefing: Briefing
    meters: Meters
    moderator: Moderator | None = None
    rates: TokenRates | None = None
    """None: nobody's tokens are counted."""
    fallback: str | None = None
    """The model of agents that name no fallback; None: they have none."""


class Step:
    def __init__(self, ports: ModelPorts, request: ThinkRequest) -> None:
        self._ports = ports
        self._request = request
        self._turn = request.turn
        self._stop = asyncio.Event()
        self._asked = False
        self._committed = False

    def stop(self) -> None:
        """A person asked for the turn's end: keep what was said."""
        self._asked = True
        self._stop.set()

    async def run(self) -> ThinkReply:
        """The step's reply; at the turn's deadline with what was said until then."""
        deadline = asyncio.get_running_loop().call_later(self._time_left(), self._stop.set)
        try:
            return await self._run()
        finally:
            deadline.cancel()

    def _time_left(self) -> float:
        """Seconds until the turn's deadline, by the engine's clock alone."""
        info = activity.info()
        spent = info.started_time - info.scheduled_time
        return max((self._request.time_left - spent).total_seconds(), 0.0)

    async def _run(self) -> ThinkReply:
        ports, request = self._ports, self._request
        agent = await ports.agents.get(self._turn.scope, request.agent.name, request.agent.version)
        began = time.monotonic()
        number, loaded = await begin(ports.transcript, request, agent)
        if loaded is None:
            return ThinkReply(status=ThinkStatus.DUPLICATE)
        self._committed = loaded.reply is not None
        if loaded.reply is None and (exhausted := await self._exhausted(loaded)):
            return ThinkReply(status=ThinkStatus.STOPPED, number=number, exhausted=exhausted)
        closed = None
        async with ports.log.writing(self._writer_key(number, loaded), self._may_write) as writer:
            if loaded.reply is None:
                reply, closed = await self._answer(agent, number, loaded, writer, began)
            else:
                # What an earlier attempt stored and could not show is shown now.
                await writer.publish(loaded.events)
                reply = loaded.reply
        if reply.closed:
            if closed is None:
                closed = await ports.transcript.close(self._turn, end_of(request, reply), ())
            else:
                ports.meters.turn_ended(end_of(request, reply).outcome)
            await follow_up(self._turn, closed, ports.log, ports.engine)
        return reply

    async def _exhausted(self, loaded: StepContext) -> str:
        """The budget of the space or the user that leaves nothing for this step."""
        if loaded.user_id is None:
            return ""
        return await self._ports.gate.exhausted(self._turn.scope, loaded.user_id)

    def _writer_key(self, number: int, loaded: StepContext) -> WriterKey:
        info = activity.info()
        return WriterKey(
            log=self._turn.log,
            turn_id=self._turn.turn_id,
            number=number,
            step=self._request.step,
            activity=info.activity_id,
            attempt=info.attempt,
            floor=loaded.floor,
        )

    async def _may_write(self) -> bool:
        """What is committed may be shown whoever finds it, also when Redis has forgotten it."""
        return self._committed or await self._ports.transcript.is_current(
            self._turn, self._request.step, activity.info().attempt
        )

    async def _answer(
        self, agent: Agent, number: int, loaded: StepContext, writer: LogWriter, began: float
    ) -> tuple[ThinkReply, ClosedTurn | None]:
        ports, request, tariff = self._ports, self._request, self._ports.tariff
        toolbox = await ports.tools.of(self._turn.scope, offered(agent, request.depth))
        agent = await ports.briefing.of(self._turn.scope, agent, toolbox, request.agent.strategy)
        agent = agreed(agent, request.agent.terms)
        standing = await ports.gate.standing(request, agent, loaded, toolbox)
        guard = Safeguard(
            agent, standing.safety, loaded, step=request.step, moderator=ports.moderator
        )
        asked = question(agent, loaded, ports.model.name, toolbox, tariff.count, guard.message)
        model = directed(ports.model, agent, request.step)
        books = self._books(agent, asked, loaded)
        answering = Answering(model, asked, writer, request.step, self._stop, books, guard.gate)
        # Told with the answer, so that it is stored when it is: readers see nothing else.
        flagged = await guard.incoming()
        reply, started = await self._asked_beside(answering, loaded, writer)
        if reply is None:
            reply = self._cancelled(asked, answering)
        usage = tariff.entry(agent.name, reply.model, reply.usage, answering.first_token_ms)
        reply = asking(reply, agent.tools)
        reply, removed = cited(reply, agent, loaded.passages)
        checked = await guard.finished(reply)
        answered = Answered(
            reply=checked.reply,
            usage=usage,
            started=started,
            late=reply.finish is Finish.CANCELLED and not (self._asked or writer.stopped),
            now=self._now(loaded, began),
            said=(*flagged, *checked.events),
            contaminated=checked.contaminated,
            removed_marks=removed,
            redacted=checked.redacted,
        )
        made = record_of(request, number, agent, toolbox, standing, answered)
        stored, closed = await commit(ports.transcript, writer, request, made, started)
        ports.meters.stepped(usage, made.events)
        self._charge(loaded, usage)
        await ask_people(self._turn, made.waiting, ports.engine)
        return stored, closed

    def _books(self, agent: Agent, asked: ChatRequest, loaded: StepContext) -> Books:
        ports = self._ports
        return Books(
            transcript=ports.transcript,
            meters=ports.meters,
            tariff=ports.tariff,
            turn=self._turn,
            step=self._request.step,
            agent=agent.name,
            asked=asked,
            models=Models.of(agent, ports.model.name, ports.fallback),
            charge=partial(self._charge, loaded),
        )

    def _charge(self, loaded: StepContext, entry: UsageEntry) -> None:
        """To the minute of whose turn it is: more than is left stops nothing that runs."""
        if self._ports.rates is not None and loaded.user_id is not None:
            organisation = self._turn.scope.organisation_id
            self._ports.rates.spent(organisation, loaded.user_id, spent([entry]).tokens)

    async def _asked_beside(
        self, answering: Answering, loaded: StepContext, writer: LogWriter
    ) -> tuple[Reply | None, LoggedEvent]:
        """Ask while what came before is on its way to readers. Both events are in the writer's
        hands before the model is asked, so what it says comes after them; a fence that stands in
        their way halts the answer."""
        step = self._request.step
        opening = asyncio.gather(
            writer.publish(loaded.events),
            writer.append(f"step:{step}", StepStarted(step=step)),
            return_exceptions=True,  # so that it has not ended before both have
        )
        try:
            reply = await answering.run()
            shown, started = await opening
        finally:
            # Without an answer nobody waits for them; the writer sends what it has all the same.
            opening.cancel()
            await asyncio.gather(opening, return_exceptions=True)
        if isinstance(shown, BaseException):
            raise shown
        if isinstance(started, BaseException):
            raise started
        return reply, started

    def _cancelled(self, asked: ChatRequest, answering: Answering) -> Reply:
        """An answer that was broken off, with what readers have of it."""
        text = answering.text
        usage = self._ports.tariff.estimated(asked, text)
        return Reply(text=text, finish=Finish.CANCELLED, usage=usage, model=answering.model)

    def _now(self, loaded: StepContext, began: float) -> datetime:
        """By the clock that judges what expires, which is the store's."""
        return loaded.now + timedelta(seconds=time.monotonic() - began)
