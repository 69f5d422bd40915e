"""This machine: Python, packages, Temporal's command, disk, ports."""

import asyncio
import json
import re
import shutil
import sys
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from cli.checks.finding import Addresses, CheckFailedError

PROJECT = Path(__file__).resolve().parent.parent.parent
PYTHON = (3, 11)
# Below the first the stack's logs and database fill the disk soon; below the second, at once.
LOW = 2 * 1024**3
LEAST = 256 * 1024**2
_LOCKED = re.compile(r"^([A-Za-z0-9._-]+)==([^\s\\;]+)", re.MULTILINE)


async def python(_: Addresses) -> str:
    found = ".".join(map(str, sys.version_info[:3]))
    if sys.version_info[:2] != PYTHON:
        raise CheckFailedError(
            f"{found} at {sys.executable}", "Install Python 3.11, delete .venv, run `make run`."
        )
    return found


async def packages(_: Addresses) -> str:
    return await asyncio.to_thread(_packages)


def _packages() -> str:
    lock = PROJECT / "requirements.lock"
    if not lock.exists():
        return "installed without a lock file"
    locked = _LOCKED.findall(lock.read_text(encoding="utf-8"))
    wrong = [
        f"{name} {_installed(name)} ≠ {wanted}"
        for name, wanted in locked
        if _installed(name) not in (wanted, "missing")
    ]
    missing = [name for name, _ in locked if _installed(name) == "missing"]
    if wrong or missing:
        said = "; ".join([*wrong, *(f"{name} is missing" for name in missing)][:5])
        raise CheckFailedError(
            f"{len(wrong) + len(missing)} of {len(locked)}: {said}",
            "Install what is locked: pip install --require-hashes -r requirements.lock",
        )
    return f"{len(locked)} as locked"


def _installed(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return "missing"


async def temporal_command(where: Addresses) -> str:
    if where.temporal:
        return "not needed: a server's address is known"
    from local import temporal_cli  # noqa: PLC0415 - only where one is needed

    if (found := await temporal_cli.found()) is not None:
        return str(found)
    if shutil.which("go"):
        return "none yet: `make run` builds it"
    return "none yet: `make run` downloads it"


async def disk(where: Addresses) -> str:
    usage = await asyncio.to_thread(shutil.disk_usage, _existing(where.data))
    free = f"{usage.free / 1024**3:.1f} GB free at {where.data}"
    if usage.free < LEAST:
        raise CheckFailedError(free, "Free some space: Postgres stops when the disk is full.")
    if usage.free < LOW:
        return f"{free}: it will not last long"
    return free


def _existing(path: Path) -> Path:
    return next(folder for folder in (path, *path.parents) if folder.exists())


async def ports(where: Addresses) -> str:
    """The ports of the last run must be free when no stack runs, or it would move."""
    kept = where.data / "ports.json"
    if (where.data / "stack.json").exists():
        return "held by the stack"
    if not kept.exists():
        return "chosen at the first start"
    from local.ports import is_free  # noqa: PLC0415 - only where they matter

    last = json.loads(kept.read_text(encoding="utf-8"))
    taken = [f"{name} {port}" for name, port in last.items() if not is_free(port)]
    if taken:
        # Not a fault: the next start chooses others.
        return f"taken by others: {', '.join(taken)}; the next start chooses new ones"
    return "free"
