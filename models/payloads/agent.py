"""An agent is data: what it is told, which model it asks, what it may do."""

from datetime import timedelta
from decimal import Decimal
from enum import StrEnum
from typing import Any, Final

from pydantic import Field, model_validator

from models.payloads.base import Payload
from models.payloads.policy import Rule

# The name that stands for "whoever fits": a routing step chooses.
AUTO: Final = "auto"
# Of a supervisor, where it says nothing of its own. Its calls are as many as anybody's.
SUPERVISOR_STEPS: Final = 20


class Strategy(StrEnum):
    """How a turn is answered, by its kind."""

    AUTO = "auto"
    """Chosen for each turn: by rules, and by a fast model when rules do not decide."""
    PLAIN = "plain"
    CONCISE = "concise"
    ANALYTICAL = "analytical"
    SUMMARISING = "summarising"
    TOOL_HEAVY = "tool_heavy"


class OnContamination(StrEnum):
    """What becomes of an answer that gave itself away."""

    TELL = "tell"
    """An event, and the answer stands."""
    WITHDRAW = "withdraw"
    """The text is withdrawn and a safe answer stands in its place."""
    HOLD_SENTENCES = "hold_sentences"
    """Text is released sentence by sentence, once checked; then as `withdraw`."""
    HOLD_WHOLE = "hold_whole"
    """Text is released once all of it is checked; then as `withdraw`."""


class OnRefusal(StrEnum):
    """After a call that a person or the policy refused, or that nobody decided on."""

    CONTINUE = "continue"
    """The model hears of it and goes on."""
    END = "end"
    """The turn ends as `denied` or `expired`."""


class Open(StrEnum):
    """What of an agent its callers may set for one turn, if it leaves that open."""

    INSTRUCTIONS = "instructions"
    """Text of theirs stands below the agent's own."""
    TEMPERATURE = "temperature"
    OUTPUT_TOKENS = "output_tokens"
    """Fewer than the agent's own."""


class Pattern(StrEnum):
    """How an agent works with its members."""

    SINGLE = "single"
    SEQUENTIAL = "sequential"
    """Each member works on what the one before it made."""
    PARALLEL = "parallel"
    """All at once on the same task; then one answer of all."""
    SUPERVISOR = "supervisor"
    """The model calls its members as tools, as it sees fit."""
    DEBATE = "debate"
    """Rounds in which each member reads the others; then a verdict."""


class Example(Payload):
    """What a good exchange looks like."""

    user: str = Field(min_length=1, max_length=4_000)
    assistant: str = Field(min_length=1, max_length=8_000)


class Agent(Payload):
    """One version of an agent, as an organisation defines it."""

    name: str
    version: int = 1
    description: str = ""
    instructions: str = ""
    model: str | None = None
    """The provider's name for the model; None is the deployment's default."""
    fallback_model: str | None = None
    """Asked when the model is away, busy, unknown or out of quota; of the same provider. None: the
    deployment's."""
    examples: tuple[Example, ...] = Field(default=(), max_length=10)
    strategy: Strategy = Strategy.PLAIN
    temperature: float | None = None
    tools: tuple[str, ...] = ()
    retrieves: bool = True
    top_k: int = Field(default=6, ge=0, le=50)
    collections: tuple[str, ...] = ()
    """What retrieval and its search tool may reach; empty is everything in the space."""
    lexical_weight: float = Field(default=1.0, ge=0, le=10)
    semantic_weight: float = Field(default=1.0, ge=0, le=10)
    """How much each ranking counts when they are fused."""
    rerank: bool = True
    passage_tokens: int = Field(default=6_000, ge=100)
    """What all passages of a turn may have together."""
    iteration_limit: int = Field(default=8, ge=1, le=50)
    token_budget: int = Field(default=200_000, ge=1)
    """Tokens in and out over all steps of one turn."""
    deadline: timedelta = timedelta(minutes=10)
    """Working time of one turn; waiting for a person does not count."""
    output_tokens: int = Field(default=4_096, ge=1)
    context_tokens: int = Field(default=128_000, ge=1)
    """The model's limit, input and output together."""
    background: bool = True
    """Let the provider keep the response, so that a killed worker resumes it mid-answer."""
    cost_budget: Decimal | None = Field(default=None, gt=0)
    """US dollars over all steps of one turn, its children's included."""
    tool_call_limit: int = Field(default=50, ge=1, le=200)
    """Calls in one turn, its children's apart."""
    rules: tuple[Rule, ...] = Field(default=(), max_length=50)
    """Its approval policy: looked at before the organisation's, whose denials stand."""
    on_contamination: OnContamination = OnContamination.TELL
    on_refusal: OnRefusal = OnRefusal.CONTINUE
    pattern: Pattern = Pattern.SINGLE
    members: tuple[str, ...] = Field(default=(), max_length=8)
    """Agents that it works with."""
    rounds: int = Field(default=2, ge=1, le=5)
    """Of a debate."""
    open_parameters: tuple[Open, ...] = ()
    """What callers may set; everything else is as it stands here."""

    @model_validator(mode="before")
    @classmethod
    def _leads(cls, given: Any) -> Any:  # noqa: ANN401 -- whatever somebody made of it
        """Who leads others takes more steps than who works alone, where nothing is said of it."""
        if isinstance(given, dict) and given.get("pattern") == Pattern.SUPERVISOR:
            return {"iteration_limit": SUPERVISOR_STEPS, **given}
        return given

    def plan(self) -> "AgentPlan":
        return AgentPlan(
            name=self.name,
            version=self.version,
            retrieves=self.retrieves,
            iteration_limit=max(self.iteration_limit, self._least_steps()),
            token_budget=self.token_budget,
            deadline=self.deadline,
            cost_budget=self.cost_budget,
            tool_call_limit=self.tool_call_limit,
            on_refusal=self.on_refusal,
            strategy=self.strategy,
        )

    def _least_steps(self) -> int:
        """What a set order takes, its answer included."""
        match self.pattern:
            case Pattern.SEQUENTIAL:
                return len(self.members) + 1
            case Pattern.PARALLEL:
                return 2
            case Pattern.DEBATE:
                return self.rounds + 1
            case _:
                return 1


class Terms(Payload):
    """What a caller set for one turn; None is the agent's own."""

    temperature: float | None = None
    output_tokens: int | None = None
    instructions: str | None = None


class AgentPlan(Payload):
    """What a workflow must know of an agent to order its work."""

    name: str
    version: int = 1
    retrieves: bool = True
    iteration_limit: int = 8
    token_budget: int = 200_000
    deadline: timedelta = timedelta(minutes=10)
    cost_budget: Decimal | None = None
    tool_call_limit: int = 50
    on_refusal: OnRefusal = OnRefusal.CONTINUE
    strategy: Strategy = Strategy.PLAIN
    """Of this turn; AUTO until a routing step has chosen."""
    terms: Terms | None = None
    """The caller's."""
