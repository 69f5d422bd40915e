"""A document's content: bring it, bring another version, fetch it again, take it away."""

from typing import Any, Final
from uuid import UUID

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse
from starlette.responses import Response

from api import uploading
from api.bulk import Download
from api.dependencies import IdempotencyKey, Member, TheEdge, Viewer
from api.reserved import refuse_reserved
from api.routes.documentation import body_of, failures
from api.saving import attachment
from api.schemas.documents import DocumentView, NewContent, NewDocument
from domain.ports.knowledge import Document
from models.payloads.ingestion import DocumentKey

router = APIRouter(prefix="/v1/documents", tags=["documents"])

_FILE: Final[dict[str, Any]] = {"type": "string", "format": "binary"}
_TEXT: Final[dict[str, Any]] = {"type": "string"}
_UPLOAD: Final[dict[str, Any]] = {
    "requestBody": {
        "required": True,
        "content": {
            "multipart/form-data": {
                "schema": {
                    "type": "object",
                    "required": ["file"],
                    "properties": {
                        "file": _FILE,
                        "title": {**_TEXT, "maxLength": 200},
                        "collection": {**_TEXT, "default": "general"},
                        "author": {**_TEXT, "maxLength": 200},
                        "language": {**_TEXT, "description": "ISO 639-1"},
                        "published_on": {**_TEXT, "format": "date"},
                        "keywords": {**_TEXT, "description": "Repeated, or between commas"},
                    },
                }
            },
            "application/json": {"schema": body_of(NewDocument)},
        },
    }
}
_CONTENT: Final[dict[str, Any]] = {
    "requestBody": {
        "required": True,
        "content": {
            "multipart/form-data": {
                "schema": {"type": "object", "required": ["file"], "properties": {"file": _FILE}}
            },
            "application/json": {"schema": body_of(NewContent)},
        },
    }
}
_KNOWN: Final[dict[str, Any]] = {
    "model": DocumentView,
    "description": "The space has these very bytes, or this address, already",
}
_NEWEST: Final[dict[str, Any]] = {
    "model": DocumentView,
    "description": "The newest version has these very bytes",
}
_DOWNLOAD: Final[dict[str, Any]] = {
    "description": "The file as it came, to be saved",
    "content": {"application/octet-stream": {"schema": _FILE}},
}


@router.post(
    "",
    status_code=202,
    operation_id="addDocument",
    response_model=DocumentView,
    openapi_extra=_UPLOAD,
    responses={200: _KNOWN, **failures(404, 409, 413, 415, 429)},
)
async def add(edge: TheEdge, context: Member, request: Request, key: IdempotencyKey) -> Response:  # noqa: ARG001 - the content is its own key
    """Take in a file, a text, or the page at an address. `GET …/{id}/events` tells how far it is;
    `GET /v1/info` lists the formats that are read. The same bytes, or the same address, are the
    same document, with or without an `Idempotency-Key`."""
    document, fresh = await uploading.add(edge, context, request)
    return _taken(document, fresh=fresh)


@router.put(
    "/{document_id}",
    status_code=202,
    operation_id="replaceDocument",
    response_model=DocumentView,
    openapi_extra=_CONTENT,
    responses={200: _NEWEST, **failures(404, 409, 413, 415, 429)},
)
async def replace(edge: TheEdge, context: Member, document_id: UUID, request: Request) -> Response:
    """Bring a new version. Searches find the old one until the new one is ready, then the new one
    alone. 409 `document_exists` when another document of the space has these bytes."""
    document = await edge.ports.documents.get(context.scope, document_id)
    refuse_reserved(document.collection)
    newest, fresh = await uploading.replace(edge, context, document, request)
    return _taken(newest, fresh=fresh)


@router.post(
    "/{document_id}/refresh",
    status_code=202,
    operation_id="refreshDocument",
    response_model=DocumentView,
    responses=failures(404, 429),
)
async def refresh(
    edge: TheEdge,
    context: Member,
    document_id: UUID,
    key: IdempotencyKey,  # noqa: ARG001 - one that waits is not queued twice
) -> Response:
    """Fetch it from its address again, as a new version."""
    user = context.caller.user_id
    refuse_reserved((await edge.ports.documents.get(context.scope, document_id)).collection)
    document = await edge.ports.documents.refresh(context.scope, user, document_id)
    await uploading.start(edge, context, document, fetch=True)
    return _taken(document, fresh=True)


@router.get(
    "/{document_id}/original",
    operation_id="downloadDocument",
    response_class=Response,
    responses={200: _DOWNLOAD, **failures(404)},
)
async def original(edge: TheEdge, context: Viewer, document_id: UUID) -> Response:
    """The newest version's file as it came; 404 `original_missing` before it has been fetched. To
    be saved and never to be shown: it is a stranger's."""
    document = await edge.ports.documents.get(context.scope, document_id)
    key = DocumentKey(scope=context.scope, document_id=document_id, version=document.version)
    await edge.bulk.take()
    try:
        data = await edge.ports.documents.original(key)
    except BaseException:
        edge.bulk.give_back()
        raise
    headers = {"content-disposition": attachment(document.name), "accept-ranges": "none"}
    return Download(data, edge.bulk, edge.limits.slow_write, headers)


def _taken(document: Document, *, fresh: bool) -> Response:
    return JSONResponse(
        DocumentView.of(document).model_dump(mode="json"),
        202 if fresh else 200,
        {"location": f"/v1/documents/{document.id}"},
    )
