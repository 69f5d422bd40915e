"""Edge and worker stopped as a deployment stops them, and started again by the stack."""

import asyncio
import os
import signal
import time
from collections.abc import Awaitable, Callable, Collection, Mapping

from bench.place import Place
from local.probe import healthy
from local.stack import PRODUCT
from models import names

READY_SECONDS = 60.0
LOOK = 0.02


async def restarted(place: Place, roles: Collection[str] = PRODUCT) -> Mapping[str, float]:
    """Seconds from each new process's first breath until it is ready, by role."""
    before = {role: place.stack.processes[role] for role in roles}
    for pids in before.values():
        for pid in pids:
            os.kill(pid, signal.SIGTERM)
    took = await asyncio.gather(*(_ready(place, role, pids) for role, pids in before.items()))
    return dict(zip(before, took, strict=True))


async def _ready(place: Place, role: str, before: list[int]) -> float:
    async def born() -> bool:
        pids = place.stack.processes[role]
        return bool(pids) and not set(pids) & set(before)

    await _until(born)
    began = time.monotonic()
    await _until(lambda: _is_ready(place, role))
    return time.monotonic() - began


async def _is_ready(place: Place, role: str) -> bool:
    """As `make run` sees it: the edge answers, the worker asks for work."""
    if role == "edge":
        return await healthy(place.edge_port)
    (pid,) = place.stack.processes["worker"]
    queues = (names.TURNS_QUEUE, names.DOCUMENTS_QUEUE)
    return all([await place.polled(queue, pid) for queue in queues])


async def _until(holds: Callable[[], Awaitable[bool]]) -> None:
    async with asyncio.timeout(READY_SECONDS):
        while not await holds():  # noqa: ASYNC110 -- another process sets no event
            await asyncio.sleep(LOOK)
