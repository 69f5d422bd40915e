"""Documents: take in, look at, remove; and search them."""

from uuid import UUID, uuid4

from fastapi import APIRouter, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import ValidationError
from starlette.datastructures import UploadFile
from starlette.responses import Response

from api.dependencies import Context, Edge, Member, TheEdge, ThePorts, Viewer
from api.problems import NamedHTTPError
from api.routes.conversations import PageCursor, Size
from api.routes.documentation import failures
from api.schemas.base import List
from api.schemas.documents import DocumentView, Hit, Hits, NewText, Query
from domain.parsing import kinds
from domain.parsing.naming import display_name, display_title
from models.errors import InvalidError, TooLargeError
from models.payloads.ingestion import DocumentStatus, IngestionStart

router = APIRouter(tags=["documents"])

QUERY_CHARACTERS = 2_000
_UPLOAD = {
    "requestBody": {
        "required": True,
        "content": {
            "multipart/form-data": {
                "schema": {
                    "type": "object",
                    "required": ["file"],
                    "properties": {
                        "file": {"type": "string", "format": "binary"},
                        "title": {"type": "string", "maxLength": 200},
                    },
                }
            },
            "application/json": {"schema": NewText.model_json_schema()},
        },
    }
}


@router.post(
    "/v1/documents",
    status_code=202,
    operation_id="addDocument",
    response_model=DocumentView,
    openapi_extra=_UPLOAD,
    responses={
        200: {"model": DocumentView, "description": "The space has these very bytes already"},
        **failures(413, 415),
    },
)
async def add(edge: TheEdge, context: Member, request: Request) -> Response:
    """Take in a file (text, Markdown, HTML, CSV) or a text. Its progress is in `GET …/{id}`."""
    if request.headers.get("content-type", "").startswith("multipart/form-data"):
        document, fresh = await _file(edge, context, request)
    else:
        document, fresh = await _text(edge, context, await _json(request))
    # Also for a copy of one that waits: its start may have failed when it came first.
    if fresh or document.status is DocumentStatus.QUEUED:
        await edge.ports.engine.start_ingestion(
            IngestionStart(
                scope=context.scope,
                document_id=document.id,
                user_id=context.caller.user_id,
                request_id=context.request_id,
            )
        )
    return JSONResponse(
        document.model_dump(mode="json"),
        202 if fresh else 200,
        {"location": f"/v1/documents/{document.id}"},
    )


async def _file(edge: Edge, context: Context, request: Request) -> tuple[DocumentView, bool]:
    async with request.form(max_files=1, max_fields=4, max_part_size=64 * 1024) as form:
        file, title = form.get("file"), form.get("title", "")
        if not isinstance(file, UploadFile) or not isinstance(title, str):
            raise InvalidError("Send the file as the field `file`.", code="file_required")
        kinds.check_size(file.size or 0, edge.limits.document_bytes)
        data = await file.read()
        name, media_type = file.filename or "", file.content_type or ""
    return await _store(edge, context, data, title, name, media_type)


async def _text(edge: Edge, context: Context, body: NewText) -> tuple[DocumentView, bool]:
    if body.url is not None:
        raise InvalidError("Addresses are not fetched yet.", code="url_not_supported")
    if body.text is None or not body.text.strip():
        raise InvalidError("The text is empty.", code="document_empty")
    title = body.title or "Untitled"
    return await _store(edge, context, body.text.encode(), title, f"{title}.md", kinds.MARKDOWN)


async def _store(
    edge: Edge, context: Context, data: bytes, title: str, name: str, media_type: str
) -> tuple[DocumentView, bool]:
    kind = kinds.detect(name, media_type, data[: kinds.HEAD_BYTES])
    document, fresh = await edge.ports.documents.add(
        context.scope,
        context.caller.user_id,
        title=display_title(title, name),
        name=display_name(name),
        media_type=kind,
        data=data,
    )
    return DocumentView.of(document), fresh


async def _json(request: Request) -> NewText:
    """By hand: FastAPI reads either forms or JSON at one address."""
    try:
        return NewText.model_validate(await request.json())
    except ValidationError as error:
        found = [{**item, "loc": ("body", *item["loc"])} for item in error.errors()]
        raise RequestValidationError(found) from None
    except (ValueError, RecursionError):
        raise NamedHTTPError(400, "json_invalid", "The body is neither a form nor JSON.") from None


@router.get(
    "/v1/documents",
    operation_id="listDocuments",
    response_model=List[DocumentView],
    responses=failures(),
)
async def page(
    the: ThePorts, context: Viewer, limit: Size = 50, cursor: PageCursor = None
) -> List[DocumentView]:
    """The space's documents, newest first."""
    found = await the.documents.page(context.scope, limit=limit, cursor=cursor)
    items = [DocumentView.of(document) for document in found.items]
    return List(items=items, next_cursor=found.next_cursor)


@router.get("/v1/documents/{document_id}", operation_id="getDocument", responses=failures(404))
async def get(the: ThePorts, context: Viewer, document_id: UUID) -> DocumentView:
    """One document and how far it is."""
    return DocumentView.of(await the.documents.get(context.scope, document_id))


@router.delete(
    "/v1/documents/{document_id}",
    status_code=204,
    operation_id="deleteDocument",
    responses=failures(404),
)
async def delete(the: ThePorts, context: Member, document_id: UUID) -> None:
    """Remove it with its passages."""
    await the.documents.delete(context.scope, document_id)


@router.post("/v1/search", operation_id="search", responses=failures(413), tags=["search"])
async def search(the: ThePorts, context: Viewer, body: Query) -> Hits:
    """The space's best passages for a query, ranked, with scores and sources."""
    if not body.query.strip():
        raise InvalidError("The query is empty.", code="query_empty")
    if len(body.query) > QUERY_CHARACTERS:
        raise TooLargeError(
            f"The query may have {QUERY_CHARACTERS:,} characters.", code="query_too_long"
        )
    if body.collections or body.filters:
        raise InvalidError("Filters are not supported yet.", code="filter_unsupported")
    found = await the.finder.find(context.scope, body.query, top_k=body.top_k)
    await the.usage.record(context.scope, uuid4(), found.usage, user_id=context.caller.user_id)
    least = body.min_score
    items = [
        Hit(**passage.source.model_dump(), text=passage.text)
        for passage in found.passages
        if least is None or passage.source.score >= least
    ]
    return Hits(items=items, degraded=found.error)
