"""Take one document in; however it ends, the document's row says so."""

import asyncio

from temporalio import workflow
from temporalio.common import VersioningBehavior
from temporalio.exceptions import (
    ActivityError,
    ApplicationError,
    is_cancelled_exception,
)
from temporalio.exceptions import (
    TimeoutError as DeadlineError,
)

with workflow.unsafe.imports_passed_through():
    from activities.ingestion import IngestionActivities
    from activities.ingestion_pictures import PictureActivities
    from activities.ingestion_vectors import VectorActivities
    from models.names import INGESTION_WORKFLOW, fetching_queue
    from models.payloads.ingestion import (
        DocumentKey,
        DocumentStatus,
        EmbedRequest,
        IngestionFailure,
        IngestionResult,
        IngestionStart,
        Parsed,
        PicturesRequest,
    )
    from workflows import policies

# Each may cost a call for its caption: about a minute of them in one activity.
PICTURES_PER_BATCH = 8
# A space changes its model once in months; twice while one document is taken in is no accident.
ROUNDS = 3

# Deleted while it was taken in, or a newer version has taken its place: there is no row left that
# could say anything.
GONE = "document_not_found"
# The space changed its model between the last vector and the publication.
INCOMPLETE = "ingestion_incomplete"


@workflow.defn(name=INGESTION_WORKFLOW, versioning_behavior=VersioningBehavior.PINNED)
class IngestionWorkflow:
    @workflow.run
    async def run(self, start: IngestionStart) -> IngestionResult:
        key = DocumentKey(scope=start.scope, document_id=start.document_id, version=start.version)
        try:
            return await self._take_in(key, start)
        except (ActivityError, asyncio.CancelledError) as error:
            code, detail = _named(error)
            workflow.set_current_details(f"failed: {code}")
            # Shielded: a cancelled run still says how it ended.
            await asyncio.shield(self._fail(key, code, detail))
            if is_cancelled_exception(error):
                raise
            return IngestionResult(status=DocumentStatus.FAILED, error_code=code)

    async def _take_in(self, key: DocumentKey, start: IngestionStart) -> IngestionResult:
        if start.fetch:
            workflow.set_current_details("fetching")
            await workflow.execute_activity_method(
                IngestionActivities.fetch,
                key,
                **policies.fetch_document(fetching_queue(workflow.info().task_queue)),
            )
        workflow.set_current_details("reading the file")
        parsed = await workflow.execute_activity_method(
            IngestionActivities.parse, key, **policies.parse_document()
        )
        # First, since a caption is part of a passage: it is embedded once, as it will be found.
        await self._see(key, start, parsed)
        await self._publish(key, start, parsed)
        workflow.set_current_details(f"ready: {parsed.passages} passages")
        return IngestionResult(status=DocumentStatus.READY, passages=parsed.passages)

    async def _see(self, key: DocumentKey, start: IngestionStart, parsed: Parsed) -> None:
        for first in range(0, parsed.pictures, PICTURES_PER_BATCH):
            count = min(PICTURES_PER_BATCH, parsed.pictures - first)
            workflow.set_current_details(f"looking: {first} of {parsed.pictures} pictures")
            await workflow.execute_activity_method(
                PictureActivities.describe,
                PicturesRequest(document=key, user_id=start.user_id, start=first, count=count),
                **policies.describe_pictures(first, count),
            )

    async def _publish(self, key: DocumentKey, start: IngestionStart, parsed: Parsed) -> None:
        for left in reversed(range(ROUNDS)):
            await self._embed(key, start, parsed)
            workflow.set_current_details("publishing")
            try:
                await workflow.execute_activity_method(
                    IngestionActivities.publish, key, **policies.publish_document(parsed.passages)
                )
            except ActivityError as error:
                if _named(error)[0] != INCOMPLETE or not left:
                    raise
            else:
                return

    async def _embed(self, key: DocumentKey, start: IngestionStart, parsed: Parsed) -> None:
        """One batch after the other: a document must not take the provider for itself."""
        for first in range(0, parsed.passages, parsed.batch):
            count = min(parsed.batch, parsed.passages - first)
            workflow.set_current_details(f"embedding: {first} of {parsed.passages} passages")
            await workflow.execute_activity_method(
                VectorActivities.embed,
                EmbedRequest(document=key, user_id=start.user_id, start=first, count=count),
                **policies.embed_passages(first, count),
            )

    async def _fail(self, key: DocumentKey, code: str, detail: str) -> None:
        if code == GONE:
            return
        try:
            await workflow.execute_activity_method(
                IngestionActivities.fail,
                IngestionFailure(document=key, code=code, detail=detail),
                **policies.fail_document(code),
            )
        except ActivityError as error:
            if _named(error)[0] != GONE:
                raise


def _named(error: BaseException) -> tuple[str, str]:
    """Code and detail of what ended the ingestion."""
    if is_cancelled_exception(error):
        return "ingestion_cancelled", "Taking the document in was cancelled."
    cause = error.cause if isinstance(error, ActivityError) else error
    if isinstance(cause, ApplicationError):
        return cause.type or "internal", cause.message
    if isinstance(cause, DeadlineError):
        return "ingestion_timeout", "A step took longer than it may."
    return "internal", "Something went wrong."
