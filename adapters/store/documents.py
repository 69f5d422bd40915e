"""Documents in Postgres: what there is, and how far it has been taken in."""

import random
from collections.abc import Sequence
from datetime import timedelta
from uuid import UUID

from adapters.search import publishing
from adapters.store import document_passage_sql as passages
from adapters.store import document_sql as sql
from adapters.store import document_version_sql as versions
from adapters.store.collections import ensure_collection
from adapters.store.cursor import (
    bounded,
    moment_cursor,
    page,
    position_cursor,
    read_moment,
    read_position,
)
from adapters.store.documents_ingestion import Ingested
from adapters.store.documents_metadata import said
from adapters.store.documents_passages import delete_passages
from adapters.store.documents_row import (
    describe,
    document_of,
    drop_versions,
    lock,
    lock_version,
    not_found,
    read,
)
from adapters.store.documents_uploads import DOCUMENT_BYTES as DOCUMENT_BYTES  # noqa: PLC0414 - as before
from adapters.store.documents_uploads import Uploads
from adapters.store.session import Session
from domain.ports.conversations import Page
from domain.ports.knowledge import Document, KeptPassage, Metadata
from models.errors import NotFoundError
from models.payloads.ingestion import DocumentKey, DocumentStatus, IngestionStart
from models.payloads.scope import Scope

# A message refers to so many at most.
_MOST_KNOWN = 50
# Passages shown before the one that somebody follows a citation to: what leads up to it.
_BEFORE = 2
# Indexed anew at once under another title: some seconds, for which somebody waits. What is longer
# is found by its new title from its next version on.
_MOST_RENAMED = 5_000


