"""A Temporal server for tests: the one given by the environment, or a fresh one."""

import asyncio
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from temporalio.client import Client
from temporalio.contrib.pydantic import pydantic_data_converter

from local import temporal_cli
from local.ports import HOST, is_free
from local.temporal import DYNAMIC, PRAGMAS, given_address

# Below the range that the kernel hands to outgoing connections.
PORTS = range(20_000, 32_000)


@asynccontextmanager
async def serving(folder: Path) -> AsyncIterator[str]:
    """Give the server's address; the process ends with the block."""
    if address := given_address():
        yield address
        return
    binary = await temporal_cli.get(temporal_cli.tell)
    free = (port for port in PORTS if is_free(port))
    port = next(free)
    flags = ["--headless", "--ip", HOST, "--port", str(port), "--db-filename", str(folder / "t.db")]
    for key, value in PRAGMAS.items():
        flags += ["--sqlite-pragma", f"{key}={value}"]
    for key, value in DYNAMIC.items():
        flags += ["--dynamic-config-value", f"{key}={value}"]
    process = await asyncio.create_subprocess_exec(
        binary, "server", "start-dev", "--log-level", "error", *flags, stdout=sys.stderr
    )
    try:
        await _prepared(f"{HOST}:{port}")
        yield f"{HOST}:{port}"
    finally:
        process.terminate()
        await process.wait()


async def _prepared(address: str) -> None:
    """Wait until it serves and knows our search attributes."""
    registering = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "local.attributes", address, "default"
    )
    if await registering.wait():
        raise RuntimeError("the search attributes could not be added")


async def connected(address: str) -> Client:
    return await Client.connect(address, data_converter=pydantic_data_converter)
