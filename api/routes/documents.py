"""Documents: look at them, change what is said of them, remove them."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query

from api.dependencies import Member, ThePorts, Viewer
from api.reserved import refuse_reserved
from api.routes.conversations import PageCursor, Size
from api.routes.documentation import failures
from api.schemas.base import List
from api.schemas.documents import DocumentChange, DocumentPassage, DocumentView
from api.schemas.naming import CollectionName
from api.text import Text
from models.payloads.ingestion import DocumentStatus

router = APIRouter(prefix="/v1/documents", tags=["documents"])


@router.get(
    "",
    operation_id="listDocuments",
    response_model=List[DocumentView],
    responses=failures(404),
)
async def page(
    the: ThePorts,
    context: Viewer,
    limit: Size = 50,
    cursor: PageCursor = None,
    collection: Annotated[
        CollectionName | None, Query(description="Only those of this collection")
    ] = None,
    status: Annotated[DocumentStatus | None, Query(description="Of their newest version")] = None,
    query: Annotated[
        Text | None, Query(max_length=200, description="Part of a title or a file's name")
    ] = None,
    media_type: Annotated[
        Text | None, Query(max_length=100, description="One of `formats` in `GET /v1/info`")
    ] = None,
) -> List[DocumentView]:
    """The space's documents, newest first."""
    if collection is not None:
        await the.collections.get(context.scope, collection)
    found = await the.documents.page(
        context.scope,
        limit=limit,
        cursor=cursor,
        collection=collection,
        status=status,
        query=(query or "").strip() or None,
        media_type=media_type,
    )
    items = [DocumentView.of(document) for document in found.items]
    return List(items=items, next_cursor=found.next_cursor)


@router.get("/{document_id}", operation_id="getDocument", responses=failures(404))
async def get(the: ThePorts, context: Viewer, document_id: UUID) -> DocumentView:
    """One document and how far it is."""
    return DocumentView.of(await the.documents.get(context.scope, document_id))


@router.get(
    "/{document_id}/passages",
    operation_id="listPassages",
    response_model=List[DocumentPassage],
    responses=failures(404),
)
async def passages(
    the: ThePorts,
    context: Viewer,
    document_id: UUID,
    limit: Size = 50,
    cursor: PageCursor = None,
    at: Annotated[
        UUID | None, Query(description="Begin a little before this passage; an old one: ignored")
    ] = None,
) -> object:
    """What searches find of it, in order; nothing before its first version is ready."""
    return await the.documents.passages(
        context.scope, document_id, limit=limit, cursor=cursor, at=at
    )


@router.patch("/{document_id}", operation_id="changeDocument", responses=failures(404))
async def change(
    the: ThePorts, context: Member, document_id: UUID, body: DocumentChange
) -> DocumentView:
    """Change its title, its collection, or what is known of it. Its passages stay."""
    document = await the.documents.get(context.scope, document_id)
    refuse_reserved(document.collection, body.collection)
    changed = await the.documents.update(
        context.scope,
        document_id,
        title=body.title,
        collection=body.collection,
        metadata=body.metadata(document.metadata),
    )
    return DocumentView.of(changed)


@router.delete(
    "/{document_id}",
    status_code=204,
    operation_id="deleteDocument",
    responses=failures(404),
)
async def delete(the: ThePorts, context: Member, document_id: UUID) -> None:
    """Remove it with all its versions, passages and pictures."""
    refuse_reserved((await the.documents.get(context.scope, document_id)).collection)
    await the.documents.delete(context.scope, document_id)
