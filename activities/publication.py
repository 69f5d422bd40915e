"""What a review's verdict leads to: an approved text joins the space's collection of them."""

from uuid import UUID

import structlog

from domain.parsing.kinds import MARKDOWN
from domain.ports.content import APPROVED_COLLECTION, ContentItem, Contents, ContentVersion
from domain.ports.engine import Engine
from domain.ports.knowledge import Collection, Collections, Document, Documents
from models.errors import ConflictError, NotFoundError
from models.payloads.ingestion import IngestionStart
from models.payloads.scope import Scope

log = structlog.get_logger(__name__)

_COLLECTION = Collection(APPROVED_COLLECTION, "Texts that people approved for publishing")


class Publication:
    """Fills the Reviews port. Each step finds what an earlier attempt did of it."""

    def __init__(
        self, contents: Contents, documents: Documents, collections: Collections, engine: Engine
    ) -> None:
        self._contents = contents
        self._documents = documents
        self._collections = collections
        self._engine = engine

    async def settle(self, scope: Scope, item_id: UUID, review_id: UUID) -> None:
        item = await self._contents.settle(scope, item_id, review_id)
        version = item.unpublished
        if version is None or item.approved_by is None:
            return
        document = await self._keep(scope, item.approved_by, item, version)
        await self._engine.start_ingestion(
            IngestionStart(
                scope=scope,
                document_id=document.id,
                user_id=item.approved_by,
                version=document.version,
            )
        )
        await self._contents.published(
            scope, item.id, version=version.number, document_id=document.id
        )
        log.info("content.published", content_id=str(item.id), version=version.number)

    async def _keep(
        self, scope: Scope, user_id: UUID, item: ContentItem, version: ContentVersion
    ) -> Document:
        """The document of the item, with this version's text."""
        name = f"{item.kind}-{item.id}.md"
        data = _markdown(item, version)
        if item.document_id is not None:
            try:
                document, _ = await self._documents.replace(
                    scope, user_id, item.document_id, name=name, media_type=MARKDOWN, data=data
                )
                return await self._place(scope, document, version)
            except NotFoundError:
                pass  # somebody deleted it; approved again, it comes back
            except ConflictError as error:
                if error.code != "document_exists":
                    raise
                # Somebody uploaded these very bytes before: that document takes its place.
                await self._documents.delete(scope, item.document_id)
        await self._make_room(scope)
        document, fresh = await self._documents.add(
            scope,
            user_id,
            title=version.title,
            name=name,
            media_type=MARKDOWN,
            data=data,
            collection=APPROVED_COLLECTION,
        )
        return document if fresh else await self._place(scope, document, version)

    async def _place(self, scope: Scope, document: Document, version: ContentVersion) -> Document:
        """Wherever the document stood: these bytes are approved now."""
        return await self._documents.update(
            scope, document.id, title=version.title, collection=APPROVED_COLLECTION
        )

    async def _make_room(self, scope: Scope) -> None:
        try:
            await self._collections.create(scope, _COLLECTION)
        except ConflictError as error:
            if error.code != "collection_exists":
                raise


def _markdown(item: ContentItem, version: ContentVersion) -> bytes:
    """With the item's id in a comment: a space keeps equal bytes once, in whichever collection."""
    return f"# {version.title}\n\n{version.text}\n\n<!-- {item.id} -->\n".encode()
