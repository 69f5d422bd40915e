"""Registered servers and their tools in Postgres; what a person said of them is audited."""

from collections.abc import Mapping, Sequence
from typing import Any, Final
from uuid import UUID, uuid4

from adapters.mcp.listing import Listed
from adapters.store.repository import Repository, lock_organisation
from adapters.store.session import Session
from adapters.store.stored import dump
from adapters.store.trail import record, recorded
from domain.ports.mcp import McpServer, McpTool, McpToolState, Transport
from models.errors import ConflictError, LimitError, NotFoundError
from models.payloads.policy import Effect
from models.payloads.scope import Scope

# A person knows them all.
MOST_SERVERS: Final = 50

_SERVERS = """
SELECT id, name, transport, address, error, seen_at FROM mcp_server
WHERE organisation_id = $1 ORDER BY name
"""
_TOOLS = """
SELECT server_id, name, description, parameters, digest, listed, refused, effect, allowed_digest,
    allowed_by, allowed_at
FROM mcp_tool WHERE organisation_id = $1 AND server_id = ANY($2::uuid[]) ORDER BY name
"""
_LOCK = "SELECT secret FROM mcp_server WHERE organisation_id = $1 AND id = $2 FOR NO KEY UPDATE"
_SEALED = "SELECT secret FROM mcp_server WHERE organisation_id = $1 AND id = $2"
_COUNT = "SELECT count(*) AS count FROM mcp_server WHERE organisation_id = $1"
_INSERT = """
INSERT INTO mcp_server (organisation_id, id, name, transport, address, secret, created_by)
VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT (organisation_id, name) DO NOTHING RETURNING id
"""
_SEEN = """
UPDATE mcp_server SET seen_at = clock_timestamp(), error = $3
WHERE organisation_id = $1 AND id = $2
"""
_UNLIST = """
UPDATE mcp_tool SET listed = false
WHERE organisation_id = $1 AND server_id = $2 AND name <> ALL($3::varchar[])
"""
_LIST = """
INSERT INTO mcp_tool (organisation_id, server_id, name, description, parameters, digest, listed,
    refused, effect)
SELECT $1, $2, t.name, t.description, t.schema, t.digest, true, false, 'write'
FROM jsonb_to_recordset($3::jsonb) AS t(
    name varchar, description text, schema jsonb, digest varchar)
ON CONFLICT (organisation_id, server_id, name) DO UPDATE SET listed = true,
    description = excluded.description, parameters = excluded.parameters, digest = excluded.digest
"""
_ALLOW = """
UPDATE mcp_tool SET refused = false, allowed_digest = digest, effect = $5, allowed_by = $6,
    allowed_at = clock_timestamp()
WHERE organisation_id = $1 AND server_id = $2 AND name = $3 AND digest = $4 AND listed
RETURNING name
"""
_REFUSE = """
UPDATE mcp_tool SET refused = true, allowed_digest = NULL, allowed_by = NULL, allowed_at = NULL,
    effect = 'write'
WHERE organisation_id = $1 AND server_id = $2 AND name = $3 RETURNING name
"""
_REMOVE = "DELETE FROM mcp_server WHERE organisation_id = $1 AND id = $2 RETURNING name"


