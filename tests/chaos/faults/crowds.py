"""Crowds of readers, and what they cost the edges."""

import asyncio
import time
from collections.abc import Callable, Sequence
from datetime import datetime
from uuid import UUID

import orjson
import psutil  # type: ignore[import-untyped]  # has no stubs

from tests.chaos.crowd import CrowdReader, raise_open_files
from tests.chaos.evidence import Frame
from tests.chaos.scene import TURN_SECONDS, Scene

# Connecting at once; more would only queue.
RAMP = 100

Make = Callable[[UUID, str], CrowdReader]


def plain(scene: Scene) -> Make:
    def make(conversation_id: UUID, name: str) -> CrowdReader:
        return CrowdReader(scene.site.api, scene.site.headers(), conversation_id, name=name)

    return make


async def gather(
    scene: Scene, conversations: Sequence[UUID], count: int, make: Make, turns: int
) -> list[CrowdReader]:
    """So many new readers, spread over the conversations, once all their streams are open."""
    raise_open_files()
    crowd: list[CrowdReader] = []
    for number in range(count):
        conversation_id = conversations[number % len(conversations)]
        name = f"reader {len(scene.readers) + 1} of conversation {conversation_id}"
        reader = make(conversation_id, name)
        reader.expect(turns)
        scene.readers.append(reader)
        scene.begin(reader.run(), reader)
        crowd.append(reader)
        if len(crowd) % RAMP == 0:
            await opened(crowd)
    await opened(crowd)
    return crowd


async def opened(crowd: Sequence[CrowdReader]) -> None:
    async with asyncio.timeout(TURN_SECONDS):
        for reader in crowd:
            await reader.opened.wait()


def edge_bytes(scene: Scene) -> int:
    """Resident memory of all edges."""
    return sum(int(psutil.Process(pid).memory_info().rss) for pid in scene.site.pids("edge"))


def transits(frames: Sequence[Frame], since: float, until: float) -> list[float]:
    """Milliseconds from the worker's stamp to the reader, of what came between the two times."""
    ahead = _wall_clock_ahead()
    return [
        (frame.at + ahead - _stamp(frame)) * 1_000 for frame in frames if since <= frame.at < until
    ]


def _wall_clock_ahead() -> float:
    return time.time() - asyncio.get_running_loop().time()


def _stamp(frame: Frame) -> float:
    return datetime.fromisoformat(orjson.loads(frame.data)["at"]).timestamp()
