"""Where contenders run: the stack's servers, a folder, free ports."""

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from urllib.parse import urlsplit

from local.leftover import MARK
from local.paths import Folder
from local.ports import choose
from local.probe import fetched
from local.stack import Stack

# What a contender's programs need of the user's environment.
KEPT = ("HOME", "LANG", "PATH", "TMPDIR", "XDG_CACHE_HOME")


@dataclass(frozen=True)
class Place:
    """Everything that a contender may use."""

    stack: Stack
    folder: Path

    @cached_property
    def environment(self) -> Mapping[str, str]:
        kept = {name: os.environ[name] for name in KEPT if name in os.environ}
        return {
            **kept,
            "PYTHONUNBUFFERED": "1",
            # Whatever a contender starts is ended with the stack, also by the next run's start.
            MARK: str(self.stack.folder),
            "BENCH_MODEL": self.stack.model_base_url,
            "BENCH_TEMPORAL": self.stack.temporal_address,
            "BENCH_REDIS": self.stack.redis_url,
        }

    @property
    def edge_port(self) -> int:
        return _port(self.stack.api)

    @property
    def ui_port(self) -> int:
        """Where the Temporal UI's server answers HTTP."""
        return _port(self.stack.temporal_ui)

    @property
    def model_port(self) -> int:
        return _port(self.stack.model_base_url)

    def port(self, name: str) -> int:
        """A free one, below the kernel's own range: no outgoing connection takes it meanwhile."""
        return choose(Folder.made(self.folder), [name], {})[name]

    def log(self, name: str) -> Path:
        logs = self.folder / "logs"
        logs.mkdir(parents=True, exist_ok=True)
        return logs / f"{name}.log"

    async def polled(self, queue: str, pid: int | None = None) -> bool:
        """Whether a worker, or that very process, asks for the queue's tasks: the Temporal UI's
        server knows."""
        path = f"/api/v1/namespaces/default/task-queues/{queue}"
        body = await fetched(self.ui_port, path)
        pollers = [] if body is None else json.loads(body).get("pollers", [])
        # The client's own name for itself: process id @ host.
        return any(pid is None or one["identity"].startswith(f"{pid}@") for one in pollers)


def _port(url: str) -> int:
    port = urlsplit(url).port
    if port is None:
        raise ValueError(f"{url} names no port.")
    return port