class PostgresDocuments(Uploads, Ingested):
    """A Documents, and the DocumentUpkeep. Every transaction locks the document's row first and
    touches the index after it, so that none waits for another in a circle."""

    async def get(self, scope: Scope, document_id: UUID) -> Document:
        async def work(session: Session) -> Document:
            return await read(session, document_id)

        return await self._run(scope, work)

    async def known(self, scope: Scope, ids: Sequence[UUID]) -> frozenset[UUID]:
        async def work(session: Session) -> frozenset[UUID]:
            rows = await session.fetch(sql.KNOWN, scope.space_id, list(ids)[:_MOST_KNOWN])
            return frozenset(UUID(int=row["id"].int) for row in rows)

        return await self._run(scope, work)

    async def page(
        self,
        scope: Scope,
        *,
        limit: int,
        cursor: str | None,
        collection: str | None = None,
        status: DocumentStatus | None = None,
        query: str | None = None,
        media_type: str | None = None,
    ) -> Page[Document]:
        """InvalidError cursor_invalid."""
        after, most = read_moment(cursor) if cursor else (None, None), bounded(limit)
        wanted = collection, status, query, media_type

        async def work(session: Session) -> Page[Document]:
            rows = await session.fetch(sql.PAGE, scope.space_id, *wanted, *after, most + 1)
            return page(
                [document_of(row) for row in rows],
                most,
                lambda last: moment_cursor(last.created_at, last.id),
            )

        return await self._run(scope, work)

    async def passages(
        self, scope: Scope, document_id: UUID, *, limit: int, cursor: str | None, at: UUID | None
    ) -> Page[KeptPassage]:
        """InvalidError cursor_invalid."""
        after, most = read_position(cursor) if cursor else None, bounded(limit)

        async def work(session: Session) -> Page[KeptPassage]:
            live = (await read(session, document_id)).live_version
            rows = await session.fetch(
                passages.LIVE, scope.space_id, document_id, live, after, at, _BEFORE, most + 1
            )
            return page(
                [KeptPassage(**{**row, "id": UUID(int=row["id"].int)}) for row in rows],
                most,
                lambda last: position_cursor(last.index, last.id),
            )

        return await self._run(scope, work)

    async def update(
        self,
        scope: Scope,
        document_id: UUID,
        *,
        title: str | None = None,
        collection: str | None = None,
        metadata: Metadata | None = None,
    ) -> Document:
        """`metadata` is all that is said from now on: of what it leaves out, the file's own
        counts again, as it does for an empty title. InvalidError metadata_invalid."""
        wording = said(metadata, title or "")

        async def work(session: Session) -> Document:
            held = await lock(session, document_id)
            if collection is not None:
                await ensure_collection(session, collection)
            words = {**held.said, **wording} if metadata is None else dict(wording)
            if title is None and "title" in held.said:
                words["title"] = held.said["title"]
            elif title is not None and "title" not in wording:
                words.pop("title", None)
            await describe(session, held, said=words, found=held.found, collection=collection)
            now = await read(session, document_id)
            if held.ready and now.title != held.document.title and _renames(now):
                # Its passages are found by the words of their title. A version on its way brings
                # the title with it; vectors keep the old one until then.
                await publishing.publish(session, document_id, now.live_version)
            return now

        return await self._decided(scope, work)

    async def delete(self, scope: Scope, document_id: UUID) -> None:
        async def work(session: Session) -> None:
            if await session.first(sql.LOCK_TO_DELETE, scope.space_id, document_id) is None:
                raise not_found()
            await publishing.withdraw(session, document_id)
            await delete_passages(session, document_id, [])
            await drop_versions(session, document_id, [])
            await session.fetch(sql.DELETE_COPIES, scope.space_id, str(document_id))
            await session.fetch(sql.DELETE, scope.space_id, document_id)

        await self._run(scope, work)

    async def original(self, key: DocumentKey) -> bytes:
        """NotFoundError original_missing before it is fetched."""

        async def work(session: Session) -> tuple[str | None, bytes | None]:
            await lock_version(session, key)
            at = key.scope.space_id, key.document_id
            row = await session.first(versions.VERSION, *at, key.version)
            if row is not None and row["original"] is not None:
                return row["original"], None
            old = await session.first(versions.OLD_BYTES, *at)
            if row is None or row["content_hash"] is None or old is None:
                raise NotFoundError("Its bytes are not here yet.", code="original_missing")
            return None, bytes(old["data"])

        name, data = await self._run(key.scope, work)
        return data if data is not None else await self._originals.get(name or "")

    async def stalled(self, idle: timedelta, limit: int) -> Sequence[IngestionStart]:
        async def work(session: Session) -> Sequence[IngestionStart]:
            rows = await session.fetch(sql.STALLED, idle, limit)
            return [
                IngestionStart(
                    scope=_scope(row),
                    document_id=UUID(int=row["document_id"].int),
                    user_id=UUID(int=row["user_id"].int),
                    version=row["version"],
                    fetch=row["to_fetch"],
                )
                for row in rows
            ]

        return await self._database.run(None, work)

    async def taken_up(self, start: IngestionStart) -> None:
        async def work(session: Session) -> None:
            at = start.scope.space_id, start.document_id, start.version
            await session.fetch(sql.TAKEN_UP, *at)

        await self._run(start.scope, work)

    async def remove_originals(self, limit: int) -> int:
        """Objects first, then their rows: one that is removed twice does no harm."""

        async def due(session: Session) -> Sequence[tuple[Scope, str]]:
            rows = await session.fetch(versions.DUE, limit)
            return [(_scope(row), row["name"]) for row in rows]

        found = list(await self._database.run(None, due))
        # In any order: one that cannot be removed must not keep others back for ever.
        random.shuffle(found)
        for scope, name in found:
            await self._originals.remove(name)
            await self._removed(scope, name)
        return len(found)

    async def _removed(self, scope: Scope, name: str) -> None:
        async def work(session: Session) -> None:
            await session.fetch(versions.REMOVED, scope.space_id, name)

        await self._run(scope, work)


def _renames(document: Document) -> bool:
    return 0 < document.passages <= _MOST_RENAMED


def _scope(row: object) -> Scope:
    ids = {name: UUID(int=row[name].int) for name in ("organisation_id", "space_id")}  # type: ignore[index]  # a driver's record
    return Scope(**ids)
