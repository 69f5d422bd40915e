"""What comes to a run one after the other, told to it at once."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from uuid import uuid4

from temporalio.api.common.v1 import Payload
from temporalio.client import Client
from temporalio.converter import PayloadCodec

from models import names
from tests.turns.lab import Lab
from tests.waiting import until


class Doorkeeper(PayloadCodec):
    """Stands still over one payload, and with it the run that it was sent to: until the run has
    read that, the server keeps back whatever else comes."""

    def __init__(self) -> None:
        self.word = uuid4()
        self.reached = asyncio.Event()
        self.release = asyncio.Event()

    async def encode(self, payloads: Sequence[Payload]) -> list[Payload]:
        return list(payloads)

    async def decode(self, payloads: Sequence[Payload]) -> list[Payload]:
        if any(str(self.word).encode() in payload.data for payload in payloads):
            self.reached.set()
            await self.release.wait()
        return list(payloads)


def kept(here: Lab, keeper: Doorkeeper) -> Lab:
    """Its worker, once made, reads through the keeper's door."""
    config = here.client.config()
    config["data_converter"] = replace(config["data_converter"], payload_codec=keeper)
    return replace(here, client=Client(**config))


@asynccontextmanager
async def told_at_once(here: Lab, keeper: Doorkeeper) -> AsyncIterator[None]:
    """All that happens inside, its activities' ends included, reaches the run in one task."""
    await here.handle.signal(names.DECIDED_SIGNAL, keeper.word)
    await keeper.reached.wait()
    yield

    async def idle() -> bool:
        described = await here.handle.describe()
        return not described.raw_description.pending_activities

    await until(idle)
    keeper.release.set()
