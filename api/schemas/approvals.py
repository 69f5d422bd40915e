"""What waits for a person, and the verdict."""

from datetime import datetime
from typing import Any, Self
from uuid import UUID

from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

from api.schemas.base import Body, View
from api.text import Text
from domain.ports.approvals import ApprovalState, Decision, Via
from models.states import Role


class QuoteView(View):
    path: str = Field(description="Of the argument that holds these words")
    text: str
    source: str = Field(description="A document's title, a page's address, a tool's name")


class ApprovalView(View):
    id: UUID
    conversation_id: UUID | None = Field(description="Null for reviews of content")
    turn_id: UUID | None
    content_id: UUID | None = Field(description="What a review is about")
    call_id: str
    tool: str
    agent: str
    requested_by: UUID | None = Field(description="Whose turn it is")
    arguments: dict[str, Any] = Field(description="Exactly what will run")
    arguments_hash: str = Field(description="Send it with a verdict: it then counts for just these")
    original_arguments: dict[str, Any] | None = Field(
        description="What was asked for, where the verdict edited it"
    )
    arguments_schema: dict[str, Any] | None = Field(
        validation_alias="schema", description="What edited arguments must fit; null: no edits"
    )
    reason: str = Field(description="Why the policy asks, in one sentence")
    rule: str
    policy_version: int
    tainted: bool = Field(description="The turn has seen text that nobody vouches for")
    quotes: list[QuoteView] = Field(description="Words of the arguments that stand in such text")
    approvers: Role = Field(description="The least role that may decide")
    four_eyes: bool = Field(description="Whoever asked, or wrote the text, may not decide")
    state: ApprovalState
    note: str
    requested_at: datetime
    expires_at: datetime
    remind_at: datetime | None
    reminded_at: datetime | None
    escalate_at: datetime | None = Field(description="From then on `escalate_to` is asked as well")
    escalate_to: Role
    escalated_at: datetime | None
    decided_at: datetime | None
    decided_by: UUID | None
    decided_via: Via | None
    executed_at: datetime | None


class Verdict(Body):
    decision: Decision
    note: Text = Field("", max_length=2_000, description="Needed for revise: the model reads it")
    arguments: dict[str, Any] | None = Field(
        None, description="With approve: run these instead; they must fit `arguments_schema`"
    )
    arguments_hash: str | None = Field(
        None,
        max_length=64,
        description="Of the arguments that were shown; when they have changed since: 409",
    )

    @model_validator(mode="after")
    def _complete(self) -> Self:
        if self.arguments is not None and self.decision is not Decision.APPROVE:
            raise PydanticCustomError("arguments_unsupported", "Only approve takes arguments.")
        if self.decision is Decision.REVISE and not self.note.strip():
            raise PydanticCustomError("note_required", "Say in `note` what to change.")
        return self
