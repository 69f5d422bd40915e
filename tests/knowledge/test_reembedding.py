"""A space goes from one model's vectors to another's, and nobody who searches notices."""

import asyncio
from collections.abc import Sequence
from uuid import UUID, uuid4

import pytest
from temporalio.client import Client, WorkflowFailureError, WorkflowHandle

from activities.reembedding import reembed_spaces
from adapters.embedding.registry import EmbedderRegistry
from adapters.engine.temporal import TemporalEngine
from adapters.search.postgres import PostgresPassages
from adapters.search.vectors import PostgresVectors
from adapters.store.database import Database
from adapters.store.documents import PostgresDocuments
from domain.ports.model import Purpose
from models import ids
from models.errors import ConflictError, ModelRefusedError
from models.payloads.chat import Usage
from models.payloads.ingestion import DocumentStatus, Reembedded, ReembeddingStart
from models.payloads.scope import Scope
from tests.knowledge.ingesting import LONG, PATIENCE, SHORT, Intake, add, start
from tests.knowledge.material import DIMENSION, HashingEmbedder
from tests.waiting import until
from workflows.reembedding import ReembeddingWorkflow


class Backwards(HashingEmbedder):
    """Another model: its vectors mean nothing beside the first one's."""

    def __init__(self) -> None:
        super().__init__(batch=16, name="hashing-2")
        self.turn = asyncio.Semaphore(0)
        self.asked = asyncio.Event()
        """Each call waits for its turn; searches are made between them."""

    async def embed(
        self, texts: Sequence[str], purpose: Purpose = Purpose.DOCUMENT
    ) -> tuple[list[list[float]], Usage]:
        if purpose is Purpose.DOCUMENT:
            self.asked.set()
            await self.turn.acquire()
        vectors, usage = await super().embed(texts, purpose)
        return [vector[::-1] for vector in vectors], usage


class Searching:
    """Searches by whatever model the space has."""

    def __init__(self, database: Database, scope: Scope, *embedders: HashingEmbedder) -> None:
        self._scope = scope
        self._vectors = PostgresVectors(database)
        self._passages = PostgresPassages(database)
        self._embedders = EmbedderRegistry(*embedders)
        self.models: list[str] = []

    async def __call__(self, text: str) -> tuple[UUID, float]:
        """The best passage, and its score."""
        while True:
            name = await self._vectors.model(self._scope)
            assert name is not None
            [vector], _ = await self._embedders.named(name).embed([text], Purpose.QUERY)
            try:
                found = await self._passages.semantic(self._scope, vector, model=name, limit=5)
            except ConflictError as error:
                if error.code != "embedding_model_changed":
                    raise
                continue
            self.models.append(name)
            assert len(found) == 5
            # With another model's vectors among them the rest would be strangers: near nothing.
            assert found[-1].score > 0.5
            return found[0].passage_id, found[0].score


def a_change(scope: Scope, **fields: object) -> ReembeddingStart:
    return ReembeddingStart(scope=scope, model="hashing-2", dimension=DIMENSION).model_copy(
        update=fields
    )


async def begin(
    temporal: Client, queue: str, start: ReembeddingStart
) -> WorkflowHandle[ReembeddingWorkflow, Reembedded]:
    return await temporal.start_workflow(
        ReembeddingWorkflow.run, start, id=f"reembedding-{uuid4()}", task_queue=queue
    )


async def test_a_search_answers_throughout_and_never_sees_a_mix(
    temporal: Client, documents: PostgresDocuments, database: Database, space: Scope
) -> None:
    old, new, queue = HashingEmbedder(batch=16), Backwards(), str(uuid4())
    document = await add(documents, space, SHORT)
    # Before the change the old model is what the deployment asks.
    await Intake(database, documents, (old, new)).take_in(temporal, space, document)
    here = Intake(database, documents, (new, old))
    search = Searching(database, space, new, old)

    async with here.worker(temporal, queue):
        run = await begin(temporal, queue, a_change(space))
        await asyncio.wait_for(new.asked.wait(), PATIENCE)
        first = await search("topic 37 amber and basalt")
        # A document of these days is taken in by the old model, and comes along.
        late = await add(documents, space, b"# Late\n\nObsidian and late arrivals.\n")
        assert (await here.take_in(temporal, space, late)).status is DocumentStatus.READY
        seen = []
        while not await _over(run):
            new.turn.release()
            seen.append(await search("topic 37 amber and basalt"))
        result = await run.result()

    last = await search("topic 37 amber and basalt")
    assert {first, last, *seen} == {first}
    assert set(search.models) == {"hashing-1", "hashing-2"}
    assert search.models == sorted(search.models)
    assert result.done == 61
    assert await _vectors(database, space) == {"hashing-2": 61}
    found = await PostgresPassages(database).lexical(space, "obsidian", limit=3)
    assert len(found) == 1


