"""A worker that is told to leave does so, whatever it waits for."""

import asyncio

from local.ports import HOST
from settings import Settings, TemporalSettings
from worker import connected


async def test_a_worker_that_waits_for_temporal_leaves_when_it_is_told() -> None:
    nobody = TemporalSettings(address=f"{HOST}:1")
    settings = Settings.model_validate({"database_url": "postgresql://nobody", "temporal": nobody})
    leaving = asyncio.Event()
    waiting = asyncio.create_task(connected(settings, leaving))
    await asyncio.sleep(0)  # it has asked once
    leaving.set()
    async with asyncio.timeout(30):
        assert await waiting is None
