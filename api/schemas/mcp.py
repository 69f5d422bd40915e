"""Servers of the Model Context Protocol, as requests and answers have them."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from pydantic import Field

from api.schemas.base import Body, View
from api.text import Text
from domain.ports.mcp import McpToolState, Transport
from models.payloads.policy import Effect


class McpToolView(View):
    name: str
    description: str = Field(description="The server's words: nobody vouches for them")
    parameters: Mapping[str, Any] = Field(
        validation_alias="schema", description="JSON Schema, the server's words as well"
    )
    digest: str = Field(description="Of name, description and schema: what is allowed is this")
    state: McpToolState
    effect: Effect = Field(description="What the person said who allowed it; write until then")
    allowed_by: UUID | None
    allowed_at: datetime | None


class McpServerView(View):
    id: UUID
    name: str = Field(description="Its tools are `<name>__<tool>`")
    transport: Transport
    address: str
    error: str | None = Field(description="The code of what went wrong when it was last looked at")
    seen_at: datetime | None
    tools: list[McpToolView]


class McpServersView(View):
    items: list[McpServerView]


class McpRegistration(Body):
    name: Text = Field(max_length=20, examples=["crm"])
    transport: Transport = Transport.HTTP
    address: Text = Field(
        max_length=2_000, description="A URL; or the name of a command that the deployment has"
    )
    secret: Text | None = Field(
        default=None, max_length=4_000, description="Sent as bearer token; never given out again"
    )


class McpAllowance(Body):
    digest: str = Field(max_length=64, description="Of what you looked at")
    effect: Effect = Field(
        default=Effect.WRITE, description="read: it changes nothing, and may be tried again"
    )
