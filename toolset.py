"""The tools of this deployment that reach something outside a turn: built once, from settings."""

from collections.abc import Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass

from redis.asyncio import Redis

from adapters.store.database import Database
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
    settings: Settings,  # noqa: ARG001
    database: Database,  # noqa: ARG001
    redis: Redis,  # noqa: ARG001
    stack: AsyncExitStack,  # noqa: ARG001
) -> Toolset:
    """Each family of tools adds itself here; the stack closes what they open."""
    return Toolset()
