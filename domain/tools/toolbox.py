"""The tools of a deployment, by name."""

from collections.abc import Iterable, Sequence

from domain.tools.tool import Tool


class Toolbox:
    def __init__(self, tools: Iterable[Tool]) -> None:
        self._tools = {tool.name: tool for tool in tools}

    def get(self, name: str) -> Tool | None:
        return self._tools.get(name)

    def of(self, names: Sequence[str]) -> tuple[Tool, ...]:
        """The named tools; one that this deployment lacks is left out."""
        return tuple(self._tools[name] for name in names if name in self._tools)
