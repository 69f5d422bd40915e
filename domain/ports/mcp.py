"""Servers of the Model Context Protocol that an organisation registers."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, Protocol
from uuid import UUID

from models.payloads.policy import Effect
from models.payloads.scope import Scope
from models.states import Transport as Transport  # noqa: PLC0414 - the port re-exports it


class McpToolState(StrEnum):
    NEW = "new"
    """Found, and allowed by nobody yet."""
    ALLOWED = "allowed"
    CHANGED = "changed"
    """Its description or schema is not what was allowed: it asks again."""
    GONE = "gone"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class McpTool:
    """`description` and `schema` are the server's words: untrusted."""

    name: str
    """At the server."""
    description: str
    schema: Mapping[str, Any]
    digest: str
    """SHA-256 of name, description and schema, canonical: what was allowed is this."""
    state: McpToolState
    effect: Effect
    """What the person said who allowed it; WRITE until then."""
    allowed_by: UUID | None = None
    allowed_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class McpServer:
    id: UUID
    name: str
    """Its tools are `<name>__<tool>`."""
    transport: Transport
    address: str
    """The URL; or the name of the deployment's command."""
    error: str | None
    """The code of what went wrong when it was last looked at."""
    seen_at: datetime | None
    tools: Sequence[McpTool]


class McpServers(Protocol):
    async def all(self, scope: Scope) -> Sequence[McpServer]: ...

    async def get(self, scope: Scope, server_id: UUID) -> McpServer:
        """NotFoundError("mcp_server_not_found")."""

    async def register(
        self,
        scope: Scope,
        *,
        name: str,
        transport: Transport,
        address: str,
        secret: str | None,
        by: UUID,
    ) -> McpServer:
        """And look at its tools. `secret` goes out as bearer token and is kept encrypted.
        ConflictError("mcp_server_exists"), InvalidError("mcp_address_refused"),
        InvalidError("mcp_command_unknown")."""

    async def refresh(self, scope: Scope, server_id: UUID) -> McpServer:
        """Look at its tools again: one that differs from what was allowed becomes CHANGED."""

    async def allow(
        self, scope: Scope, server_id: UUID, tool: str, *, digest: str, effect: Effect, by: UUID
    ) -> McpServer:
        """ConflictError("mcp_tool_changed") when `digest` is not what the server says now."""

    async def refuse(self, scope: Scope, server_id: UUID, tool: str, *, by: UUID) -> McpServer: ...

    async def remove(self, scope: Scope, server_id: UUID, *, by: UUID) -> None: ...

    async def call(
        self, scope: Scope, server_id: UUID, tool: str, arguments: Mapping[str, Any]
    ) -> str:
        """The result as text. Before it calls it compares what the server says of the tool now:
        ConflictError("mcp_tool_changed"). UnavailableError("mcp_away"), LimitError("mcp_slow"),
        TooLargeError("mcp_result_too_large"), InvalidError("mcp_tool_failed")."""
