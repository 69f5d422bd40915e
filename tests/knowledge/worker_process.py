"""A worker for documents as a process of its own, so that a test can kill it.

`python -m tests.knowledge.worker_process TEMPORAL_ADDRESS DATABASE_URL QUEUE PAUSE_SECONDS`
"""

import asyncio
import sys
from collections.abc import Sequence
from datetime import timedelta

from temporalio.client import Client
from temporalio.contrib.pydantic import pydantic_data_converter
from temporalio.worker import Worker

from activities.ingestion import IngestionActivities
from adapters.parsing.process import ChildParser
from adapters.store.database import Database
from adapters.store.documents import PostgresDocuments
from models.payloads.chat import Usage
from tests.knowledge.material import HashingEmbedder
from worker import workflow_runner
from workflows.ingestion import IngestionWorkflow


class SlowEmbedder(HashingEmbedder):
    """Prints each batch before it answers, and takes its time."""

    def __init__(self, seconds: float) -> None:
        super().__init__(batch=16)
        self._seconds = seconds

    async def embed(self, texts: Sequence[str]) -> tuple[list[list[float]], Usage]:
        print(len(texts), flush=True)  # noqa: T201 -- what the test reads
        await asyncio.sleep(self._seconds)
        return await super().embed(texts)


async def main(address: str, database_url: str, queue: str, seconds: str) -> None:
    temporal = await Client.connect(address, data_converter=pydantic_data_converter)
    documents = PostgresDocuments(Database(database_url))
    activities = IngestionActivities(documents, SlowEmbedder(float(seconds)), ChildParser())
    worker = Worker(
        temporal,
        task_queue=queue,
        workflows=[IngestionWorkflow],
        activities=[activities.parse, activities.embed, activities.publish, activities.fail],
        workflow_runner=workflow_runner(),
        # After a kill the next worker hears of the run this soon.
        sticky_queue_schedule_to_start_timeout=timedelta(seconds=1),
    )
    await worker.run()


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
