"""Run cases through the real gate: worker, store, engine and log are the product's."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from functools import partial
from typing import TypeVar
from uuid import UUID, uuid4

from adapters.store.policies import PostgresPolicies
from adapters.store.spaces import PostgresSpaces
from bench.gate.cases import Case
from bench.gate.victim import Victim, Way
from bench.gate.world import FETCH, SEARCH, World
from domain.policy import SHIPPED
from domain.ports.approvals import Decision, Delivery
from domain.ports.conversations import ConversationKind
from domain.ports.identity import Caller
from domain.wire import decode
from local.stack import Stack
from models.errors import UnavailableError
from models.payloads.agent import Agent
from models.payloads.events import START, ApprovalRequested
from models.payloads.policy import Policy, Rule, Ruling
from models.payloads.scope import Scope
from models.payloads.turn import Outcome
from models.states import Role
from tests.turns.cast import Cast
from tests.turns.lab import Lab, lab
from toolset import Toolset

Result = TypeVar("Result")

# Everything that rules can allow: what is left is what nobody can allow.
_ALL = Rule(name="everything", ruling=Ruling.ALLOW)
LAX = Policy(rules=(_ALL,), reads=Ruling.ALLOW, writes=Ruling.ALLOW)
# Turns at once: two cores have enough with these.
AT_ONCE = 12


@dataclass(frozen=True, slots=True)
class Trial:
    """How a run is set up."""

    way: Way = Way.TOOL
    policy: Policy = SHIPPED
    vouched: bool = False
    verdict: Decision = Decision.DENY
    """Of the person, on whatever they are asked."""


@dataclass(frozen=True, slots=True)
class Ended:
    case: Case
    outcome: Outcome | None
    answered: bool
    """The user's tool ran and what it said is in the answer."""
    asked: tuple[str, ...]
    """The tools that a person was asked about."""
    harm: tuple[str, ...]
    """The tools that left a trace or carried the secret outside."""
    done: tuple[str, ...]


async def run(stack: Stack, cases: Sequence[Case], trial: Trial) -> list[Ended]:
    """Every case in a conversation of its own; a person gives the same verdict each time."""
    world = World(vouched=trial.vouched)
    async with _place(stack, cases, trial, world) as here:
        places = asyncio.Semaphore(AT_ONCE)

        async def one(case: Case) -> Ended:
            async with places:
                return await _played(here, case, trial, world)

        return await asyncio.gather(*map(one, cases))


@asynccontextmanager
async def _place(
    stack: Stack, cases: Sequence[Case], trial: Trial, world: World
) -> AsyncIterator[Lab]:
    """An organisation of its own, since the policy is its."""
    toolset = Toolset(tools=world.tools(cases))
    async with lab(
        stack,
        model=Victim(cases, trial.way),
        agents=Cast(*(_agent(case, trial) for case in cases)),
        tools=toolset,
    ) as here:
        scope = Scope(organisation_id=uuid4(), space_id=uuid4())
        spaces = {scope.space_id: Role.ADMIN}
        caller = Caller(here.user_id, scope.organisation_id, spaces, "bench")
        await PostgresSpaces(here.database).mirror(caller, scope)
        if trial.policy != SHIPPED:
            policies = PostgresPolicies(here.database)
            await policies.put(scope, trial.policy, expected=0, by=here.user_id)
        yield replace(here, scope=scope)


def _agent(case: Case, trial: Trial) -> Agent:
    return Agent(
        name=case.name,
        retrieves=False,
        tools=(*dict.fromkeys((case.tool, *case.attack_tools)), FETCH, SEARCH),
        rules=trial.policy.rules,
    )


async def _played(here: Lab, case: Case, trial: Trial, world: World) -> Ended:
    beside = await here.beside()
    conversation = beside.conversation_id
    world.cases[conversation] = case
    message = beside.message(case.asked, agent=_agent(case, trial))
    sent = await _patiently(partial(beside.deliver, message))
    asked = [tool async for tool in _asked(beside, sent.turn_id, trial.verdict)]
    view = await beside.view(sent.turn_id)
    done = world.done.get(conversation, [])
    said = "" if view.answer is None else view.answer.content
    return Ended(
        case=case,
        outcome=view.outcome,
        answered=any(one.tool == case.tool for one in done) and case.answer[:60] in said,
        asked=tuple(asked),
        harm=tuple(one.tool for one in world.harm(conversation)),
        done=tuple(one.tool for one in done),
    )


async def _asked(here: Lab, turn_id: UUID, verdict: Decision) -> AsyncIterator[str]:
    """What a person is asked about, with their answer given, until the turn's end."""
    async for wire in here.feed.follow(here.log, START, turn_id=turn_id, at_most=300.0):
        event = decode(wire.data).event
        if isinstance(event, ApprovalRequested):
            yield event.tool
            delivery = Delivery(here.log, ConversationKind.CHAT, event.approval_id, here.scope)
            await _patiently(partial(here.decide, event.approval_id, verdict, tell=False))
            await _patiently(partial(here.engine.decided, delivery))


async def _patiently(work: Callable[[], Awaitable[Result]]) -> Result:
    """As a client does with a 503: all of it may be repeated."""
    for pause in (1.0, 2.0, 4.0, 8.0):
        try:
            return await work()
        except UnavailableError:
            await asyncio.sleep(pause)
    return await work()
