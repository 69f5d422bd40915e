"""A worker of its own whose held answers end when told to, for a conversation of anybody's lab."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from uuid import uuid4

from adapters.engine.temporal import TemporalEngine
from queues.turns import turns_worker
from tests.turns.held import Held
from tests.turns.lab import Lab


def apart(here: Lab, held: Held) -> Lab:
    """Its turns are for a worker of their own, whose model holds."""
    queue = f"turns-{uuid4()}"
    engine = TemporalEngine(here.client, turns_queue=queue)
    adapters = replace(here.adapters, engine=engine, model=held.around(here.adapters.model))
    return replace(here, adapters=adapters, engine=engine, queue=queue)


@asynccontextmanager
async def holding(here: Lab) -> AsyncIterator[tuple[Lab, Held]]:
    """For plays: whoever plays a shape makes its lab, and knows nothing of what it holds."""
    held = Held()
    there = apart(here, held)
    async with turns_worker(there.client, there.adapters, there.queue):
        yield there, held
        # Whatever the run still has to do, nobody else's worker does.
        await there.idle()
