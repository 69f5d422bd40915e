"""What a step starts from: the turn claimed, its window loaded, the question for the model."""

from collections.abc import Callable

from temporalio import activity

from domain import context as context_window
from domain import prompting
from domain.ports.transcript import StepContext, Transcript
from domain.tools.toolbox import Toolbox
from models.payloads.agent import Agent
from models.payloads.chat import ChatRequest
from models.payloads.events import Event, TurnStarted
from models.payloads.turn import Claim, ThinkRequest


def opening_of(claim: Claim) -> tuple[Event, ...]:
    """The events that a claim stores before anything else of the turn."""
    message = claim.message
    return (
        TurnStarted(
            message_id=message.message_id, agent=message.agent.name, text=message.content or ""
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
        request.turn, claim, opening_of(claim), attempt, characters=characters
    )
    return claimed.number, loaded


def question(
    agent: Agent, loaded: StepContext, model: str, toolbox: Toolbox, count: Callable[[str], int]
) -> ChatRequest:
    """What the model is asked: as much of the conversation as its window holds. `model` is for
    agents that name none; `count` gives the tokens of a text."""
    instructions = prompting.instructions(agent, loaded.passages)
    schemas = tuple(tool.schema for tool in toolbox.of(agent.tools))
    return ChatRequest(
        model=agent.model or model,
        instructions=instructions,
        messages=context_window.window(loaded.history, agent, instructions, schemas, count),
        tools=schemas,
        temperature=agent.temperature,
        output_tokens=agent.output_tokens,
        background=agent.background,
    )
