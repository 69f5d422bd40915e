"""Temporal: reachable, with our search attributes, and a worker on each queue."""

import asyncio
import json
import os
import sys
from asyncio.subprocess import DEVNULL, PIPE
from collections.abc import Mapping
from typing import TypedDict

from cli.checks.finding import Addresses, CheckFailedError

# How long Temporal keeps what it knows of a poller.
FORGOTTEN = "5 minutes or more"


class Looked(TypedDict, total=False):
    """What the server says of itself: `error`, or the rest. `idle` has the seconds for which
    nobody has polled a queue; None: longer than the server remembers."""

    error: str
    missing: list[str]
    idle: dict[str, float | None]


async def engine(where: Addresses) -> str:
    if not where.temporal:
        raise CheckFailedError("no address is known", "`make run` starts one.")
    said = await _looked(where.temporal, where.namespace)
    if error := said.get("error"):
        raise CheckFailedError(
            f"{where.temporal} cannot be reached: {error}",
            "`make run` starts one; `holdfast dev up temporal` if it was taken down.",
        )
    if missing := said.get("missing"):
        raise CheckFailedError(
            f"search attributes are missing: {', '.join(missing)}",
            "Restart the stack; elsewhere `temporal operator search-attribute create`, Keyword.",
        )
    if idle := said.get("idle"):
        raise CheckFailedError(
            unpolled(idle), "Start one: `holdfast dev up worker`, or python -m worker."
        )
    if where.workers is not None and not any(map(_runs, where.workers)):
        # Temporal lists those that are gone for a minute more.
        raise CheckFailedError("the stack's worker is down", "`holdfast dev up worker` starts it.")
    return f"{where.temporal}, a worker on each queue"


def _runs(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        pass  # somebody else's, then: it runs
    return True


def unpolled(idle: Mapping[str, float | None]) -> str:
    """Say for how many seconds nobody has asked for work; None: longer than Temporal remembers."""
    since = [
        f"{queue}: nobody has polled it for "
        + (FORGOTTEN if seconds is None else f"{seconds:.0f} s")
        for queue, seconds in idle.items()
    ]
    return f"no worker on {' and '.join(idle)} ({'; '.join(since)})"


async def _looked(address: str, namespace: str) -> Looked:
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "cli.checks.engine_probe",
        address,
        namespace,
        stdout=PIPE,
        stderr=DEVNULL,
    )
    try:
        said, _ = await process.communicate()
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    try:
        found: Looked = json.loads(said)
    except ValueError:
        return {"error": "nothing answers"}
    return found
