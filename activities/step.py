"""One attempt at one step: load, ask, stream, commit, publish."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal

from temporalio import activity

from activities.answering import Answering
from activities.calls import CheckedCall, check_calls
from domain import context as context_window
from domain import prompting
from domain.ports.agents import Agents
from domain.ports.events import EventLog, LogWriter, WriterKey
from domain.ports.model import ChatModel
from domain.ports.transcript import StepContext, StepRecord, Transcript, UsageEntry
from domain.tools.toolbox import Toolbox
from models.errors import ModelGarbledError
from models.ids import answer_id
from models.payloads.agent import Agent
from models.payloads.chat import ChatRequest, Reply, Usage
from models.payloads.events import (
    Event,
    LoggedEvent,
    StepStarted,
    TextCompleted,
    TurnStarted,
    UsageRecorded,
)
from models.payloads.turn import Claim, Finish, ThinkReply, ThinkRequest, ThinkStatus


@dataclass(frozen=True, slots=True)
class ModelPorts:
    """What a step reaches."""

    model: ChatModel
    transcript: Transcript
    log: EventLog
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
        self._stop = asyncio.Event()
        self._number = request.number

    def stop(self) -> None:
        """A person asked for the turn's end: keep what was said."""
        self._stop.set()

    async def run(self) -> ThinkReply:
        if self._request.claim is not None and not await self._claim(self._request.claim):
            return ThinkReply(status=ThinkStatus.DUPLICATE)
        info = activity.info()
        agent = await self._ports.agents.get(
            self._turn.scope, self._request.agent.name, self._request.agent.version
        )
        loaded = await self._ports.transcript.begin_step(
            self._turn,
            self._request.step,
            info.attempt,
            steered=self._request.steered,
            characters=context_window.characters_for(agent),
        )
        async with self._ports.log.writing(self._writer_key(loaded), self._is_current) as writer:
            if info.attempt > 1 or self._request.claim is not None:
                await writer.publish(loaded.events)
            if loaded.reply is not None:
                return loaded.reply
            return await self._answer(agent, loaded, writer)

    async def _claim(self, claim: Claim) -> bool:
        claimed = await self._ports.transcript.claim(self._turn, claim, opening_of(claim))
        self._number = claimed.number
        return not (claimed.taken or claimed.closed)

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

    async def _answer(self, agent: Agent, loaded: StepContext, writer: LogWriter) -> ThinkReply:
        step = self._request.step
        started = await writer.append(f"step:{step}", StepStarted(step=step))
        request = self._chat_request(agent, loaded)
        answering = Answering(self._ports.model, request, writer, step, self._stop)
        reply = await answering.run()
        if reply is None:
            reply = self._partial(request, answering.text)
        elif not reply.text and not reply.calls and reply.finish is not Finish.CANCELLED:
            # Once more is worth a try, not a dozen times.
            raise ModelGarbledError(
                "The model answered nothing.",
                code="model_empty",
                retryable=activity.info().attempt < 2,
            )
        return await self._commit(agent, reply, answering.first_token_ms, started, writer)

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

    def _partial(self, request: ChatRequest, text: str) -> Reply:
        """What a stopped answer had said; the provider tells no usage, so it is estimated."""
        count = self._ports.count
        read = count(request.instructions) + sum(count(part.content) for part in request.messages)
        return Reply(
            text=text,
            finish=Finish.CANCELLED,
            usage=Usage(input_tokens=read, output_tokens=count(text)),
            model=request.model,
        )

    async def _commit(
        self,
        agent: Agent,
        reply: Reply,
        first_token_ms: int | None,
        started: LoggedEvent,
        writer: LogWriter,
    ) -> ThinkReply:
        step = self._request.step
        message_id = answer_id(self._turn.turn_id, step)
        calls = check_calls(
            self._turn,
            step,
            reply.calls,
            agent.tools,
            self._ports.toolbox,
            self._request.approval_window,
        )
        usage = self._usage(agent, reply, first_token_ms)
        events = await writer.seal(*self._events(reply, calls, usage, first_token_ms))
        answer = await self._ports.transcript.commit_step(
            self._turn,
            step,
            activity.info().attempt,
            StepRecord(
                reply=self._think_reply(reply, calls),
                response_id=reply.response_id,
                message_id=message_id,
                text=reply.text,
                calls=tuple(call.stored for call in calls),
                usage=usage,
                events=(started, *events),
            ),
        )
        await writer.publish(events)
        return answer

    def _think_reply(self, reply: Reply, calls: list[CheckedCall]) -> ThinkReply:
        if reply.finish is Finish.CANCELLED:
            status = ThinkStatus.STOPPED
        else:
            status = ThinkStatus.CALLS if calls else ThinkStatus.ANSWERED
        return ThinkReply(
            status=status,
            number=self._number,
            calls=tuple(call.ref for call in calls),
            finish=reply.finish,
            tokens=reply.usage.input_tokens + reply.usage.output_tokens,
        )

    def _usage(self, agent: Agent, reply: Reply, first_token_ms: int | None) -> UsageEntry:
        return UsageEntry(
            model=reply.model,
            kind="chat",
            usage=reply.usage,
            first_token_ms=first_token_ms,
            cost_usd=self._ports.cost(reply.model, reply.usage),
            price_version=self._ports.price_version,
            agent=agent.name,
        )

    def _events(
        self,
        reply: Reply,
        calls: list[CheckedCall],
        usage: UsageEntry,
        first_token_ms: int | None,
    ) -> list[Event]:
        step = self._request.step
        events: list[Event] = []
        if reply.text:
            events.append(
                TextCompleted(
                    step=step,
                    text=reply.text,
                    message_id=answer_id(self._turn.turn_id, step),
                    finish=reply.finish,
                )
            )
        for call in calls:
            events.extend(call.events)
        events.append(
            UsageRecorded(
                step=step,
                model=reply.model,
                input_tokens=reply.usage.input_tokens,
                output_tokens=reply.usage.output_tokens,
                cached_tokens=reply.usage.cached_tokens,
                first_token_ms=first_token_ms,
                cost_usd=usage.cost_usd,
            )
        )
        return events
