"""Servers of the Model Context Protocol that organisations registered, and their tools."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKeyConstraint, UniqueConstraint
from sqlmodel import Field

from models.payloads.policy import Effect
from models.states import Transport
from models.tables.base import Row, choice, document, moment, prose


class McpServer(Row, table=True):
    __tablename__ = "mcp_server"
    __table_args__ = (
        UniqueConstraint("organisation_id", "name"),
        ForeignKeyConstraint(["organisation_id"], ["organisation.id"], ondelete="CASCADE"),
    )

    organisation_id: UUID = Field(primary_key=True)
    id: UUID = Field(primary_key=True)
    name: str = Field(max_length=20)
    transport: Transport = Field(sa_type=choice(Transport))
    address: str = prose()
    secret: bytes | None = None
    """Sealed by the vault; goes out as a bearer token."""
    error: str | None = Field(default=None, max_length=64)
    seen_at: datetime | None = moment()
    created_by: UUID


class McpTool(Row, table=True):
    """What the server said last, and what somebody allowed: they differ when it changed."""

    __tablename__ = "mcp_tool"
    __table_args__ = (
        ForeignKeyConstraint(
            ["organisation_id", "server_id"],
            ["mcp_server.organisation_id", "mcp_server.id"],
            ondelete="CASCADE",
        ),
    )

    organisation_id: UUID = Field(primary_key=True)
    server_id: UUID = Field(primary_key=True)
    name: str = Field(primary_key=True, max_length=64)
    description: str = prose()
    parameters: dict[str, Any] = document()
    digest: str = Field(max_length=64)
    listed: bool = True
    refused: bool = False
    effect: Effect = Field(sa_type=choice(Effect))
    allowed_digest: str | None = Field(default=None, max_length=64)
    allowed_by: UUID | None = None
    allowed_at: datetime | None = moment()
