"""What a step starts from: the turn claimed, its window loaded, the question for the model."""

from collections.abc import Callable, Sequence

from temporalio import activity

from domain import context as context_window
from domain import prompting
from domain.ports.transcript import Passage, StepContext, Transcript
from domain.tools.search import SEARCH_TOOL
from domain.tools.toolbox import Toolbox
from models.payloads.agent import Agent
from models.payloads.chat import ChatMessage, ChatRequest, Role, StoredMessage
from models.payloads.events import Event, RetrievalCompleted, TurnStarted
from models.payloads.turn import Claim, ThinkRequest


def opening_of(claim: Claim) -> tuple[Event, ...]:
    """The events that a claim stores before anything else of the turn."""
    message = claim.message
    return (
        TurnStarted(
            message_id=message.regenerates or message.message_id,
            agent=message.agent.name,
            text=message.content or "",
            again=message.regenerates is not None,
            labels=message.labels,
            echo=message.echo,
            instructions=message.agent.terms.instructions or "" if message.agent.terms else "",
        ),
    )


async def begin(
    transcript: Transcript, request: ThinkRequest, agent: Agent
) -> tuple[int, StepContext | None]:
    """The turn's number, and what the step starts from: None when the turn is another run's, or
    has ended without this step. StaleAttemptError when a newer attempt has begun it."""
    attempt, characters = activity.info().attempt, context_window.characters_for(agent)
    claim = request.claim
    if claim is None:
        return request.number, await transcript.begin_step(
            request.turn, request.step, attempt, steered=request.steered, characters=characters
        )
    claimed, loaded = await transcript.claim_step(
        request.turn,
        claim,
        opening_of(claim),
        attempt,
        steered=request.steered,
        characters=characters,
    )
    return claimed.number, loaded


def question(
    agent: Agent,
    loaded: StepContext,
    model: str,
    toolbox: Toolbox,
    count: Callable[[str], int],
    read: Callable[[str], str] = str,
) -> ChatRequest:
    """What the model is asked: as much of the conversation as its window holds. `model` is for
    agents that name none; `count` gives the tokens of a text; `read` makes of a user's message
    what the model reads."""
    passages = _retrieved(loaded)
    # What a member cites comes up with marks as well.
    cites = SEARCH_TOOL in agent.tools or bool(agent.members)
    told = prompting.instructions(agent, passages, cites=cites)
    given = prompting.given(passages)
    schemas = tuple(tool.schema for tool in toolbox)
    room_for = f"{told}\n{given.content}" if given else told
    messages = context_window.window(_read(loaded.history, read), agent, room_for, schemas, count)
    return ChatRequest(
        model=agent.model or model,
        instructions=told,
        messages=_with(messages, given),
        tools=schemas,
        temperature=agent.temperature,
        output_tokens=agent.output_tokens,
        background=agent.background,
    )


def _read(history: Sequence[StoredMessage], read: Callable[[str], str]) -> list[StoredMessage]:
    return [
        message.model_copy(update={"content": read(message.content)})
        if message.role is Role.USER
        else message
        for message in history
    ]


def _retrieved(loaded: StepContext) -> list[Passage]:
    """What was found before the first step. What tools found since stands in their results."""
    marks = {prompting.PROFILE_MARK}
    for logged in loaded.events:
        if isinstance(logged.event, RetrievalCompleted):
            marks |= {source.mark for source in logged.event.sources}
    return [passage for passage in loaded.passages if passage.source.mark in marks]


def _with(messages: Sequence[ChatMessage], given: ChatMessage | None) -> tuple[ChatMessage, ...]:
    """What was found stands right before the question."""
    if given is None:
        return tuple(messages)
    asked = [place for place, message in enumerate(messages) if message.role is Role.USER]
    place = asked[-1] if asked else len(messages)
    return (*messages[:place], given, *messages[place:])
