"""What a stack is made of, and where each part can be reached."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

from local import web
from local.provider import ModelName
from local.supervisor import Supervisor

SERVERS = ("postgres", "redis", "temporal", "model")
# Not among the servers that every test needs.
SLACK = "slack"
PRODUCT = ("edge", "worker")
EVERYTHING = (*SERVERS, SLACK, *PRODUCT)


@dataclass(frozen=True)
class Options:
    """What the user may choose. A ready-made stack calls no real model, unless told to."""

    edges: int = 1
    workers: int = 1
    model: ModelName = "offline"
    migrate: bool = True
    idle_window: timedelta | None = None
    ports: Mapping[str, int] = field(default_factory=dict)
    web: bool = False
    """Build the web app first, and let messages link to its pages."""


@dataclass(frozen=True)
class Stack:
    """Where things are; an address is empty when that part was not started."""

    folder: Path
    api: str
    temporal_address: str
    temporal_ui: str
    database_url: str
    database_owner_url: str
    redis_url: str
    model_base_url: str
    slack: str
    organisation_id: UUID
    space_id: UUID
    user_id: UUID
    token: str
    # The edge's and the worker's environment, for tests that start their own.
    environment: Mapping[str, str]
    _supervisor: Supervisor

    @property
    def processes(self) -> dict[str, list[int]]:
        return self._supervisor.pids()

    @property
    def web(self) -> str:
        """Where the app is; empty when there is none."""
        return f"{self.api}/" if self.api and web.is_built() else ""

    async def down(self, name: str, seconds: float | None = None) -> None:
        """Take every process of that name down as a crash would; for `seconds`, or until `up`."""
        await self._supervisor.down(name, seconds)

    async def up(self, name: str) -> None:
        await self._supervisor.up(name)

    def written(self) -> dict[str, Any]:
        """What stack.json says."""
        return {
            "api": self.api,
            "web": self.web,
            "temporal_address": self.temporal_address,
            "temporal_ui": self.temporal_ui,
            "database_url": self.database_url,
            "database_owner_url": self.database_owner_url,
            "redis_url": self.redis_url,
            "model_base_url": self.model_base_url,
            "slack": self.slack,
            "organisation_id": str(self.organisation_id),
            "space_id": str(self.space_id),
            "token": self.token,
            "processes": self.processes,
        }
