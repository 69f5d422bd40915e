"""The tools that an agent of a space may have."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Protocol

from domain.tools.tool import Tool
from models.payloads.scope import Scope


class Toolbox:
    """Some tools, by name."""

    def __init__(self, tools: Iterable[Tool]) -> None:
        self._tools = {tool.name: tool for tool in tools}

    def __iter__(self) -> Iterator[Tool]:
        return iter(self._tools.values())

    def get(self, name: str) -> Tool | None:
        return self._tools.get(name)

    def of(self, names: Sequence[str]) -> tuple[Tool, ...]:
        """The named tools; one that is not here is left out."""
        return tuple(self._tools[name] for name in names if name in self._tools)


class ToolSource(Protocol):
    """Where tools come from: this code, an organisation's MCP servers, its agents."""

    async def tools(self, scope: Scope, names: Sequence[str]) -> Sequence[Tool]:
        """Those of the named that this source has; one that cannot be had now is left out."""


class Tools:
    """All sources of a deployment."""

    def __init__(self, *sources: ToolSource) -> None:
        self._sources = sources

    async def of(self, scope: Scope, names: Sequence[str]) -> Toolbox:
        """The named tools of the space; an earlier source wins where two have one name."""
        found: dict[str, Tool] = {}
        for source in self._sources:
            missing = [name for name in names if name not in found]
            if missing:
                found |= {tool.name: tool for tool in await source.tools(scope, missing)}
        return Toolbox(found.values())


class BuiltIn:
    """The tools of this code: the same in every space."""

    def __init__(self, tools: Iterable[Tool]) -> None:
        self._toolbox = Toolbox(tools)

    async def tools(self, scope: Scope, names: Sequence[str]) -> Sequence[Tool]:  # noqa: ARG002 -- the same in every space
        return self._toolbox.of(names)
