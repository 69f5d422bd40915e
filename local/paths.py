"""Where the local stack keeps its things: one folder, readable by its owner alone."""

import json
import os
import secrets
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

PROJECT = Path(__file__).resolve().parent.parent
FOLDER_VARIABLE = "HOLDFAST_DATA"


def default_folder() -> Path:
    return Path(os.environ.get(FOLDER_VARIABLE) or PROJECT / ".holdfast").absolute()


def cache() -> Path:
    """The user's cache, shared by every checkout: what took minutes to build is built once."""
    home = os.environ.get("XDG_CACHE_HOME") or "~/.cache"
    return Path(home).expanduser().absolute() / "holdfast"


def programs() -> Path:
    """Where pip put this environment's commands."""
    return Path(sys.executable).parent


def write_private(path: Path, text: str) -> None:
    """Replace a file in one step, so that no reader sees half of it and no other user reads it."""
    fresh = path.with_name(f".{path.name}.{os.getpid()}")
    descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(text)
    fresh.replace(path)


@dataclass(frozen=True)
class Folder:
    """The stack's data folder (`.holdfast/`)."""

    root: Path

    @classmethod
    def made(cls, root: Path) -> "Folder":
        folder = cls(root.absolute())
        for path in (folder.root, folder.logs, folder.pids, folder.root / "kept"):
            path.mkdir(mode=0o700, parents=True, exist_ok=True)
        return folder

    @cached_property
    def logs(self) -> Path:
        return self.root / "logs"

    @cached_property
    def originals(self) -> Path:
        """The bytes of documents, beside the database's own files."""
        return self.root / "originals"

    @cached_property
    def pids(self) -> Path:
        return self.root / "pids"

    @cached_property
    def stack_file(self) -> Path:
        return self.root / "stack.json"

    @cached_property
    def lock_file(self) -> Path:
        return self.root / "lock"

    @cached_property
    def control_socket(self) -> Path:
        return self.root / "control.sock"

    def secret(self, name: str) -> str:
        """A random secret, made at first use and the same ever after; safe inside URLs and SQL."""
        return self._kept(name, secrets.token_urlsafe(24))

    def identifier(self, name: str) -> UUID:
        """A random id, made at first use and the same ever after."""
        return UUID(self._kept(name, str(uuid4())))

    def _kept(self, name: str, fresh: str) -> str:
        path = self.root / "kept" / name
        if not path.exists():
            write_private(path, fresh)
        return path.read_text(encoding="utf-8")

    def write_stack(self, stack: Mapping[str, Any]) -> None:
        write_private(self.stack_file, json.dumps(stack, indent=2) + "\n")
