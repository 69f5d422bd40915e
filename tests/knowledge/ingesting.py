"""Start an ingestion, and wait for what it does."""

import asyncio
from collections.abc import Awaitable, Callable
from uuid import uuid4

from temporalio.client import Client, WorkflowHandle

from adapters.store.documents import PostgresDocuments
from domain.ports.knowledge import Document
from models.payloads.ingestion import IngestionResult, IngestionStart
from models.payloads.scope import Scope
from tests.knowledge.material import USER
from workflows.ingestion import IngestionWorkflow

Handle = WorkflowHandle[IngestionWorkflow, IngestionResult]

# About 130 passages: two of the workflow's batches, and nine of a provider that takes 16.
LONG = "\n\n".join(
    f"# Topic {n}\n\n" + f"Sentence of topic {n} about amber and basalt. " * 25 for n in range(130)
).encode()
PATIENCE = 60.0


async def until(condition: Callable[[], Awaitable[bool]]) -> None:
    async with asyncio.timeout(PATIENCE):
        while not await condition():  # noqa: ASYNC110 -- a database row is watched
            await asyncio.sleep(0.02)


async def add(
    documents: PostgresDocuments, scope: Scope, data: bytes, name: str = "doc.md"
) -> Document:
    document, _ = await documents.add(scope, USER, title="", name=name, media_type="", data=data)
    return document


async def start(temporal: Client, queue: str, scope: Scope, document: Document) -> Handle:
    return await temporal.start_workflow(
        IngestionWorkflow.run,
        IngestionStart(scope=scope, document_id=document.id, user_id=USER),
        id=f"ingestion-{uuid4()}",
        task_queue=queue,
    )
