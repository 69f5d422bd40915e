"""Turns that end because of what somebody said: a policy, a person, nobody, the agent itself."""

from uuid import UUID

from domain.catalogue import ROUTER
from domain.ports.approvals import Decision
from models.payloads.agent import Agent, OnRefusal
from models.payloads.events import AgentChosen, ToolFailed, ToolRequested, TurnCompleted
from models.payloads.policy import Rule, Ruling
from models.payloads.turn import Finish, Outcome
from tests.turns.cast import CALCULATE, PUBLISH, Play, an_agent
from tests.turns.lab import Lab

QUESTION = "Which of the two launches do you mean?"
ASK = f'@offline call=ask_user args={{"question": "{QUESTION}"}}'

NO_NOTES = Rule(name="no notes", ruling=Ruling.DENY, tools=("publish_note",), because="They last")
QUITTER = an_agent("quitter", tools=("publish_note",), on_refusal=OnRefusal.END)
FORBIDDEN = an_agent("forbidden", tools=("publish_note", "calculator"), rules=(NO_NOTES,))
FORBIDDEN_QUITTER = FORBIDDEN.model_copy(
    update={"name": "forbidden_quitter", "on_refusal": OnRefusal.END}
)
CURIOUS = an_agent("curious", tools=("ask_user",))
MODEST = an_agent("modest", tools=("calculator",), tool_call_limit=2)


async def _asked(here: Lab, agent: Agent) -> tuple[UUID, UUID]:
    result = await here.send(PUBLISH, agent=agent)
    return result.turn_id, await here.requested(result.turn_id)


async def _end(here: Lab, turn_id: UUID) -> TurnCompleted:
    events = await here.ended(turn_id)
    end = events[-1].event
    assert isinstance(end, TurnCompleted)
    view = await here.view(turn_id)
    assert (view.outcome, view.finish) == (end.outcome, end.finish)
    return end


async def denied_and_over(here: Lab) -> None:
    turn_id, approval_id = await _asked(here, QUITTER)
    await here.decide(approval_id, Decision.DENY)
    assert (await _end(here, turn_id)).outcome is Outcome.DENIED


async def expired_and_over(here: Lab) -> None:
    turn_id, _ = await _asked(here, QUITTER)
    assert (await _end(here, turn_id)).outcome is Outcome.EXPIRED


async def denied_by_policy(here: Lab) -> None:
    """The model hears of it at once, and answers."""
    result = await here.send(PUBLISH, agent=FORBIDDEN)
    events = [logged.event for logged in await here.ended(result.turn_id)]
    asked = next(event for event in events if isinstance(event, ToolRequested))
    assert asked.ruling == Ruling.DENY
    assert "no notes" in asked.reason
    failed = next(event for event in events if isinstance(event, ToolFailed))
    assert failed.code == "denied_by_policy"
    assert "approval.requested" not in {event.kind for event in events}
    assert (await _end(here, result.turn_id)).outcome is Outcome.COMPLETED


async def denied_by_policy_and_over(here: Lab) -> None:
    result = await here.send(PUBLISH, agent=FORBIDDEN_QUITTER)
    assert (await _end(here, result.turn_id)).outcome is Outcome.DENIED


async def denied_again_and_again(here: Lab) -> None:
    """Refused calls are no mistakes of the model's: the limit on steps ends it."""
    result = await here.send(
        f"{PUBLISH}\n@offline calls=9", agent=FORBIDDEN.model_copy(update={"iteration_limit": 5})
    )
    assert (await _end(here, result.turn_id)).outcome is Outcome.ITERATION_LIMIT


async def asks_the_user(here: Lab) -> None:
    result = await here.send(ASK, agent=CURIOUS)
    end = await _end(here, result.turn_id)
    assert (end.outcome, end.finish) == (Outcome.COMPLETED, Finish.NEEDS_MORE_CONTEXT)
    answer = (await here.view(result.turn_id)).answer
    assert answer is not None
    assert answer.content.endswith(QUESTION)


async def too_many_calls(here: Lab) -> None:
    """What a limit forbids does not run."""
    result = await here.send(f"{CALCULATE}\n@offline calls=9", agent=MODEST)
    end = await _end(here, result.turn_id)
    assert (end.outcome, end.code) == (Outcome.ITERATION_LIMIT, "tool_call_limit")
    events = [logged.event.kind for logged in await here.ended(result.turn_id)]
    assert events.count("tool.completed") == 2


async def chosen(here: Lab) -> None:
    """A routing step says who answers, and the turn is that agent's."""
    result = await here.send(
        "Which long-tail keywords fit our SEO?\n@offline tokens=3", agent=ROUTER
    )
    events = [logged.event for logged in await here.ended(result.turn_id)]
    said = next(event for event in events if isinstance(event, AgentChosen))
    assert said.agent == "seo"
    assert said.reason
    assert (await here.view(result.turn_id)).agent == "seo"


ENDINGS: dict[str, tuple[Play, tuple[Agent, ...]]] = {
    "denied_ends": (denied_and_over, (QUITTER,)),
    "expired_ends": (expired_and_over, (QUITTER,)),
    "denied_by_policy": (denied_by_policy, (FORBIDDEN,)),
    "denied_by_policy_ends": (denied_by_policy_and_over, (FORBIDDEN_QUITTER,)),
    "denied_again": (denied_again_and_again, (FORBIDDEN,)),
    "asks_user": (asks_the_user, (CURIOUS,)),
    "tool_call_limit": (too_many_calls, (MODEST,)),
    "chosen": (chosen, ()),
}
