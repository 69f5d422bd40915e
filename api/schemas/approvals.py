"""What waits for a person, and the verdict."""

from datetime import datetime
from typing import Any, Self
from uuid import UUID

from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

from api.schemas.base import Body, View
from api.text import Text
from domain.ports.approvals import ApprovalState, Decision


class ApprovalView(View):
    id: UUID
    conversation_id: UUID
    turn_id: UUID
    call_id: str
    tool: str
    arguments: dict[str, Any] = Field(description="Exactly what will run")
    state: ApprovalState
    note: str
    requested_at: datetime
    expires_at: datetime
    decided_at: datetime | None
    decided_by: UUID | None
    executed_at: datetime | None


class Verdict(Body):
    decision: Decision
    note: Text = Field("", max_length=2_000, description="Needed for revise: the model reads it")
    arguments: dict[str, Any] | None = Field(
        None, description="Editing arguments is not possible yet: `arguments_unsupported`"
    )

    @model_validator(mode="after")
    def _complete(self) -> Self:
        if self.arguments is not None:
            raise PydanticCustomError("arguments_unsupported", "Arguments cannot be edited yet.")
        if self.decision is Decision.REVISE and not self.note.strip():
            raise PydanticCustomError("note_required", "Say in `note` what to change.")
        return self
