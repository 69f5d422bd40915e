"""What an agent must be to be kept: what it names is there, and its limits are sane."""

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from typing import Final

from domain import instructions
from domain.catalogue.shipped import LEAST_PASSAGE_TOKENS
from domain.catalogue.tools import BUILT_IN, OF_SERVER
from domain.policy_reading import rule_problems
from domain.ports.content import APPROVED_COLLECTION
from domain.teams import MEMBER_PREFIX
from models.errors import InvalidError
from models.payloads.agent import AUTO, Agent, Pattern
from models.payloads.knowledge import DEFAULT_COLLECTION
from models.payloads.policy import Rule

NAME_PATTERN: Final = r"[a-z][a-z0-9_]{0,39}"
DESCRIPTION_CHARACTERS: Final = 500
# A model that is offered more chooses badly, and each costs tokens in every step.
MOST_TOOLS: Final = 40
MOST_COLLECTIONS: Final = 50
SHORTEST_DEADLINE: Final = timedelta(seconds=5)
LONGEST_DEADLINE: Final = timedelta(hours=24)
MOST_TOKENS: Final = 20_000_000
MOST_COST: Final = Decimal(1_000)
_ALWAYS: Final = frozenset({DEFAULT_COLLECTION, APPROVED_COLLECTION})
_NAME: Final = re.compile(NAME_PATTERN)
# Who is told of an agent by one of these would take its words for somebody else's.
_SIDES: Final = frozenset({"system", "developer", "user", "assistant", "tool"})
_TAKEN: Final = frozenset({AUTO}) | BUILT_IN | _SIDES
# Characters of a list of names.
_MOST_SAID: Final = 2_000
# Each call is judged by all of them.
RULES_BYTES: Final = 64_000


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What an agent may name."""

    agents: Mapping[str, Agent]
    """The organisation's current ones, by name."""
    collections: frozenset[str] = frozenset()
    """Of the space that it is changed in."""
    server_tools: frozenset[str] | None = None
    """`server__tool` of the organisation's own servers; None: nobody can say which there are."""


def check(agent: Agent, around: Surroundings) -> None:
    """InvalidError with the code of the first thing that is wrong."""
    _check_name(agent)
    _check_models(agent)
    _check_tools(agent, around)
    _check_collections(agent, around)
    _check_limits(agent)
    _check_pattern(agent, around)
    _check_rules(agent.rules)
    instructions.check(agent)


def _check_name(agent: Agent) -> None:
    taken = agent.name in _TAKEN or agent.name.startswith(MEMBER_PREFIX)
    if taken or not _NAME.fullmatch(agent.name):
        raise InvalidError(
            "An agent's name has 1 to 40 characters: a-z, 0-9 and _, the first a letter; "
            f"{AUTO!r}, the names of tools ({MEMBER_PREFIX}… too) and of a conversation's "
            "sides, such as 'system', are taken.",
            code="agent_name_invalid",
        )
    if len(agent.description) > DESCRIPTION_CHARACTERS:
        raise InvalidError(
            f"A description has {DESCRIPTION_CHARACTERS} characters at most.",
            code="agent_description_invalid",
        )


def _check_models(agent: Agent) -> None:
    if agent.model is not None and agent.fallback_model == agent.model:
        raise InvalidError(
            "The fallback is another model than the agent's own.", code="agent_fallback_unsound"
        )


def _check_tools(agent: Agent, around: Surroundings) -> None:
    _check_list("tools", agent.tools, MOST_TOOLS, "agent_tool_unknown")
    own = around.server_tools
    unknown = [
        name
        for name in agent.tools
        if name not in BUILT_IN and not (OF_SERVER in name and (own is None or name in own))
    ]
    if unknown:
        known = ", ".join(sorted(BUILT_IN | (own or frozenset())))[:_MOST_SAID]
        raise InvalidError(
            f"There are no tools {_listed(unknown)}. Known: {known}.",
            code="agent_tool_unknown",
        )


def _check_collections(agent: Agent, around: Surroundings) -> None:
    _check_list("collections", agent.collections, MOST_COLLECTIONS, "agent_collection_unknown")
    unknown = [name for name in agent.collections if name not in _ALWAYS | around.collections]
    if unknown:
        raise InvalidError(
            f"This space has no collections {_listed(unknown)}.", code="agent_collection_unknown"
        )