async def test_a_document_that_the_switch_overtakes_is_embedded_again(
    temporal: Client, documents: PostgresDocuments, database: Database, space: Scope
) -> None:
    old, new = HashingEmbedder(), HashingEmbedder(name="hashing-2")
    small = await add(documents, space, b"# One\n\nAmber.\n")
    await Intake(database, documents, (old, new)).take_in(temporal, space, small)
    old.pause, queue = asyncio.Event(), str(uuid4())
    document = await add(documents, space, SHORT)
    here = Intake(database, documents, (new, old))

    async def read() -> bool:
        return (await documents.get(space, document.id)).passages > 0

    async with here.worker(temporal, queue):
        ingestion = await start(temporal, queue, space, document)
        await until(read)
        await (await begin(temporal, queue, a_change(space))).result()
        old.pause.set()
        result = await asyncio.wait_for(ingestion.result(), PATIENCE)

    assert result.status is DocumentStatus.READY
    assert sum(new.calls) == 61
    assert (await _vectors(database, space))["hashing-2"] == 61


async def test_a_large_space_takes_several_runs(
    temporal: Client, documents: PostgresDocuments, database: Database, space: Scope
) -> None:
    old, new = HashingEmbedder(batch=250), HashingEmbedder(batch=250, name="hashing-2")
    document = await add(documents, space, LONG)
    await Intake(database, documents, (old, new)).take_in(temporal, space, document)
    queue = str(uuid4())

    async with Intake(database, documents, (new, old)).worker(temporal, queue):
        run = await begin(temporal, queue, a_change(space, batches=1))
        result = await asyncio.wait_for(run.result(), PATIENCE)

    assert result == Reembedded(done=260)
    assert new.calls == [250, 10]
    assert await _vectors(database, space) == {"hashing-2": 260}


async def test_a_provider_that_refuses_leaves_the_space_as_it_was(
    temporal: Client, documents: PostgresDocuments, database: Database, space: Scope
) -> None:
    old, new, queue = HashingEmbedder(), HashingEmbedder(name="hashing-2"), str(uuid4())
    document = await add(documents, space, SHORT)
    await Intake(database, documents, (old, new)).take_in(temporal, space, document)
    new.failures = [ModelRefusedError("No.", code="model_key_rejected")]

    async with Intake(database, documents, (new, old)).worker(temporal, queue):
        run = await begin(temporal, queue, a_change(space, pause="PT0.1S"))
        with pytest.raises(WorkflowFailureError) as failed:
            await asyncio.wait_for(run.result(), PATIENCE)

    assert "model_key_rejected" in repr(failed.value.cause)
    assert await PostgresVectors(database).model(space) == "hashing-1"
    assert await _vectors(database, space) == {"hashing-1": 60}


class OfOneSpace(PostgresVectors):
    """The other tests' spaces stay as they are: they are hundreds, and behind as well."""

    def __init__(self, database: Database, scope: Scope) -> None:
        super().__init__(database)
        self._scope = scope

    async def behind(self, model: str, limit: int) -> Sequence[Scope]:
        return [scope for scope in await super().behind(model, 10_000) if scope == self._scope]


async def test_the_sweep_starts_what_is_behind_once(
    temporal: Client, documents: PostgresDocuments, database: Database, space: Scope
) -> None:
    old, new, queue = HashingEmbedder(), HashingEmbedder(name="hashing-2"), str(uuid4())
    document = await add(documents, space, b"# One\n\nAmber.\n")
    await Intake(database, documents, (old, new)).take_in(temporal, space, document)
    vectors = OfOneSpace(database, space)
    engine = TemporalEngine(temporal, documents_queue=queue)

    async def changed() -> bool:
        return await vectors.model(space) == "hashing-2"

    sweeps = [
        asyncio.create_task(
            reembed_spaces(vectors, EmbedderRegistry(new, old), engine, interval_s=0.05)
        )
        for _ in range(2)
    ]
    try:
        async with Intake(database, documents, (new, old)).worker(temporal, queue):
            await until(changed)
            handle: WorkflowHandle[object, object] = temporal.get_workflow_handle(
                ids.reembedding_workflow_id(space, "hashing-2")
            )
            await asyncio.wait_for(handle.result(), PATIENCE)
    finally:
        for sweep in sweeps:
            sweep.cancel()
        await asyncio.gather(*sweeps, return_exceptions=True)


async def _over(run: WorkflowHandle[ReembeddingWorkflow, Reembedded]) -> bool:
    status = (await run.describe()).status
    assert status is not None
    return status.name != "RUNNING"


async def _vectors(database: Database, scope: Scope) -> dict[str, int]:
    """How many the space has, by model."""
    async with database.transaction(scope) as session:
        rows = await session.fetch(
            "SELECT model, count(*) AS vectors FROM passage_vector WHERE space_id = $1"
            " GROUP BY model",
            scope.space_id,
        )
    return {row["model"]: row["vectors"] for row in rows}
