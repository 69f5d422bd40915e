"""Temporal: reachable, with our search attributes, and a worker on each queue."""

import asyncio
import json
import sys
from asyncio.subprocess import DEVNULL, PIPE

from cli.checks.finding import Addresses, CheckFailedError


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
            f"no worker on {' and '.join(idle)}",
            "Start one: `holdfast dev up worker`, or python -m worker.",
        )
    return f"{where.temporal}, a worker on each queue"


async def _looked(address: str, namespace: str) -> dict[str, list[str] | str]:
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
        found: dict[str, list[str] | str] = json.loads(said)
    except ValueError:
        return {"error": "nothing answers"}
    return found
