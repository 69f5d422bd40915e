"""Servers of organisations, as edge and worker build them."""

from collections.abc import Mapping, Sequence
from contextlib import AsyncExitStack

from adapters.mcp.program import Command
from adapters.mcp.servers import McpClients, Patience, Reach
from adapters.store.database import Database
from adapters.store.mcp import PostgresMcp
from adapters.vault import KeyringVault
from adapters.web.guard import Rule
from adapters.web.resolver import SystemResolver

Program = tuple[Sequence[str], Mapping[str, str], int]
"""The command, its environment, megabytes."""


def mcp_servers(
    database: Database,
    keys: Sequence[str],
    rule: Rule,
    programs: Mapping[str, Program],
    stack: AsyncExitStack,
    *,
    patience: Patience | None = None,
) -> McpClients:
    """The stack closes what they open."""
    resolver = SystemResolver()
    stack.callback(resolver.close)
    return McpClients(
        PostgresMcp(database),
        KeyringVault(keys),
        Reach(
            resolver,
            rule,
            {name: Command(*program) for name, program in programs.items()},
            patience=patience or Patience(),
        ),
    )
