"""What an agent may do: each call is allowed, asked about or refused, with its reason."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from fnmatch import fnmatchcase
from typing import Any, Final

from domain.predicates import holds
from models.payloads.agent import Agent
from models.payloads.policy import Asking, Decision, Effect, Policy, Quote, Rule, Ruling
from models.states import Role

# Version 0, for organisations that have none of their own: reads run, writes ask.
SHIPPED: Final = Policy()

_STRICTNESS: Final = (Ruling.ALLOW, Ruling.ASK, Ruling.DENY)
_SAID: Final = {
    Ruling.ALLOW: "Allowed",
    Ruling.ASK: "A person is asked",
    Ruling.DENY: "Refused",
}


@dataclass(frozen=True, slots=True)
class Facts:
    """A call, and the turn that it is made in."""

    tool: str
    effect: Effect
    arguments: Mapping[str, Any] = field(default_factory=dict)
    role: Role = Role.MEMBER
    """Of the person whose turn it is."""
    cost: Decimal = Decimal(0)
    """US dollars that the turn has cost so far."""
    tainted: bool = False
    """The turn has seen text that nobody vouches for."""
    carries: str = ""
    """What the call would carry outside, in words; empty when nothing. Counts in tainted turns."""
    quotes: tuple[Quote, ...] = ()


@dataclass(frozen=True, slots=True)
class _Verdict:
    ruling: Ruling
    reason: str
    rule: Rule | None = None
    floored: bool = False
    """Stricter than its rule says."""


def decide(policy: Policy, agent: Agent, facts: Facts) -> Decision:
    """The agent's rules first, then the organisation's; then the defaults. The organisation's
    denials stand, whether a rule's or a default's that no rule of its own lifts. Untrusted text
    never makes a decision weaker, and a write that comes after it asks at least."""
    verdict = _judged(policy, agent, facts)
    if facts.tainted:
        untainted = _judged(policy, agent, replace(facts, tainted=False))
        if stricter(untainted.ruling, verdict.ruling):
            verdict = untainted
        verdict = _floored(verdict, facts)
    return Decision(
        ruling=verdict.ruling,
        sentence=f"{_SAID[verdict.ruling]}{verdict.reason}.",
        rule="" if verdict.rule is None or verdict.floored else verdict.rule.name,
        version=policy.version,
        asking=_asking(policy, verdict.rule),
        tainted=facts.tainted,
        quotes=facts.quotes,
    )


def stricter(one: Ruling, other: Ruling) -> bool:
    return _STRICTNESS.index(one) > _STRICTNESS.index(other)


def _judged(policy: Policy, agent: Agent, facts: Facts) -> _Verdict:
    own = _first(agent.rules, agent.name, facts)
    theirs = _first(policy.rules, agent.name, facts)
    if theirs is not None and (own is None or theirs.ruling is Ruling.DENY):
        return _Verdict(theirs.ruling, _by("organisation's", theirs), theirs)
    default = policy.reads if facts.effect is Effect.READ else policy.writes
    if theirs is None and default is Ruling.DENY:
        return _Verdict(default, f": no rule of the organisation's allows this {_kind(facts)}")
    if own is not None:
        return _Verdict(own.ruling, _by("agent's", own), own)
    return _Verdict(default, f": no rule speaks of this {_kind(facts)}")


def _kind(facts: Facts) -> str:
    return "read" if facts.effect is Effect.READ else "write"


def _floored(verdict: _Verdict, facts: Facts) -> _Verdict:
    """A write that comes after untrusted text asks, whatever a rule says. A read that would carry
    something outside asks too, unless a rule allows it to tainted turns in so many words."""
    if verdict.ruling is not Ruling.ALLOW:
        return verdict
    if facts.effect is Effect.WRITE:
        reason = ": this turn has read text that nobody vouches for"
        return _Verdict(Ruling.ASK, reason, verdict.rule, floored=True)
    if facts.carries and not (verdict.rule and verdict.rule.tainted):
        reason = f": after text that nobody vouches for, this would carry {facts.carries} outside"
        return _Verdict(Ruling.ASK, reason, verdict.rule, floored=True)
    return verdict


def _first(rules: Sequence[Rule], agent: str, facts: Facts) -> Rule | None:
    return next((rule for rule in rules if _fits(rule, agent, facts)), None)


def _fits(rule: Rule, agent: str, facts: Facts) -> bool:
    return (
        (not rule.tools or any(fnmatchcase(facts.tool, name) for name in rule.tools))
        and (not rule.effects or facts.effect in rule.effects)
        and (not rule.agents or any(fnmatchcase(agent, name) for name in rule.agents))
        and (not rule.roles or facts.role in rule.roles)
        and (rule.tainted is None or rule.tainted is facts.tainted)
        and (rule.cost_above is None or facts.cost > rule.cost_above)
        and all(holds(predicate, facts.arguments) for predicate in rule.arguments)
    )


def _by(whose: str, rule: Rule) -> str:
    """What a rule's author wrote stays within the one sentence."""
    name = " ".join(rule.name.split())
    because = " ".join(rule.because.split()).rstrip(".")
    return f" by the {whose} rule “{name}”" + (f": {because}" if because else "")


def _asking(policy: Policy, rule: Rule | None) -> Asking:
    """The rule's; what it leaves open is the policy's."""
    if rule is None or rule.asking is None:
        return policy.asking
    own, general = rule.asking, policy.asking
    return own.model_copy(
        update={
            "window": own.window or general.window,
            "remind_after": own.remind_after or general.remind_after,
            "escalate_after": own.escalate_after or general.escalate_after,
        }
    )
