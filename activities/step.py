"""One attempt at one step: load, ask, stream, commit, publish."""

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from temporalio import activity

from activities.answering import Answering
from activities.closing import follow_up
from activities.record import Answered, Made, record_of
from domain import context as context_window
from domain import prompting
from domain.ports.agents import Agents
from domain.ports.engine import Engine
from domain.ports.events import EventLog, LogWriter, WriterKey
from domain.ports.model import ChatModel
from domain.ports.transcript import (
    ClosedTurn,
    StepContext,
    Transcript,
    UsageEntry,
)
from domain.tools.toolbox import Toolbox
from models.payloads.agent import Agent
from models.payloads.chat import ChatRequest, Reply, Usage
from models.payloads.events import Event, LoggedEvent, StepStarted, TurnStarted
from models.payloads.turn import (
    Claim,
    Closing,
    Finish,
    Outcome,
    ThinkReply,
    ThinkRequest,
    ThinkStatus,
    TurnEnd,
)


@dataclass(frozen=True, slots=True)
class ModelPorts:
    """What a step reaches."""

    model: ChatModel
    transcript: Transcript
    log: EventLog
    engine: Engine
    agents: Agents
    toolbox: Toolbox
    count: Callable[[str], int]
    """Tokens of a text."""
    cost: Callable[[str, Usage], Decimal | None]
    """US dollars of a call to a model; None when its price is unknown."""
    price_version: str


def opening_of(claim: Claim) -> tuple[Event, ...]:
    """The events that a claim stores before anything else of the turn."""
    message = claim.message
    return (
        TurnStarted(
            message_id=message.message_id, agent=message.agent.name, text=message.content or ""
        ),
    )


