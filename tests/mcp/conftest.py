"""An organisation of its own, and servers around it; the database is real."""

import sys
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit
from uuid import UUID, uuid4

import pytest

from adapters.mcp.registry import Program, mcp_servers
from adapters.mcp.servers import McpClients, Patience
from adapters.store.database import Database
from adapters.vault import new_key
from adapters.web.guard import Rule
from domain.ports.mcp import McpServer, McpTool, Transport
from models.payloads.policy import Effect
from models.payloads.scope import Scope
from tests.knowledge.conftest import add_space
from tests.mcp.outside import Outside, outside

PROGRAM = (sys.executable, str(Path(__file__).with_name("official.py")))


@dataclass
class Desk:
    database: Database
    stack: AsyncExitStack
    scope: Scope
    outside: Outside
    user: UUID = field(default_factory=uuid4)
    key: str = field(default_factory=new_key)

    def servers(self, patience: Patience | None = None, *, inside: bool = True) -> McpClients:
        """What one process builds; `inside`: the operator lets the test's server be reached."""
        place = urlsplit(self.outside.address).netloc
        rule = Rule.of([place] if inside else [], [])
        programs: dict[str, Program] = {
            "official": (PROGRAM, {}, 0),
            "missing": (("/no/such/program",), {}, 0),
        }
        return mcp_servers(self.database, [self.key], rule, programs, self.stack, patience=patience)

    async def registered(
        self,
        servers: McpClients,
        address: str | None = None,
        transport: Transport = Transport.HTTP,
        secret: str | None = None,
    ) -> McpServer:
        return await servers.register(
            self.scope,
            name="crm",
            transport=transport,
            address=address or self.outside.address,
            secret=secret,
            by=self.user,
        )

    async def allowed(
        self, servers: McpClients, server: McpServer, *names: str, effect: Effect = Effect.READ
    ) -> McpServer:
        for name in names or [one.name for one in server.tools]:
            digest = named(server, name).digest
            server = await servers.allow(
                self.scope, server.id, name, digest=digest, effect=effect, by=self.user
            )
        return server

    async def audited(self) -> list[str]:
        async with self.database.transaction(self.scope) as session:
            rows = await session.fetch(
                "SELECT action FROM audit WHERE space_id = $1 ORDER BY sequence",
                self.scope.space_id,
            )
        return [row["action"] for row in rows]


def named(server: McpServer, name: str) -> McpTool:
    return next(one for one in server.tools if one.name == name)


@pytest.fixture
async def desk(database: Database) -> AsyncIterator[Desk]:
    async with AsyncExitStack() as opened, outside() as server:
        yield Desk(database, opened, await add_space(database), server)
