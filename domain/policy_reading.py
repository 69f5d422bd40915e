"""Policies as people write them: read strictly, since a slip would let something run."""

import json
import math
from collections.abc import Iterator, Mapping, Sequence
from datetime import timedelta
from typing import Any, Final

from pydantic import BaseModel, ValidationError

from domain.predicates import number
from models.errors import InvalidError
from models.payloads.policy import Asking, Effect, Operator, Policy, Predicate, Rule, Ruling
from models.payloads.safety import Safety
from models.states import Role

MOST_CHARACTERS: Final = 256_000
MOST_VALUE_CHARACTERS: Final = 1_000
MOST_VALUES: Final = 200
MOST_NAMES: Final = 10
LONGEST_WINDOW: Final = timedelta(days=30)
_MOST_PROBLEMS: Final = 5

_TEXT: Final = frozenset({Operator.STARTS_WITH, Operator.ENDS_WITH, Operator.MATCHES})
_NUMBER: Final = frozenset({Operator.ABOVE, Operator.BELOW, Operator.LONGER_THAN})


def read_policy(raw: Mapping[str, Any]) -> Policy:
    """InvalidError("policy_invalid") names the rule and says what is wrong with it."""
    policy = Policy.model_validate(_read(Policy, raw, "policy_invalid", names=raw.get("rules")))
    if problems := [*rule_problems(policy.rules), *_asking(policy.asking, "The policy")]:
        raise _invalid("policy_invalid", problems)
    return policy.model_copy(update={"version": 0})


def read_safety(raw: Mapping[str, Any]) -> Safety:
    """InvalidError("safety_invalid")."""
    return Safety.model_validate(_read(Safety, raw, "safety_invalid"))


def rule_problems(rules: Sequence[Rule]) -> list[str]:
    """What is wrong with rules, an agent's as well; nothing when they can be kept."""
    found: list[str] = []
    names: set[str] = set()
    for rule in rules:
        who = f"Rule “{rule.name}”"
        if not rule.name.strip():
            found.append("A rule has no name")
        elif rule.name in names:
            found.append(f"{who} stands there twice")
        names.add(rule.name)
        found += [f"{who}: {problem}" for problem in _rule(rule)]
    return found


def _rule(rule: Rule) -> Iterator[str]:
    if not all(name.strip() for name in (*rule.tools, *rule.agents)):
        yield "a tool or agent has no name"
    if rule.cost_above is not None and not (rule.cost_above.is_finite() and rule.cost_above >= 0):
        yield "cost_above is an amount of dollars"
    if rule.ruling is Ruling.ALLOW and rule.tainted and Effect.WRITE in rule.effects:
        yield "a write after untrusted text asks, whatever a rule allows: leave out `write`"
    for predicate in rule.arguments:
        for problem in _predicate(predicate, rule.ruling):
            yield f"argument {predicate.path}: {problem}"
    if rule.asking is not None:
        yield from _asking(rule.asking)


def _predicate(predicate: Predicate, ruling: Ruling) -> Iterator[str]:
    names = predicate.path.split(".")
    if not all(names) or len(names) > MOST_NAMES:
        yield f"a path is up to {MOST_NAMES} names joined by dots"
    if ruling is Ruling.ALLOW and "*" in names and not (predicate.every or predicate.negated):
        yield "this allows a call as soon as one of several values fits: set `every`"
    problem = _value(predicate.operator, predicate.value)
    if problem:
        yield problem


def _value(operator: Operator, value: object) -> str:
    if operator is Operator.EXISTS:
        return "" if value is None else "`exists` takes no value"
    if operator is Operator.ONE_OF:
        if not isinstance(value, list | tuple) or not 0 < len(value) <= MOST_VALUES:
            return f"`one_of` takes a list of up to {MOST_VALUES} values"
        return next(filter(None, map(_single, value)), "")
    if operator in _NUMBER and number(value) is None:
        return f"`{operator.value}` takes a number"
    if operator is Operator.LONGER_THAN and (not isinstance(value, int) or value < 0):
        return "`longer_than` takes a whole number"
    if operator in _TEXT and not (isinstance(value, str) and value):
        return f"`{operator.value}` takes text"
    if operator is Operator.CONTAINS and value in (None, ""):
        return "`contains` takes what is to be in there"
    return _single(value)


def _single(value: object) -> str:
    if isinstance(value, float) and not math.isfinite(value):
        return "a value is no number"
    if not isinstance(value, str | int | float | bool | None):
        return "a value is text, a number, true, false or null"
    if isinstance(value, str) and len(value) > MOST_VALUE_CHARACTERS:
        return f"a value has up to {MOST_VALUE_CHARACTERS} characters"
    return ""


def _asking(asking: Asking, who: str = "") -> Iterator[str]:
    start = f"{who}: " if who else ""
    for name, role in (("approvers", asking.approvers), ("escalate_to", asking.escalate_to)):
        if not role.includes(Role.APPROVER):
            yield f"{start}{name} are approvers or admins"
    window = LONGEST_WINDOW if asking.window is None else asking.window
    if not timedelta(0) < window <= LONGEST_WINDOW:
        yield f"{start}window is more than nothing and up to {LONGEST_WINDOW.days} days"
    for name, after in (
        ("remind_after", asking.remind_after),
        ("escalate_after", asking.escalate_after),
    ):
        if after is not None and not timedelta(0) < after < window:
            yield f"{start}{name} lies within the window"


def _read(
    kind: type[BaseModel], raw: Mapping[str, Any], code: str, names: object = None
) -> Mapping[str, Any]:
    """As it was, when the model takes it and knows all of its fields."""
    try:
        written = json.dumps(raw, ensure_ascii=False)
        if len(written) > MOST_CHARACTERS:
            raise _invalid(code, [f"It has more than {MOST_CHARACTERS} characters"])
        if "\\u0000" in written or not _encodes(written):
            raise _invalid(code, ["It holds what is no text: NUL, or half of a surrogate pair"])
        # A field that is not known is a condition that would not be asked.
        kind.model_validate(raw, extra="forbid")
    except ValidationError as error:
        found = [
            f"{_place(problem['loc'], names)}: {problem['msg']}"
            for problem in error.errors(include_url=False, include_input=False)
        ]
        raise _invalid(code, found) from None
    except RecursionError:
        raise _invalid(code, ["It is nested too deeply"]) from None
    return raw


def _encodes(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def _place(path: Sequence[int | str], rules: object) -> str:
    """By the rule's name, where it has one."""
    match path:
        case ("rules", int(index), *rest) if isinstance(rules, list) and index < len(rules):
            rule = rules[index]
            name = rule.get("name") if isinstance(rule, dict) else None
            who = f"Rule “{name}”" if isinstance(name, str) else f"Rule {index + 1}"
            return ": ".join(filter(None, [who[:120], ".".join(map(str, rest))]))
        case _:
            return ".".join(map(str, path)) or "It"


def _invalid(code: str, problems: Sequence[str]) -> InvalidError:
    said = "; ".join(problems[:_MOST_PROBLEMS])
    more = f"; and {len(problems) - _MOST_PROBLEMS} more" if len(problems) > _MOST_PROBLEMS else ""
    return InvalidError(f"{said[:1_500]}{more}.", code=code)
