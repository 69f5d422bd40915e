"""What somebody uploads: a file, a text or an address, checked before anything is stored."""

import asyncio
from dataclasses import dataclass
from typing import Final

from fastapi import Request
from starlette.datastructures import UploadFile

from api.dependencies import Context, Edge
from api.reading import checked, fields_of, file_of, form_of, is_form, json_of
from api.reserved import refuse_reserved
from api.schemas.base import Body
from api.schemas.documents import Described, NewContent, NewDocument
from domain.parsing import kinds
from domain.parsing.naming import display_name
from domain.ports.knowledge import Document
from models.payloads.ingestion import DocumentStatus, IngestionStart

FILE: Final = "file"
_LISTS: Final = {"keyword": "keywords", "keywords": "keywords"}
_UNTITLED: Final = "Untitled"


@dataclass(frozen=True, slots=True)
class Content:
    """Bytes that are what they say they are."""

    data: bytes
    name: str
    media_type: str


async def add(edge: Edge, context: Context, request: Request) -> tuple[Document, bool]:
    """Store what the request brings and start its ingestion; False: the space has it already.
    AccessError("collection_reserved")."""
    if not is_form(request):
        body = await json_of(request, NewDocument)
        refuse_reserved(body.collection)
        if body.url is not None:
            return await _add_url(edge, context, body, body.url)
        return await _add(edge, context, body, text_content(body.text or "", body.title))
    async with form_of(request, edge.uploads) as form:
        file = file_of(form, FILE)
        described = checked(Described, fields_of(form, _LISTS, FILE))
        refuse_reserved(described.collection)
        async with edge.bulk.place():
            return await _add(edge, context, described, await file_content(edge, file))


async def replace(
    edge: Edge, context: Context, document: Document, request: Request
) -> tuple[Document, bool]:
    """Store a new version of a document; False: it is the newest already."""
    if not is_form(request):
        body = await json_of(request, NewContent)
        return await _replace(edge, context, document, text_content(body.text, document.title))
    async with form_of(request, edge.uploads) as form:
        file = file_of(form, FILE)
        checked(Body, fields_of(form, {}, FILE))  # a new version is told nothing else
        async with edge.bulk.place():
            return await _replace(edge, context, document, await file_content(edge, file))


async def start(edge: Edge, context: Context, document: Document, *, fetch: bool) -> None:
    """Start the ingestion of its newest version; once, however often it is asked for."""
    await edge.ports.engine.start_ingestion(
        IngestionStart(
            scope=context.scope,
            document_id=document.id,
            user_id=context.caller.user_id,
            request_id=context.request_id,
            version=document.version,
            fetch=fetch,
        )
    )


def text_content(text: str, title: str | None) -> Content:
    return Content(text.encode(), f"{title or _UNTITLED}.md", kinds.MARKDOWN)


async def file_content(edge: Edge, file: UploadFile) -> Content:
    """Its bytes, when they are of a kind that is read. TooLargeError, InvalidError,
    UnsupportedError."""
    kinds.check_size(file.size or 0, edge.limits.document_bytes)
    data = await file.read()
    name = _as_named(file.filename or "")
    # In a thread: it looks through the whole of a container.
    kind = await asyncio.to_thread(kinds.detect, name, file.content_type or "", data)
    return Content(data, name, kind)


def _as_named(name: str) -> str:
    """Forms write these three signs, and no others, as browsers must (WHATWG)."""
    return name.replace("%22", '"').replace("%0D", " ").replace("%0A", " ")


async def _add(
    edge: Edge, context: Context, described: Described, content: Content
) -> tuple[Document, bool]:
    document, fresh = await edge.ports.documents.add(
        context.scope,
        context.caller.user_id,
        title=described.title or "",
        name=display_name(content.name),
        media_type=content.media_type,
        data=content.data,
        collection=described.collection,
        metadata=described.metadata(),
    )
    return await _started(edge, context, document, fresh=fresh, fetch=_unfetched(document))


async def _add_url(
    edge: Edge, context: Context, described: Described, url: str
) -> tuple[Document, bool]:
    document, fresh = await edge.ports.documents.add_url(
        context.scope,
        context.caller.user_id,
        url=url,
        title=described.title or "",
        collection=described.collection,
        metadata=described.metadata(),
    )
    return await _started(edge, context, document, fresh=fresh, fetch=True)


async def _replace(
    edge: Edge, context: Context, document: Document, content: Content
) -> tuple[Document, bool]:
    newest, fresh = await edge.ports.documents.replace(
        context.scope,
        context.caller.user_id,
        document.id,
        name=display_name(content.name),
        media_type=content.media_type,
        data=content.data,
    )
    return await _started(edge, context, newest, fresh=fresh, fetch=_unfetched(newest))


async def _started(
    edge: Edge, context: Context, document: Document, *, fresh: bool, fetch: bool
) -> tuple[Document, bool]:
    # Also for a copy of one that waits: its start may have failed when it came first.
    if fresh or document.status is DocumentStatus.QUEUED:
        await start(edge, context, document, fetch=fetch)
    return document, fresh


def _unfetched(document: Document) -> bool:
    """It is to come from its address, and nothing has come yet."""
    return document.url is not None and not document.size
