"""An agent's instructions are a template: what it may say, and what becomes of it."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import Any, Final

from jinja2 import StrictUndefined, Template, TemplateError, nodes
from jinja2.sandbox import ImmutableSandboxedEnvironment

from domain import strategy
from domain.ports.identity import Spaces
from models.errors import InvalidError
from models.payloads.agent import Agent, Example, Strategy
from models.payloads.scope import Scope

# Some 5,000 tokens: more leaves a small model no room for the question.
TEMPLATE_CHARACTERS: Final = 20_000
RENDERED_CHARACTERS: Final = 40_000
# Of one value: what a space says at length of itself stands in its profile, after these.
VALUE_CHARACTERS: Final = 2_000
MOST_NAMES: Final = 100
SEPARATOR_CHARACTERS: Final = 20
# Each runs once over a list of names: one inside another is a mistake, and costs the square.
MOST_LOOPS: Final = 20
_KEPT_TEMPLATES: Final = 256

_LISTS: Final = frozenset({"tools", "collections"})
_KNOWN: Final = {"space": ("name", "voice", "profile"), "agent": ("name", "description")}
_NAMES: Final = frozenset({*_KNOWN, *_LISTS, "today", "loop"})
# What runs for long, takes memory, or calls, is not among them: no template needs more time than
# its own length times one list's.
_NODES: Final = (
    *(nodes.Template, nodes.Output, nodes.TemplateData, nodes.If, nodes.For, nodes.CondExpr),
    *(nodes.Name, nodes.Getattr, nodes.Const, nodes.Filter, nodes.Test, nodes.Concat),
    *(nodes.Compare, nodes.Operand, nodes.And, nodes.Or, nodes.Not, nodes.Keyword),
)
_FILTERS: Final = frozenset(
    {"capitalize", "default", "first", "join", "last", "length", "lower", "title", "trim", "upper"}
)
_TESTS: Final = frozenset({"defined", "undefined", "none"})
_LOOP: Final = frozenset({"first", "last", "index", "length"})


@dataclass(frozen=True, slots=True)
class Facts:
    """What a template may name."""

    today: date
    space: Mapping[str, str]
    """name, voice, profile."""
    tools: Sequence[str] = ()
    """Those that the agent really has here."""
    collections: Sequence[str] = ()


def is_template(text: str) -> bool:
    return "{{" in text or "{%" in text or "{#" in text


def names_space(text: str) -> bool:
    """Whether the space has to be looked up."""
    return is_template(text) and "space" in text


async def said_of(spaces: Spaces, scope: Scope) -> dict[str, str]:
    """What templates may say of the space; NotFoundError for one that no token has named yet."""
    context = await spaces.context(scope)
    profile = await spaces.profile(scope)
    return {
        **{name: str(context.get(name) or "") for name in ("name", "voice")},
        "profile": profile,
    }


def check(agent: Agent) -> None:
    """InvalidError agent_template_invalid when the instructions do not parse, use what is not
    allowed, or do not render, with a space that says much and one that says nothing."""
    if len(agent.instructions) > TEMPLATE_CHARACTERS:
        raise _invalid(f"more than {TEMPLATE_CHARACTERS:,} characters")
    for said in ("", "a"):
        space = dict.fromkeys(_KNOWN["space"], said)
        tools = agent.tools if said else ()
        facts = Facts(date(2026, 1, 1), space, tools, agent.collections)
        rendered(agent, facts)


def rendered(agent: Agent, facts: Facts) -> str:
    """InvalidError agent_template_invalid."""
    if not is_template(agent.instructions):
        return agent.instructions
    template = _compiled(agent.instructions)
    try:
        return "".join(_bounded(template.generate(_values(agent, facts)))).strip()
    except TemplateError as error:
        raise _invalid(error.message or type(error).__name__) from None
    except (TypeError, ValueError, ArithmeticError, LookupError) as error:
        raise _invalid(str(error)) from None


def briefed(agent: Agent, facts: Facts, kind: Strategy) -> Agent:
    """The agent as it answers now: instructions rendered, examples shown, the manner of this
    kind of turn at the end."""
    parts = (rendered(agent, facts), _shown(agent.examples), strategy.tail(kind))
    told = "\n\n".join(part for part in parts if part)
    return strategy.applied(agent, kind).model_copy(update={"instructions": told})


def _shown(examples: Sequence[Example]) -> str:
    if not examples:
        return ""
    lines = [
        f"<example>\n<user>{example.user}</user>\n<assistant>{example.assistant}</assistant>\n"
        "</example>"
        for example in examples
    ]
    said = "These show the manner of good answers. Their facts, figures and marks are made up:"
    return "\n".join((said, *lines))


def _values(agent: Agent, facts: Facts) -> dict[str, Any]:
    return {
        "space": {name: _value(facts.space.get(name)) for name in _KNOWN["space"]},
        "agent": {"name": agent.name, "description": agent.description},
        "today": facts.today.strftime("%A, %Y-%m-%d"),
        "tools": list(facts.tools)[:MOST_NAMES],
        "collections": list(facts.collections)[:MOST_NAMES],
    }


def _value(text: str | None) -> str:
    return (text or "").strip()[:VALUE_CHARACTERS]


def _bounded(parts: Iterator[str]) -> Iterator[str]:
    left = RENDERED_CHARACTERS
    for part in parts:
        left -= len(part)
        if left < 0:
            raise _invalid(f"more than {RENDERED_CHARACTERS:,} characters once filled in")
        yield part


_ENVIRONMENT: Final = ImmutableSandboxedEnvironment(
    undefined=StrictUndefined,
    autoescape=False,  # text for a model, not for a browser
    trim_blocks=True,
    lstrip_blocks=True,
)


@lru_cache(maxsize=_KEPT_TEMPLATES)
def _compiled(text: str) -> Template:
    try:
        tree = _ENVIRONMENT.parse(text)
        _look(tree)
        return _ENVIRONMENT.from_string(tree)
    except TemplateError as error:
        where = f" in line {error.lineno}" if hasattr(error, "lineno") else ""
        raise _invalid(f"{error.message}{where}") from None
    except (RecursionError, SyntaxError, MemoryError):
        raise _invalid("it is nested too deeply") from None


def _look(tree: nodes.Template) -> None:
    """Only what is known to end soon."""
    loops = list(tree.find_all(nodes.For))
    if len(loops) > MOST_LOOPS:
        raise _invalid(f"more than {MOST_LOOPS} loops")
    own = {loop.target.name for loop in loops if isinstance(loop.target, nodes.Name)}
    for loop in loops:
        _look_at_loop(loop)
    for node in _walk(tree):
        _look_at(node, own)


def _walk(node: nodes.Node) -> Iterator[nodes.Node]:
    waiting = [node]
    while waiting:
        one = waiting.pop()
        yield one
        waiting.extend(one.iter_child_nodes())


def _look_at_loop(loop: nodes.For) -> None:
    over = loop.iter
    if not (isinstance(over, nodes.Name) and over.name in _LISTS) or loop.recursive:
        raise _invalid("loops go over tools or collections", loop.lineno)
    if not isinstance(loop.target, nodes.Name) or loop.target.name in _NAMES:
        raise _invalid("a loop has one name of its own", loop.lineno)
    if loop.find(nodes.For) is not None:
        raise _invalid("no loop stands in another", loop.lineno)


def _look_at(node: nodes.Node, own: set[str]) -> None:
    line = getattr(node, "lineno", None)
    match node:
        case nodes.Name(name=name) if name not in _NAMES | own:
            raise _invalid(f"there is no {name!r}", line)
        case nodes.Getattr(node=nodes.Name(name="loop"), attr=attr) if attr in _LOOP:
            return
        case nodes.Getattr(node=nodes.Name(name=name), attr=attr) if attr in _KNOWN.get(name, ()):
            return
        case nodes.Getattr(attr=attr):
            raise _invalid(f"there is no {attr!r} here", line)
        case nodes.Filter(name=name) if name not in _FILTERS:
            raise _invalid(f"the filter {name!r} is not allowed", line)
        case nodes.Filter(name="join") if not _is_plain_join(node):
            raise _invalid("join takes a list and a short separator", line)
        case nodes.Test(name=name) if name not in _TESTS:
            raise _invalid(f"the test {name!r} is not allowed", line)
        case _ if not isinstance(node, _NODES):
            raise _invalid(f"{type(node).__name__.lower()} is not allowed", line)


def _is_plain_join(join: nodes.Filter) -> bool:
    """Joined with what is long, and again, a few words fill any memory."""
    if not isinstance(join.node, nodes.Name) or join.kwargs or len(join.args) > 1:
        return False
    separators = [arg.value for arg in join.args if isinstance(arg, nodes.Const)]
    return len(separators) == len(join.args) and all(
        len(str(separator)) <= SEPARATOR_CHARACTERS for separator in separators
    )


def _invalid(why: str, line: int | None = None) -> InvalidError:
    where = f" (line {line})" if line else ""
    return InvalidError(
        f"The instructions cannot be used: {why}{where}."[:500], code="agent_template_invalid"
    )
