"""A worker killed in the middle of a document and of a change of model costs a batch of each."""

import asyncio
import sys
from collections import Counter
from pathlib import Path
from uuid import uuid4

from temporalio.client import Client

from adapters.search.vectors import PostgresVectors
from adapters.store.database import Database
from adapters.store.documents import PostgresDocuments
from local.stack import Stack
from models.payloads.ingestion import DocumentStatus, ReembeddingStart
from tests.knowledge.conftest import NewSpace, counted
from tests.knowledge.ingesting import PATIENCE, Intake, add, start, topics
from tests.knowledge.material import DIMENSION
from workflows.reembedding import ReembeddingWorkflow

BATCH = 16
PASSAGES = 6 * BATCH
ANSWERED = 2
"""Batches of each model that the first worker gets; it is killed while it waits for the next."""
TALE = topics(PASSAGES)
OLD, NEW = MODELS = ("hashing-1", "hashing-2")

Asked = Counter[tuple[str, str]]
"""How often for each batch, by model and the batch's digest: an attempt whose heartbeat came late
on a busy machine is made again, and asks again for what it was waiting for."""


class Killable:
    """A worker in a process of its own."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process
        assert process.stdout is not None
        self._out = process.stdout

    @classmethod
    async def start(cls, stack: Stack, queue: str, answered: int) -> "Killable":
        return cls(
            await asyncio.create_subprocess_exec(
                *(sys.executable, "-m", "tests.knowledge.worker_process"),
                *(stack.temporal_address, stack.database_url, str(stack.folder / "originals")),
                *(queue, str(answered)),
                cwd=Path(__file__).parents[2],
                stdout=asyncio.subprocess.PIPE,
            )
        )

    async def asked(self, least: int) -> Asked:
        """What it asked its embedders for, once that is so many batches of each."""
        asked: Asked = Counter()
        async with asyncio.timeout(PATIENCE):
            while min(len(batches(asked, model)) for model in MODELS) < least:
                asked[_call(await self._out.readline())] += 1
        return asked

    async def kill(self) -> Asked:
        """SIGKILL; gives the calls that were not read yet."""
        self._process.kill()
        rest = await self._out.read()
        await self._process.wait()
        return Counter(map(_call, rest.splitlines()))


def _call(line: bytes) -> tuple[str, str]:
    model, batch = line.decode().split()
    return model, batch


def batches(asked: Asked, model: str) -> set[str]:
    return {batch for name, batch in asked if name == model}


async def test_a_killed_worker_costs_one_batch_and_doubles_nothing(
    stack: Stack,
    temporal: Client,
    documents: PostgresDocuments,
    database: Database,
    new_space: NewSpace,
) -> None:
    here, there, queue = await new_space(), await new_space(), str(uuid4())
    changed = await add(documents, there, TALE)
    await Intake(database, documents).take_in(temporal, there, changed)
    document = await add(documents, here, TALE)

    async def kept() -> tuple[int, int]:
        """Vectors of the document, and those that the other space has of its new model."""
        found = [
            await counted(database, *one) for one in ((here, document.id), (there, changed.id))
        ]
        return found[0]["vectors"], found[1]["vectors"] - PASSAGES

    first = await Killable.start(stack, queue, ANSWERED)
    try:
        ingestion = await start(temporal, queue, here, document)
        change = await temporal.start_workflow(
            ReembeddingWorkflow.run,
            ReembeddingStart(scope=there, model=NEW, dimension=DIMENSION),
            id=f"reembedding-{uuid4()}",
            task_queue=queue,
        )
        asked = await first.asked(ANSWERED + 1)
    finally:
        rest = await first.kill()
    asked += rest
    of_document, of_space = await kept()
    second = await Killable.start(stack, queue, PASSAGES)
    try:
        result = await asyncio.wait_for(ingestion.result(), PATIENCE)
        await asyncio.wait_for(change.result(), PATIENCE)
    finally:
        again = await second.kill()

    rows = await counted(database, here, document.id)
    assert result.status is DocumentStatus.READY
    assert rows["passages"] == rows["vectors"] == rows["searchable"] == PASSAGES
    rows = await counted(database, there, changed.id)
    assert rows["passages"] == rows["vectors"] == rows["searchable"] == PASSAGES
    assert await PostgresVectors(database).model(there) == NEW
    for model, stored in ((OLD, of_document), (NEW, of_space)):
        before, after = batches(asked, model), batches(again, model)
        assert stored == ANSWERED * BATCH
        assert len(before) == ANSWERED + 1
        assert len(before | after) == PASSAGES // BATCH
        # What was stored before the kill is not asked for again: only the batch in flight is.
        assert len(before & after) == 1
    # One bill for each call whose vectors are there; the one in flight is nobody's.
    rows = await counted(database, here, document.id)
    answered = ANSWERED + sum(again[OLD, batch] for batch in batches(again, OLD))
    assert PASSAGES // BATCH <= rows["bills"] <= answered
