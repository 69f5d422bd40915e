"""Agents as an organisation writes and reads them."""

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Annotated, Any, Final
from uuid import UUID

from pydantic import BeforeValidator, ConfigDict, Field, ValidationError
from pydantic_core import PydanticCustomError

from api.schemas.base import Body, View
from api.schemas.naming import CollectionName, named
from api.text import Text
from domain.catalogue.checking import DESCRIPTION_CHARACTERS, NAME_PATTERN
from domain.instructions import TEMPLATE_CHARACTERS
from domain.ports.agents import AgentVersion
from models.payloads.agent import (
    Agent,
    Example,
    OnContamination,
    OnRefusal,
    Open,
    Pattern,
    Strategy,
)
from models.payloads.policy import Rule

NOTE_CHARACTERS: Final = 500
# Of a column; nobody gets there.
LARGEST_VERSION: Final = 2**31 - 1
_NAMES: Final = 100

NewName = Annotated[
    str,
    Field(pattern=f"^{NAME_PATTERN}$", examples=["support"]),
    named(
        "agent_name_invalid",
        "An agent's name has 1 to 40 characters: a-z, 0-9 and _, the first a letter.",
    ),
]
Named = Annotated[Text, Field(min_length=1, max_length=200)]
Note = Annotated[Text, Field(max_length=NOTE_CHARACTERS, examples=["Shorter answers"])]
Version = Annotated[int, Field(ge=1, le=LARGEST_VERSION)]


def _strict_rule(value: object) -> object:
    """A mistyped field of a rule would make it hold where nobody meant it."""
    try:
        return Rule.model_validate(value, extra="forbid")
    except ValidationError as error:
        problem = error.errors(include_url=False, include_input=False)[0]
        where = ".".join(str(part)[:80] for part in problem["loc"]) or "it"
        raise PydanticCustomError(
            "agent_rules_unsound", "{where}: {what}", {"where": where, "what": problem["msg"]}
        ) from None


StrictRule = Annotated[Rule, BeforeValidator(_strict_rule)]


class AgentFields(Body):
    """Everything but the name. Limits that hang together are checked when it is saved."""

    description: Annotated[Text, Field(max_length=DESCRIPTION_CHARACTERS)] = Field(
        "", description="What it is for: people read it, and routing chooses by it"
    )
    instructions: Annotated[Text, Field(max_length=TEMPLATE_CHARACTERS)] = Field(
        "",
        description="A Jinja2 template; it may name space.name, space.voice, space.profile,"
        " agent.name, agent.description, today, tools and collections",
    )
    model: Named | None = Field(None, description="The deployment's unless given")
    fallback_model: Named | None = Field(
        None, description="Asked when the model is away or unknown. The deployment's unless given"
    )
    examples: tuple[Example, ...] = Field((), max_length=10)
    strategy: Strategy = Strategy.PLAIN
    temperature: float | None = Field(None, ge=0, le=2)
    tools: tuple[Named, ...] = Field((), max_length=_NAMES)
    retrieves: bool = True
    top_k: int = Field(6, ge=0, le=50)
    collections: tuple[CollectionName, ...] = Field((), max_length=_NAMES)
    lexical_weight: float = Field(1.0, ge=0, le=10)
    semantic_weight: float = Field(1.0, ge=0, le=10)
    rerank: bool = True
    passage_tokens: int = Field(6_000, ge=100)
    iteration_limit: int = Field(8, ge=1, le=50)
    token_budget: int = Field(200_000, ge=1)
    cost_budget: Decimal | None = Field(None, gt=0, allow_inf_nan=False, description="US dollars")
    deadline: timedelta = Field(
        timedelta(minutes=10), description="Working time of a turn: seconds, or as ISO 8601"
    )
    output_tokens: int = Field(4_096, ge=1)
    context_tokens: int = Field(128_000, ge=1)
    background: bool = True
    tool_call_limit: int = Field(50, ge=1, le=200)
    rules: tuple[StrictRule, ...] = Field((), max_length=50, description="Its approval policy")
    on_contamination: OnContamination = OnContamination.TELL
    on_refusal: OnRefusal = OnRefusal.CONTINUE
    pattern: Pattern = Pattern.SINGLE
    members: tuple[NewName, ...] = Field((), max_length=8)
    rounds: int = Field(2, ge=1, le=5)
    open_parameters: tuple[Open, ...] = Field(
        (), max_length=len(Open), description="What callers may set for one turn"
    )

    def _said(self) -> dict[str, Any]:
        """What of an agent was given, as values."""
        fields = set(Agent.model_fields) & self.model_fields_set
        return {name: getattr(self, name) for name in fields}