class Step:
    def __init__(self, ports: ModelPorts, request: ThinkRequest) -> None:
        self._ports = ports
        self._request = request
        self._turn = request.turn
        self._number = request.number
        self._stop = asyncio.Event()
        self._asked = False

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
        agent = await self._ports.agents.get(
            self._turn.scope, self._request.agent.name, self._request.agent.version
        )
        began = time.monotonic()
        loaded = await self._begin(agent)
        if loaded is None:
            return ThinkReply(status=ThinkStatus.DUPLICATE)
        closed = None
        async with self._ports.log.writing(self._writer_key(loaded), self._is_current) as writer:
            if loaded.reply is None:
                reply, closed = await self._answer(agent, loaded, writer, began)
            else:
                # What an earlier attempt stored and could not show is shown now.
                await writer.publish(loaded.events)
                reply = loaded.reply
        if reply.closed:
            closed = closed or await self._ports.transcript.close(self._turn, self._end(reply), ())
            await follow_up(self._turn, closed, self._ports.log, self._ports.engine)
        return reply

    async def _begin(self, agent: Agent) -> StepContext | None:
        """What the step starts from; None when the turn is another run's, or over."""
        request, attempt = self._request, activity.info().attempt
        characters = context_window.characters_for(agent)
        if request.claim is None:
            return await self._ports.transcript.begin_step(
                self._turn, request.step, attempt, steered=request.steered, characters=characters
            )
        claimed, loaded = await self._ports.transcript.claim_step(
            self._turn, request.claim, opening_of(request.claim), attempt, characters=characters
        )
        self._number = claimed.number
        return loaded

    def _end(self, reply: ThinkReply) -> TurnEnd:
        closing = self._request.closing or Closing()
        return TurnEnd(
            outcome=Outcome.COMPLETED,
            finish=reply.finish,
            idle_window=closing.idle_window,
            sessions=closing.sessions,
        )

    def _writer_key(self, loaded: StepContext) -> WriterKey:
        info = activity.info()
        return WriterKey(
            log=self._turn.log,
            turn_id=self._turn.turn_id,
            number=self._number,
            step=self._request.step,
            activity=info.activity_id,
            attempt=info.attempt,
            floor=loaded.floor,
        )

    async def _is_current(self) -> bool:
        return await self._ports.transcript.is_current(
            self._turn, self._request.step, activity.info().attempt
        )

    async def _answer(
        self, agent: Agent, loaded: StepContext, writer: LogWriter, began: float
    ) -> tuple[ThinkReply, ClosedTurn | None]:
        step = self._request.step
        request = self._chat_request(agent, loaded)

        async def lost(number: int, text: str) -> None:
            await self._ports.transcript.account(
                self._turn,
                f"step:{step}:attempt:{number}",
                self._entry(agent, self._estimated(request, text), request.model, None),
            )

        answering = Answering(self._ports.model, request, writer, step, self._stop, lost)
        reply, started = await self._asked_beside(answering, loaded, writer)
        if reply is None:
            usage = self._estimated(request, answering.text)
            reply = Reply(
                text=answering.text, finish=Finish.CANCELLED, usage=usage, model=request.model
            )
        answered = Answered(
            reply=reply,
            usage=self._entry(agent, reply.usage, reply.model, answering.first_token_ms),
            started=started,
            late=reply.finish is Finish.CANCELLED and not (self._asked or writer.stopped),
            expires_at=self._now(loaded, began) + self._request.approval_window,
        )
        made = record_of(self._request, self._number, agent, self._ports.toolbox, answered)
        return await self._commit(made, started, writer)

    async def _asked_beside(
        self, answering: Answering, loaded: StepContext, writer: LogWriter
    ) -> tuple[Reply | None, LoggedEvent]:
        """Ask while what came before is on its way to readers: what is appended later comes
        later, and a fence that stands in the way halts the answer."""
        step = self._request.step
        shown = asyncio.gather(
            writer.publish(loaded.events), writer.append(f"step:{step}", StepStarted(step=step))
        )
        try:
            reply = await answering.run()
            return reply, (await shown)[1]
        finally:
            shown.cancel()
            await asyncio.gather(shown, return_exceptions=True)

    async def _commit(
        self, made: Made, started: LoggedEvent, writer: LogWriter
    ) -> tuple[ThinkReply, ClosedTurn | None]:
        """Store the step, and the turn's end with it when the answer is final; then show it."""
        step, attempt = self._request.step, activity.info().attempt
        events = await writer.seal(*made.events, *made.end)
        own, last = events[: len(made.events)], events[len(made.events) :]
        record = made.record((started, *own))
        reply, closed = record.reply, None
        if last:
            reply, closed = await self._ports.transcript.finish_turn(
                self._turn, step, attempt, record, self._end(reply), last
            )
        else:
            reply = await self._ports.transcript.commit_step(self._turn, step, attempt, record)
        await writer.publish(events if reply.closed else own)
        return reply, closed

    def _now(self, loaded: StepContext, began: float) -> datetime:
        """By the clock that judges what expires, which is the store's."""
        return loaded.now + timedelta(seconds=time.monotonic() - began)

    def _chat_request(self, agent: Agent, loaded: StepContext) -> ChatRequest:
        instructions = prompting.instructions(agent, loaded.passages)
        schemas = tuple(tool.schema for tool in self._ports.toolbox.of(agent.tools))
        messages = context_window.window(
            loaded.history, agent, instructions, schemas, self._ports.count
        )
        return ChatRequest(
            model=agent.model or self._ports.model.name,
            instructions=instructions,
            messages=messages,
            tools=schemas,
            temperature=agent.temperature,
            output_tokens=agent.output_tokens,
            background=agent.background,
        )

    def _estimated(self, request: ChatRequest, text: str) -> Usage:
        """What an answer that was broken off cost: its provider does not tell."""
        count = self._ports.count
        read = count(request.instructions) + sum(count(part.content) for part in request.messages)
        return Usage(input_tokens=read, output_tokens=count(text))

    def _entry(
        self, agent: Agent, usage: Usage, model: str, first_token_ms: int | None
    ) -> UsageEntry:
        return UsageEntry(
            model=model,
            kind="chat",
            usage=usage,
            first_token_ms=first_token_ms,
            cost_usd=self._ports.cost(model, usage),
            price_version=self._ports.price_version,
            agent=agent.name,
        )
