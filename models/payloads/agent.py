"""An agent is data: what it is told, which model it asks, what it may do."""

from datetime import timedelta

from pydantic import Field

from models.payloads.base import Payload


class Agent(Payload):
    """One version of an agent, as an organisation defines it."""

    name: str
    version: int = 1
    description: str = ""
    instructions: str = ""
    model: str | None = None
    """The provider's name for the model; None is the deployment's default."""
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

    def plan(self) -> "AgentPlan":
        return AgentPlan(
            name=self.name,
            version=self.version,
            retrieves=self.retrieves,
            iteration_limit=self.iteration_limit,
            token_budget=self.token_budget,
            deadline=self.deadline,
        )


class AgentPlan(Payload):
    """What a workflow must know of an agent to order its work."""

    name: str
    version: int = 1
    retrieves: bool = True
    iteration_limit: int = 8
    token_budget: int = 200_000
    deadline: timedelta = timedelta(minutes=10)