class NewAgent(AgentFields):
    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "name": "support",
                    "description": "Answers customers' questions about orders and returns.",
                    "instructions": "You answer customers of {{ space.name }}, in their words.",
                    "tools": ["search_documents", "ask_user"],
                    "top_k": 5,
                    "temperature": 0.3,
                }
            ]
        }
    )

    name: NewName
    note: Note = Field("", description="Why, for the history")

    def agent(self) -> Agent:
        # Validated as a whole: what an agent is by default depends on its pattern.
        return Agent.model_validate(self._said())


class AgentChange(AgentFields):
    """What is left out stays."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"temperature": 0.5, "expected": 3}]})

    expected: Version | None = Field(
        None, description="The version that the change was made on; or send it as If-Match"
    )
    note: Note = Field("", description="Why, for the history")

    def applied(self, to: Agent) -> Agent:
        return to.model_copy(update=self._said())


class Rollback(Body):
    version: Version = Field(description="Whose content becomes the next version", examples=[3])
    note: Note = ""


class AgentLimits(View):
    iteration_limit: int
    token_budget: int
    deadline_seconds: float
    output_tokens: int


class AgentView(View):
    """What those who talk to it need to know. Limits are cut to the deployment's model."""

    name: str
    version: int
    description: str
    tools: tuple[str, ...]
    retrieves: bool
    collections: tuple[str, ...] = Field(
        description="What its retrieval may reach; empty: all of the space's"
    )
    strategy: Strategy
    pattern: Pattern
    members: tuple[str, ...]
    limits: AgentLimits

    @classmethod
    def of(cls, agent: Agent) -> "AgentView":
        return cls(
            name=agent.name,
            version=agent.version,
            description=agent.description,
            tools=agent.tools,
            retrieves=agent.retrieves,
            collections=agent.collections,
            strategy=agent.strategy,
            pattern=agent.pattern,
            members=agent.members,
            limits=AgentLimits(
                iteration_limit=agent.iteration_limit,
                token_budget=agent.token_budget,
                deadline_seconds=agent.deadline.total_seconds(),
                output_tokens=agent.output_tokens,
            ),
        )


class AgentList(View):
    items: list[AgentView]


class AgentVersionView(View):
    """One version, whole, as it was written."""

    agent: Agent
    current: bool
    archived: bool
    created_by: UUID | None = Field(description="null for what ships")
    created_at: datetime | None
    note: str

    @classmethod
    def of(cls, version: AgentVersion) -> "AgentVersionView":
        return cls.model_validate(version)


class VersionSummary(View):
    version: int
    current: bool
    created_by: UUID | None = Field(description="null for what ships")
    created_at: datetime | None
    note: str

    @classmethod
    def of(cls, one: AgentVersion) -> "VersionSummary":
        return cls(
            version=one.agent.version,
            current=one.current,
            created_by=one.created_by,
            created_at=one.created_at,
            note=one.note,
        )


class AgentVersions(View):
    archived: bool
    items: list[VersionSummary]


class Told(View):
    """What the agent is told in this space today, were a plain turn to begin now."""

    version: int
    instructions: str
