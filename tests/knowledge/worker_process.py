"""A worker for documents as a process of its own, so that a test can kill it.

`python -m tests.knowledge.worker_process TEMPORAL DATABASE_URL ORIGINALS QUEUE ANSWERED`
"""

import asyncio
import hashlib
import sys
from collections.abc import Sequence

from temporalio.client import Client
from temporalio.contrib.pydantic import pydantic_data_converter

from adapters.originals.store import originals_at
from adapters.store.database import Database
from adapters.store.documents import PostgresDocuments
from domain.ports.model import Purpose
from models.payloads.chat import Usage
from tests.knowledge.ingesting import Intake
from tests.knowledge.material import HashingEmbedder


class StallingEmbedder(HashingEmbedder):
    """Prints which batch it is before it answers; behind so many it answers no more."""

    def __init__(self, name: str, answered: int) -> None:
        super().__init__(batch=16, name=name)
        self._left = answered

    async def embed(
        self, texts: Sequence[str], purpose: Purpose = Purpose.DOCUMENT
    ) -> tuple[list[list[float]], Usage]:
        batch = hashlib.sha256("\0".join(texts).encode()).hexdigest()
        print(self.name, batch, flush=True)  # noqa: T201 -- what the test reads
        self._left -= 1
        if self._left < 0:
            await asyncio.Event().wait()
        return await super().embed(texts, purpose)


async def main(address: str, database_url: str, folder: str, queue: str, answered: str) -> None:
    temporal = await Client.connect(address, data_converter=pydantic_data_converter)
    database = Database(database_url)
    documents = PostgresDocuments(database, originals_at(folder))
    embedders = [StallingEmbedder(name, int(answered)) for name in ("hashing-1", "hashing-2")]
    await Intake(database, documents, embedders).worker(temporal, queue).run()


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
