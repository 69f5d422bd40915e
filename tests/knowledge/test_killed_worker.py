"""A worker killed in the middle of a document, or of a change of model, costs one batch."""

import asyncio
import sys
from pathlib import Path
from uuid import uuid4

from temporalio.client import Client

from adapters.search.vectors import PostgresVectors
from adapters.store.database import Database
from adapters.store.documents import PostgresDocuments
from local.stack import Stack
from models.payloads.ingestion import DocumentStatus, ReembeddingStart
from models.payloads.scope import Scope
from tests.knowledge.conftest import counted
from tests.knowledge.ingesting import PATIENCE, Intake, add, start, topics
from tests.knowledge.material import DIMENSION
from workflows.reembedding import ReembeddingWorkflow

# Eight calls of a provider that takes 16 texts.
TALE = topics(128)


class Killable:
    """A worker in a process of its own."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process
        assert process.stdout is not None
        self._out = process.stdout

    @classmethod
    async def start(cls, stack: Stack, queue: str, pause: float) -> "Killable":
        return cls(
            await asyncio.create_subprocess_exec(
                *(sys.executable, "-m", "tests.knowledge.worker_process"),
                *(stack.temporal_address, stack.database_url, str(stack.folder / "originals")),
                *(queue, str(pause)),
                cwd=Path(__file__).parents[2],
                stdout=asyncio.subprocess.PIPE,
            )
        )

    async def batch(self) -> int:
        """Size of the next batch that it asks its embedder for."""
        async with asyncio.timeout(PATIENCE):
            return int(await self._out.readline())

    async def kill(self) -> list[int]:
        """SIGKILL; gives the sizes of the batches that were not read yet."""
        self._process.kill()
        rest = await self._out.read()
        await self._process.wait()
        return [int(line) for line in rest.split()]


async def test_a_killed_worker_costs_one_batch_and_doubles_nothing(
    stack: Stack,
    temporal: Client,
    documents: PostgresDocuments,
    database: Database,
    space: Scope,
) -> None:
    document, queue = await add(documents, space, TALE), str(uuid4())
    first = await Killable.start(stack, queue, 0.3)
    try:
        run = await start(temporal, queue, space, document)
        asked = [await first.batch() for _ in range(3)]
    finally:
        asked += await first.kill()
    kept = await counted(database, space, document.id)
    second = await Killable.start(stack, queue, 0.0)
    try:
        result = await asyncio.wait_for(run.result(), PATIENCE)
    finally:
        again = await second.kill()

    rows = await counted(database, space, document.id)
    assert result.status is DocumentStatus.READY
    assert rows["passages"] == rows["vectors"] == rows["searchable"] == result.passages
    assert 0 < kept["vectors"] < rows["passages"]
    # What was stored before the kill is not asked for again: only the batch in flight is.
    assert sum(again) == rows["passages"] - kept["vectors"]
    assert sum(asked) - kept["vectors"] <= 16
    # One bill for each call whose vectors are there; the one in flight is nobody's.
    assert rows["bills"] == len(again) + kept["vectors"] // 16


async def test_a_change_of_model_goes_on_where_its_worker_was_killed(
    stack: Stack,
    temporal: Client,
    documents: PostgresDocuments,
    database: Database,
    space: Scope,
) -> None:
    document, queue = await add(documents, space, TALE), str(uuid4())
    await Intake(database, documents).take_in(temporal, space, document)
    first = await Killable.start(stack, queue, 0.3)
    try:
        run = await temporal.start_workflow(
            ReembeddingWorkflow.run,
            ReembeddingStart(scope=space, model="hashing-2", dimension=DIMENSION),
            id=f"reembedding-{uuid4()}",
            task_queue=queue,
        )
        asked = [await first.batch() for _ in range(3)]
    finally:
        asked += await first.kill()
    kept = (await counted(database, space, document.id))["vectors"] - 128
    second = await Killable.start(stack, queue, 0.0)
    try:
        await asyncio.wait_for(run.result(), PATIENCE)
    finally:
        again = await second.kill()

    rows = await counted(database, space, document.id)
    assert rows["passages"] == rows["vectors"] == rows["searchable"] == 128
    assert await PostgresVectors(database).model(space) == "hashing-2"
    assert 0 < kept < 128
    assert sum(again) == 128 - kept
    assert sum(asked) - kept <= 16
