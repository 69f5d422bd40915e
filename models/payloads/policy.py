"""What agents may do: an organisation's rules, one sentence for each decision."""

from datetime import timedelta
from decimal import Decimal
from enum import StrEnum
from typing import Any, Final

from pydantic import Field

from models.payloads.base import Payload
from models.states import Role

# A person reads them all to know what holds.
MOST_RULES: Final = 200
MOST_PREDICATES: Final = 20


class Effect(StrEnum):
    """What a tool does to the world."""

    READ = "read"
    """Changes nothing: may be tried again."""
    WRITE = "write"
    """Leaves a trace outside: runs once per idempotency key."""


class Ruling(StrEnum):
    """In rising strictness."""

    ALLOW = "allow"
    ASK = "ask"
    DENY = "deny"


class Operator(StrEnum):
    EQUALS = "equals"
    ONE_OF = "one_of"
    CONTAINS = "contains"
    STARTS_WITH = "starts_with"
    ENDS_WITH = "ends_with"
    MATCHES = "matches"
    """A shell pattern (`*`, `?`), never a regular expression: those can run for hours."""
    ABOVE = "above"
    BELOW = "below"
    LONGER_THAN = "longer_than"
    EXISTS = "exists"


class Predicate(Payload):
    """A question about one argument of a call. Of several values under `path` one suffices; with
    `negated`, none may hold. What is not there fulfils only a negated question."""

    path: str = Field(min_length=1, max_length=200)
    """`to`, `items.*.price`: names joined by dots, `*` for each of a list or object."""
    operator: Operator
    value: Any = None
    negated: bool = False
    every: bool = False
    """All values under `path` must fulfil it, and there must be one: what a rule needs that allows
    a list. With `negated`: not all of them do."""


class Asking(Payload):
    """Who is asked, and how long. None leaves it to the policy's default, or the deployment's."""

    approvers: Role = Role.APPROVER
    four_eyes: bool = False
    """Whoever asked, or wrote what is reviewed, may not decide."""
    window: timedelta | None = None
    """Silence for this long is a no."""
    remind_after: timedelta | None = None
    escalate_after: timedelta | None = None
    """From then on `escalate_to` is asked as well; the window stays what it is."""
    escalate_to: Role = Role.ADMIN


class Rule(Payload):
    """Holds when all that it names holds; empty names nothing. The first that holds decides."""

    name: str = Field(min_length=1, max_length=100)
    ruling: Ruling
    because: str = Field(default="", max_length=300)
    """The reason, for people; the decision's sentence ends with it."""
    tools: tuple[str, ...] = Field(default=(), max_length=100)
    """Names, or shell patterns such as `crm__*`."""
    effects: tuple[Effect, ...] = ()
    agents: tuple[str, ...] = Field(default=(), max_length=100)
    roles: tuple[Role, ...] = ()
    """Of the person whose turn it is."""
    tainted: bool | None = None
    """Whether the turn has seen text that nobody vouches for."""
    arguments: tuple[Predicate, ...] = Field(default=(), max_length=MOST_PREDICATES)
    cost_above: Decimal | None = None
    """The turn has cost more than this many US dollars."""
    asking: Asking | None = None


class Policy(Payload):
    """An organisation's; version 0 is the one that ships."""

    version: int = 0
    rules: tuple[Rule, ...] = Field(default=(), max_length=MOST_RULES)
    reads: Ruling = Ruling.ALLOW
    writes: Ruling = Ruling.ASK
    """What holds where no rule does."""
    asking: Asking = Asking()


class Quote(Payload):
    """Words of an argument that stand in text that nobody vouches for."""

    path: str
    """Of the argument, as in `Predicate`."""
    text: str = Field(max_length=300)
    source: str = Field(max_length=300)
    """Where they stand: a document's title, a page's address, a tool's name."""


class Decision(Payload):
    """What the policy says of one call."""

    ruling: Ruling
    sentence: str
    """One sentence, for the approver, the audit and `holdfast policy try`."""
    rule: str = ""
    """The rule that decided; empty when a default or a floor did."""
    version: int = 0
    asking: Asking = Asking()
    tainted: bool = False
    quotes: tuple[Quote, ...] = ()
