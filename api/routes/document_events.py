"""Watch a document being taken in."""

from uuid import UUID

from fastapi import APIRouter
from starlette.responses import Response

from api import following
from api.dependencies import DocumentReader, TheEdge
from api.progress import Progress, seen_to_the_end
from api.routes.documentation import DOCUMENT_STREAM, failures
from api.routes.events import After, LastEventId

router = APIRouter(tags=["documents", "events"])


@router.get(
    "/v1/documents/{document_id}/events",
    operation_id="followDocument",
    response_class=Response,
    responses={
        200: DOCUMENT_STREAM,
        204: {"description": "Its ingestion has ended, and the reader knows how"},
        **failures(404, 429),
    },
)
async def follow(
    edge: TheEdge,
    context: DocumentReader,
    document_id: UUID,
    after: After = None,
    last_event_id: LastEventId = None,
) -> Response:
    """How far its newest version is: `document.progress` with counts whenever they have changed,
    at most twice a second, then `document.ready` or `document.failed`, and the stream ends. Each
    event says all there is to know, so that one that was missed is no loss."""
    seen = following.cursor(after, last_event_id)
    document = await edge.ports.documents.get(context.scope, document_id)
    if seen_to_the_end(document, seen):
        return Response(status_code=204)
    frames = Progress(
        edge.watching,
        edge.ports.documents,
        context.scope,
        document,
        seen,
        at_most=edge.limits.longest_stream,
    )
    return edge.stream(frames)
