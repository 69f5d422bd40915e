"""The workers that take documents in: for what costs CPU, and for other people's servers."""

from temporalio.client import Client
from temporalio.worker import Worker, WorkerDeploymentConfig

from activities.ingestion import IngestionActivities
from activities.ingestion_pictures import PictureActivities
from activities.ingestion_vectors import VectorActivities
from activities.reembedding import ReembeddingActivities
from adapters.correlation import CorrelationInterceptor
from adapters.search.vectors import PostgresVectors
from adapters.store.collections import PostgresCollections
from models import names
from queues.running import DRAIN, STICKY, workflow_runner
from wiring import Adapters
from workflows.ingestion import IngestionWorkflow
from workflows.reembedding import ReembeddingWorkflow

# Parsing runs in child processes, one for each core; the rest of an ingestion waits for a provider.
DOCUMENT_SLOTS = 8
# Each may hold a page of the largest size twice, and a silent site holds one for a minute.
FETCHING_SLOTS = 16


def documents_worker(
    client: Client,
    adapters: Adapters,
    queue: str = names.DOCUMENTS_QUEUE,
    deployment: WorkerDeploymentConfig | None = None,
) -> Worker:
    """Everything that costs CPU."""
    database = adapters.database
    documents = adapters.documents
    vectors = PostgresVectors(database)
    ingestion = _ingestion(adapters)
    embedding = VectorActivities(documents, vectors, adapters.embedders)
    pictures = PictureActivities(documents, adapters.pictures, adapters.captioner)
    reembedding = ReembeddingActivities(vectors, adapters.embedders)
    return Worker(
        client,
        task_queue=queue,
        workflows=[IngestionWorkflow, ReembeddingWorkflow],
        activities=[
            ingestion.parse,
            ingestion.publish,
            ingestion.fail,
            embedding.embed,
            pictures.describe,
            reembedding.embed,
            reembedding.switch,
        ],
        workflow_runner=workflow_runner(versioned=deployment is not None),
        interceptors=[CorrelationInterceptor()],
        max_concurrent_activities=DOCUMENT_SLOTS,
        sticky_queue_schedule_to_start_timeout=STICKY,
        graceful_shutdown_timeout=DRAIN,
        deployment_config=deployment,
    )


def fetching_worker(
    client: Client,
    adapters: Adapters,
    queue: str = names.fetching_queue(),
    deployment: WorkerDeploymentConfig | None = None,
) -> Worker:
    """Everything that waits for other people's servers."""
    return Worker(
        client,
        task_queue=queue,
        activities=[_ingestion(adapters).fetch],
        interceptors=[CorrelationInterceptor()],
        max_concurrent_activities=FETCHING_SLOTS,
        graceful_shutdown_timeout=DRAIN,
        deployment_config=deployment,
    )


def _ingestion(adapters: Adapters) -> IngestionActivities:
    return IngestionActivities(
        adapters.documents,
        PostgresCollections(adapters.database),
        adapters.parser,
        adapters.fetcher,
        document_bytes=adapters.document_bytes,
        captions=adapters.captioner is not None,
    )
