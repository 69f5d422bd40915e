"""The tools of this deployment that reach something outside a turn: built once, from settings."""

from collections.abc import Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass

from redis.asyncio import Redis

from adapters.analytics.ga4 import GoogleAnalytics, analytics_client
from adapters.connections.registry import connections
from adapters.mcp.registry import mcp_servers
from adapters.sandbox_python.monty import MontySandbox
from adapters.space_tables.postgres import CONNECTIONS, PostgresSpaceTables
from adapters.store.database import Database
from adapters.web.guard import Rule
from domain.tools.analytics import report_tool
from domain.tools.mcp import ServerTools
from domain.tools.python import python_tool
from domain.tools.tables import query_tool
from domain.tools.tool import Tool
from domain.tools.toolbox import ToolSource
from settings import Settings


@dataclass(frozen=True, slots=True)
class Toolset:
    tools: Sequence[Tool] = ()
    """The same in every space."""
    sources: Sequence[ToolSource] = ()
    """What a space or its organisation has of its own."""


def toolset(
    settings: Settings,
    database: Database,
    redis: Redis,
    stack: AsyncExitStack,
) -> Toolset:
    """Each family of tools adds itself here; the stack closes what they open."""
    return Toolset(
        tools=[
            _tables(settings, stack),
            _analytics(settings, database, redis, stack),
            python_tool(MontySandbox()),
        ],
        sources=[_servers(settings, database, stack)],
    )


def _tables(settings: Settings, stack: AsyncExitStack) -> Tool:
    url = settings.tables.database_url
    if url is None:
        return query_tool(PostgresSpaceTables(None))
    reader = Database(url.get_secret_value(), pool_size=CONNECTIONS)
    stack.push_async_callback(reader.close)
    return query_tool(PostgresSpaceTables(reader))


def _analytics(settings: Settings, database: Database, redis: Redis, stack: AsyncExitStack) -> Tool:
    client = analytics_client()
    stack.push_async_callback(client.aclose)
    grants = connections(
        database, redis, settings.vault.keyring(), google_as=settings.google.registration()
    )
    return report_tool(GoogleAnalytics(client, grants, url=settings.google.analytics_url))


def _servers(settings: Settings, database: Database, stack: AsyncExitStack) -> ToolSource:
    rule = Rule.of(settings.mcp.allowed, settings.mcp.refused, ports=settings.mcp.ports)
    keys = settings.vault.keyring()
    return ServerTools(mcp_servers(database, keys, rule, settings.mcp.programs(), stack))
