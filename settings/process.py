"""What a process works with, and what it tells of itself."""

from typing import Literal

from settings.group import Group


class TemporalSettings(Group):
    """The server, and the version of these workers."""

    address: str = "127.0.0.1:7233"
    namespace: str = "default"
    deployment: str = ""
    """Of these workers; versions of their code then run side by side. Empty: without versions."""
    build_id: str = ""
    """The version's name; empty: derived from the code, so that the same code has the same."""
    ui_url: str = ""
    """Of the Temporal UI as people's browsers reach it; empty: turns have no link there."""

    @property
    def page(self) -> str | None:
        """Of the namespace, in the UI."""
        return f"{self.ui_url.rstrip('/')}/namespaces/{self.namespace}" if self.ui_url else None


class LogSettings(Group):
    """One object a line, or lines for people."""

    format: Literal["json", "text"] = "json"
    level: str = "INFO"
    """Of Python's levels, the lowest that is written."""
