"""Find passages by a question, and pictures by a picture."""

from typing import Any, Final
from uuid import uuid4

from fastapi import APIRouter, Request

from api import picturing
from api.dependencies import Context, Edge, TheEdge, Viewer
from api.reading import checked, fields_of, file_of, form_of, is_form, json_of
from api.routes.documentation import REPEATABLE, body_of, failures
from api.schemas.search import FiltersBody, Hit, Hits, PictureView, Query, Search
from domain.ports.search import FindRequest
from models.errors import InvalidError, TooLargeError

router = APIRouter(tags=["search"])

QUERY_CHARACTERS: Final = 2_000
_IMAGE: Final = "image"
_LISTS: Final = {
    "collection": "collections",
    **{name: name for name in ("collections", "authors", "languages", "keywords", "documents")},
}
_BODY: Final[dict[str, Any]] = {
    "requestBody": {
        "required": True,
        "content": {
            "application/json": {"schema": body_of(Query)},
            "multipart/form-data": {
                "schema": {
                    "type": "object",
                    "required": [_IMAGE],
                    "properties": {
                        _IMAGE: {"type": "string", "format": "binary"},
                        "top_k": {"type": "integer", "minimum": 1, "maximum": 50, "default": 10},
                        "min_score": {"type": "number", "minimum": 0, "maximum": 1},
                        "collections": {"type": "string", "description": "Repeated, or commas"},
                    },
                }
            },
        },
    }
}


@router.post(
    "/v1/search",
    operation_id="search",
    openapi_extra={**_BODY, **REPEATABLE},
    responses=failures(404, 409, 413, 415, 502),
)
async def search(edge: TheEdge, context: Viewer, request: Request) -> Hits:
    """The space's best passages for a `query`, ranked, with scores and sources. For an `image`
    (base64 in JSON, or the file of a form) the pictures most like it, with their documents."""
    if is_form(request):
        async with form_of(request, edge.uploads) as form:
            file = file_of(form, _IMAGE)
            asked = checked(Search, _nested(fields_of(form, _LISTS, _IMAGE)))
            data = await file.read()
        return await _pictures(edge, context, asked, data)
    query = await json_of(request, Query)
    if query.image is not None:
        return await _pictures(edge, context, query, picturing.decoded(query.image))
    return await _passages(edge, context, query)


def _nested(fields: dict[str, Any]) -> dict[str, Any]:
    """A form's fields as JSON has them."""
    filters = {name: fields.pop(name) for name in FiltersBody.model_fields if name in fields}
    return {**fields, "filters": filters} if filters else fields


async def _passages(edge: Edge, context: Context, asked: Query) -> Hits:
    the = edge.ports
    text = asked.query or ""
    if not text.strip():
        raise InvalidError("The query is empty.", code="query_empty")
    if len(text) > QUERY_CHARACTERS:
        raise TooLargeError(
            f"The query may have {QUERY_CHARACTERS:,} characters.", code="query_too_long"
        )
    found = await the.finder.find(
        context.scope,
        FindRequest(
            query=text,
            top_k=asked.top_k,
            filters=asked.narrowed(),
            min_score=asked.min_score,
            rerank=asked.rerank,
        ),
    )
    await the.usage.record(context.scope, uuid4(), found.usage, user_id=context.caller.user_id)
    items = [Hit(**passage.source.model_dump(), text=passage.text) for passage in found.passages]
    return Hits(items=items, degraded=found.error)


async def _pictures(edge: Edge, context: Context, asked: Search, data: bytes) -> Hits:
    hits = await picturing.nearest(edge, context, data, limit=asked.top_k, filters=asked.narrowed())
    least = asked.min_score
    alike = [hit for hit in hits if least is None or hit.score >= least]
    return Hits(items=[], pictures=[PictureView.of(hit) for hit in alike])
