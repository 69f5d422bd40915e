"""What there is: this deployment, tickets."""

from typing import Any, Self
from uuid import UUID

from pydantic import Field, model_validator

from api.schemas.base import Body, View


class Format(View):
    media_type: str = Field(examples=["application/pdf"])
    extensions: list[str] = Field(examples=[["pdf"]])


class Info(View):
    version: str
    models: dict[str, Any]
    limits: dict[str, int]
    formats: list[Format] = Field(description="Files that are read")
    features: list[str]


class NewTicket(Body):
    """For one stream: a conversation's (or a run's, which is one), or a document's."""

    conversation_id: UUID | None = Field(None, description="A conversation's id, or a run's")
    document_id: UUID | None = None

    @model_validator(mode="after")
    def _one(self) -> Self:
        if (self.conversation_id is None) == (self.document_id is None):
            raise ValueError("Name one stream: conversation_id or document_id.")
        return self


class Ticket(View):
    ticket: str
    expires_in: int = Field(60, description="Seconds; it opens one stream, once")
