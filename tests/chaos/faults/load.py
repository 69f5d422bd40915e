"""Load: answers under way, begun apart."""

import asyncio

from tests.chaos.reading import Reader
from tests.chaos.scene import Scene


async def streams(
    scene: Scene,
    count: int,
    *,
    tokens: tuple[int, int],
    gap_ms: int,
    spread: float,
    readers: int = 1,
) -> list[Reader]:
    """So many answers under way, begun within `spread` seconds, of between so many tokens."""
    chance = scene.random

    async def one(delay: float, length: int, agent: str) -> list[Reader]:
        await asyncio.sleep(delay)
        return await scene.answered(length, gap_ms, agent=agent, readers=readers)

    begun = [
        one(
            chance.uniform(0, spread), chance.randint(*tokens), chance.choice(["direct", "general"])
        )
        for _ in range(count)
    ]
    return [reader for group in await asyncio.gather(*begun) for reader in group]