def _check_list(what: str, names: tuple[str, ...], most: int, code: str) -> None:
    if len(names) > most or len(set(names)) < len(names):
        raise InvalidError(f"An agent has {most} {what} at most, each once.", code=code)


def _check_limits(agent: Agent) -> None:
    for wrong, why in _limits(agent):
        if wrong:
            raise InvalidError(f"{why}.", code="agent_budget_unsound")


def _limits(agent: Agent) -> Iterable[tuple[bool, str]]:
    room = agent.context_tokens - agent.output_tokens
    yield room < LEAST_PASSAGE_TOKENS, "output_tokens leave no room in context_tokens"
    yield agent.passage_tokens > room, "passage_tokens do not fit beside output_tokens"
    yield agent.context_tokens > MOST_TOKENS, f"context_tokens are at most {MOST_TOKENS:,}"
    yield agent.token_budget > MOST_TOKENS, f"token_budget is at most {MOST_TOKENS:,}"
    yield (
        agent.token_budget < agent.output_tokens,
        "token_budget is below what one answer may take (output_tokens)",
    )
    yield (
        not SHORTEST_DEADLINE <= agent.deadline <= LONGEST_DEADLINE,
        "deadline is 5 seconds to 24 hours",
    )
    cost = agent.cost_budget
    yield (
        cost is not None and not (cost.is_finite() and cost <= MOST_COST),
        f"cost_budget is at most {MOST_COST:,} US dollars",
    )
    heat = agent.temperature
    yield heat is not None and not 0 <= heat <= 2, "temperature is 0 to 2"
    yield (
        agent.lexical_weight + agent.semantic_weight <= 0,
        "lexical_weight and semantic_weight cannot both be 0",
    )


def _check_pattern(agent: Agent, around: Surroundings) -> None:
    alone = agent.pattern is Pattern.SINGLE
    needed = 2 if agent.pattern in {Pattern.PARALLEL, Pattern.DEBATE} else 1
    if alone and agent.members:
        raise _pattern("One that works alone (`single`) has no members")
    if not alone and len(agent.members) < needed:
        raise _pattern(f"The pattern {agent.pattern.value} needs {needed} members at least")
    if len(set(agent.members)) < len(agent.members):
        raise _pattern("Each member is named once")
    missing = [name for name in agent.members if name not in around.agents and name != agent.name]
    if missing:
        raise InvalidError(
            f"There are no agents {_listed(missing)} here.", code="agent_member_unknown"
        )
    check_circle(agent, around.agents)


def check_circle(agent: Agent, others: Mapping[str, Agent]) -> None:
    """InvalidError("agent_recursive") when its members lead back to it. Others may change while
    it is looked at: sound only for whoever keeps them from it."""
    if path := _cycle(agent, others):
        raise InvalidError(
            f"Agents would call each other without end: {' → '.join(path)}.",
            code="agent_recursive",
        )


def _pattern(why: str) -> InvalidError:
    return InvalidError(f"{why}.", code="agent_pattern_unsound")


def _cycle(agent: Agent, others: Mapping[str, Agent]) -> list[str]:
    """A way from the agent back to itself; empty when there is none. Each is looked at once."""
    waiting = [(name, [agent.name, name]) for name in reversed(agent.members)]
    seen: set[str] = set()
    while waiting:
        name, path = waiting.pop()
        if name == agent.name:
            return path
        if name in seen or name not in others:
            continue
        seen.add(name)
        members = reversed(others[name].members)
        waiting.extend((member, [*path, member]) for member in members)
    return []


def _check_rules(rules: tuple[Rule, ...]) -> None:
    if problems := rule_problems(rules):
        said = "; ".join(problems)[:1_000]
        raise InvalidError(f"{said}.", code="agent_rules_unsound")
    try:
        size = sum(len(_written(rule)) for rule in rules)
    except (ValueError, RecursionError):
        raise InvalidError("A rule holds what is no text.", code="agent_rules_unsound") from None
    if size > RULES_BYTES:
        raise InvalidError(
            f"An agent's rules take {RULES_BYTES:,} bytes at most.", code="agent_rules_unsound"
        )


def _written(rule: Rule) -> bytes:
    return json.dumps(rule.model_dump(), default=str, ensure_ascii=False).encode()


def _listed(names: Iterable[str]) -> str:
    return ", ".join(repr(name[:80]) for name in list(names)[:10])
