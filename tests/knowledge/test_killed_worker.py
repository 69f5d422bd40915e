"""A worker killed in the middle of a document costs one batch."""

import asyncio
import sys
from pathlib import Path
from uuid import uuid4

from temporalio.client import Client

from adapters.store.database import Database
from adapters.store.documents import PostgresDocuments
from local.stack import Stack
from models.payloads.ingestion import DocumentStatus
from models.payloads.scope import Scope
from tests.knowledge.conftest import counted
from tests.knowledge.ingesting import LONG, PATIENCE, add, start


class Killable:
    """A worker in a process of its own."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process
        assert process.stdout is not None
        self._out = process.stdout

    @classmethod
    async def start(cls, address: str, database_url: str, queue: str, pause: float) -> "Killable":
        return cls(
            await asyncio.create_subprocess_exec(
                *(sys.executable, "-m", "tests.knowledge.worker_process"),
                *(address, database_url, queue, str(pause)),
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
    document, queue = await add(documents, space, LONG), str(uuid4())
    first = await Killable.start(stack.temporal_address, stack.database_url, queue, 0.3)
    try:
        run = await start(temporal, queue, space, document)
        asked = [await first.batch() for _ in range(3)]
    finally:
        asked += await first.kill()
    kept = await counted(database, space, document.id)
    second = await Killable.start(stack.temporal_address, stack.database_url, queue, 0.0)
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
    assert await _searchable_ids(database, space) == rows["passages"]


async def _searchable_ids(database: Database, scope: Scope) -> int:
    async with database.transaction(scope) as session:
        row = await session.first(
            "SELECT count(DISTINCT text) AS count FROM passage WHERE space_id = $1 AND searchable",
            scope.space_id,
        )
    assert row is not None
    return int(row["count"])