class PostgresMcp(Repository):
    """Transactions are run again when their connection is lost: the audit's row says that the
    first did its work."""

    async def all(self, scope: Scope) -> list[McpServer]:
        async def work(session: Session) -> list[McpServer]:
            return await _read(session)

        return await self._run(scope, work)

    async def secret(self, scope: Scope, server_id: UUID) -> bytes | None:
        async def work(session: Session) -> bytes | None:
            row = await session.first(_SEALED, scope.organisation_id, server_id)
            if row is None:
                raise not_found()
            sealed: bytes | None = row["secret"]
            return sealed

        return await self._run(scope, work)

    async def add(
        self,
        scope: Scope,
        server_id: UUID,
        *,
        name: str,
        transport: Transport,
        address: str,
        secret: bytes | None,
        by: UUID,
    ) -> None:
        change = uuid4()

        async def work(session: Session) -> None:
            await lock_organisation(session)
            if await recorded(session, change):
                return
            row = await session.first(_COUNT, scope.organisation_id)
            if row is None or row["count"] >= MOST_SERVERS:
                raise LimitError(
                    f"An organisation has {MOST_SERVERS} servers at most.", code="mcp_servers_full"
                )
            values = (server_id, name, transport.value, address, secret, by)
            if await session.first(_INSERT, scope.organisation_id, *values) is None:
                raise ConflictError(f"There is a server {name!r}.", code="mcp_server_exists")
            said = {"name": name, "transport": transport.value, "address": address}
            await record(session, change, "mcp.registered", server_id, by=by, details=said)

        await self._run(scope, work)

    async def seen(self, scope: Scope, server_id: UUID, found: Sequence[Listed]) -> None:
        """What was allowed stays on record beside what the server says now."""
        tools = [
            {
                "name": one.name,
                "description": one.description,
                "schema": one.schema,
                "digest": one.digest,
            }
            for one in found
        ]

        async def work(session: Session) -> None:
            place = (scope.organisation_id, server_id)
            if await session.first(_LOCK, *place) is None:
                raise not_found()
            await session.fetch(_UNLIST, *place, [one.name for one in found])
            await session.fetch(_LIST, *place, dump(tools))
            await session.fetch(_SEEN, *place, None)

        await self._run(scope, work)

    async def failed(self, scope: Scope, server_id: UUID, code: str) -> None:
        async def work(session: Session) -> None:
            await session.fetch(_SEEN, scope.organisation_id, server_id, code[:64])

        await self._run(scope, work)

    async def allow(
        self, scope: Scope, server_id: UUID, tool: str, *, digest: str, effect: Effect, by: UUID
    ) -> None:
        change = uuid4()

        async def work(session: Session) -> None:
            place = (scope.organisation_id, server_id)
            if await session.first(_LOCK, *place) is None:
                raise not_found()
            if await recorded(session, change):
                return
            row = await session.first(_ALLOW, *place, tool, digest, effect.value, by)
            if row is None:
                raise changed(tool)
            said = {"tool": tool, "digest": digest, "effect": effect.value}
            await record(session, change, "mcp.allowed", server_id, by=by, details=said)

        await self._run(scope, work)

    async def refuse(self, scope: Scope, server_id: UUID, tool: str, *, by: UUID) -> None:
        change = uuid4()

        async def work(session: Session) -> None:
            if await recorded(session, change):
                return
            if await session.first(_REFUSE, scope.organisation_id, server_id, tool) is None:
                raise NotFoundError("There is no such tool.", code="mcp_tool_not_found")
            await record(session, change, "mcp.refused", server_id, by=by, details={"tool": tool})

        await self._run(scope, work)

    async def remove(self, scope: Scope, server_id: UUID, *, by: UUID) -> None:
        change = uuid4()

        async def work(session: Session) -> None:
            if await recorded(session, change):
                return
            row = await session.first(_REMOVE, scope.organisation_id, server_id)
            if row is None:
                raise not_found()
            await record(
                session, change, "mcp.removed", server_id, by=by, details={"name": row["name"]}
            )

        await self._run(scope, work)


async def _read(session: Session) -> list[McpServer]:
    organisation = session.scope.organisation_id
    rows = await session.fetch(_SERVERS, organisation)
    if not rows:
        return []
    tools: dict[UUID, list[McpTool]] = {row["id"]: [] for row in rows}
    for row in await session.fetch(_TOOLS, organisation, list(tools)):
        tools[row["server_id"]].append(_tool(row))
    return [
        McpServer(
            id=row["id"],
            name=row["name"],
            transport=Transport(row["transport"]),
            address=row["address"],
            error=row["error"],
            seen_at=row["seen_at"],
            tools=tuple(tools[row["id"]]),
        )
        for row in rows
    ]


def _tool(row: Mapping[str, Any]) -> McpTool:
    return McpTool(
        name=row["name"],
        description=row["description"],
        schema=row["parameters"],
        digest=row["digest"],
        state=_state(row),
        effect=Effect(row["effect"]),
        allowed_by=row["allowed_by"],
        allowed_at=row["allowed_at"],
    )


def _state(row: Mapping[str, Any]) -> McpToolState:
    """Never stored: it cannot disagree with what it follows from."""
    if row["refused"]:
        return McpToolState.REFUSED
    if not row["listed"]:
        return McpToolState.GONE
    if row["allowed_digest"] is None:
        return McpToolState.NEW
    same = row["allowed_digest"] == row["digest"]
    return McpToolState.ALLOWED if same else McpToolState.CHANGED


def not_found() -> NotFoundError:
    return NotFoundError("There is no such server.", code="mcp_server_not_found")


def changed(tool: str) -> ConflictError:
    return ConflictError(
        f"The server's tool {tool!r} is not what was allowed: a person must look at it again.",
        code="mcp_tool_changed",
    )
