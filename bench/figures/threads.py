"""A mention in Slack until its message stands in the thread, and until the answer is whole."""

import asyncio
import time
from collections.abc import Callable
from typing import Any

import httpx2

from bench.load import think
from bench.place import Place
from bench.plan import PAUSE, Plan
from bench.results import Results
from local.slack.names import BOT, FIRST, NAME

CHANNEL = "CAPPROVALS"
SHORT = f"@{NAME} Hello\n@offline tokens=5"
LAST = "w4"
LOOK = 0.004
PATIENCE = 20.0
# The first loads what the others find loaded.
WARM = 1
Message = dict[str, Any]


async def measure(place: Place, plan: Plan, results: Results) -> None:
    """In the local workspace, whose server is on this machine: Slack's own way is not in it."""
    async with httpx2.AsyncClient(base_url=place.stack.slack, timeout=PATIENCE) as workspace:
        for number in range(WARM + plan.mentions):
            await think(PAUSE)
            begun, whole = await _asked(workspace)
            if number >= WARM:
                results.add("mention in Slack to its message", "holdfast", "ms", [begun])
                results.add("mention in Slack to a short answer", "holdfast", "ms", [whole])


async def _asked(workspace: httpx2.AsyncClient) -> tuple[float, float]:
    """Milliseconds until there is a message of ours, and until it is the answer."""
    began = time.perf_counter()
    said = await workspace.post("/say", data={"as": FIRST, "channel": CHANNEL, "text": SHORT})
    thread = said.headers["x-message"]
    await _until(workspace, thread, lambda _: True)
    begun = time.perf_counter() - began
    await _until(workspace, thread, lambda message: LAST in str(message))
    return begun * 1_000, (time.perf_counter() - began) * 1_000


async def _until(
    workspace: httpx2.AsyncClient, thread: str, holds: Callable[[Message], bool]
) -> None:
    async with asyncio.timeout(PATIENCE):
        while not any(map(holds, await _answers(workspace, thread))):  # noqa: ASYNC110 -- another process sets no event
            await asyncio.sleep(LOOK)


async def _answers(workspace: httpx2.AsyncClient, thread: str) -> list[Message]:
    state = (await workspace.get("/state")).json()
    messages: list[Message] = state["channels"][CHANNEL]["messages"]
    return [one for one in messages if one["thread_ts"] == thread and one["user"] == BOT]
