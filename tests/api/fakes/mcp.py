"""An McpServers of one process, with one server to find."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any
from uuid import UUID, uuid4

from domain.ports.mcp import McpServer, McpTool, McpToolState, Transport
from models.errors import ConflictError, InvalidError, NotFoundError
from models.payloads.policy import Effect
from models.payloads.scope import Scope

FOUND = McpTool(
    name="find",
    description="Find a customer.",
    schema={"type": "object", "properties": {"who": {"type": "string"}}},
    digest="ab" * 32,
    state=McpToolState.NEW,
    effect=Effect.WRITE,
)


class MemoryServers:
    def __init__(self) -> None:
        self.kept: dict[tuple[UUID, UUID], McpServer] = {}
        self.secrets: list[str | None] = []

    async def all(self, scope: Scope) -> Sequence[McpServer]:
        return [one for (whose, _), one in self.kept.items() if whose == scope.organisation_id]

    async def get(self, scope: Scope, server_id: UUID) -> McpServer:
        found = self.kept.get((scope.organisation_id, server_id))
        if found is None:
            raise NotFoundError("There is no such server.", code="mcp_server_not_found")
        return found

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
        if transport is Transport.STDIO:
            raise InvalidError("There is no such command.", code="mcp_command_unknown")
        if any(one.name == name for one in await self.all(scope)):
            raise ConflictError("There is one of that name.", code="mcp_server_exists")
        self.secrets.append(secret)
        made = McpServer(uuid4(), name, transport, address, None, None, (FOUND,))
        return self._keep(scope, made)

    async def refresh(self, scope: Scope, server_id: UUID) -> McpServer:
        """It has turned into something else."""
        server = await self.get(scope, server_id)
        tool = replace(server.tools[0], digest="cd" * 32, state=McpToolState.CHANGED)
        return self._keep(scope, replace(server, tools=(tool,)))

    async def allow(
        self, scope: Scope, server_id: UUID, tool: str, *, digest: str, effect: Effect, by: UUID
    ) -> McpServer:
        server = await self.get(scope, server_id)
        found = _named(server, tool)
        if found.digest != digest:
            raise ConflictError("Look at it again.", code="mcp_tool_changed")
        found = replace(found, state=McpToolState.ALLOWED, effect=effect, allowed_by=by)
        return self._keep(scope, replace(server, tools=(found,)))

    async def refuse(self, scope: Scope, server_id: UUID, tool: str, *, by: UUID) -> McpServer:
        server = await self.get(scope, server_id)
        found = replace(_named(server, tool), state=McpToolState.REFUSED)
        return self._keep(scope, replace(server, tools=(found,)))

    async def remove(self, scope: Scope, server_id: UUID, *, by: UUID) -> None:
        await self.get(scope, server_id)
        del self.kept[scope.organisation_id, server_id]

    async def call(
        self, scope: Scope, server_id: UUID, tool: str, arguments: Mapping[str, Any]
    ) -> str:
        raise AssertionError("the edge calls no tools")

    def _keep(self, scope: Scope, server: McpServer) -> McpServer:
        self.kept[scope.organisation_id, server.id] = server
        return server


def _named(server: McpServer, tool: str) -> McpTool:
    for one in server.tools:
        if one.name == tool:
            return one
    raise NotFoundError("It has no such tool.", code="mcp_tool_not_found")
