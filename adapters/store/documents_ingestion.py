"""What ingestion keeps of a document, and how it becomes the one that searches find."""

import math
from collections.abc import Sequence
from typing import Any
from uuid import UUID, uuid4

from adapters.search import publishing
from adapters.search import vectors as staged
from adapters.store import document_passage_sql as passages_sql
from adapters.store import document_sql as sql
from adapters.store import document_version_sql as versions
from adapters.store.documents_metadata import found
from adapters.store.documents_passages import (
    CAPTION_CHARACTERS,
    delete_passages,
    put_passages,
    put_pictures,
    say_caption,
)
from adapters.store.documents_row import Locked, describe, drop_versions, lock_version
from adapters.store.repository import Repository
from adapters.store.session import Session
from adapters.store.stored import clean, dump
from adapters.store.usage import keep_usage
from domain.ports.knowledge import Metadata, NewPassage, NewPicture
from domain.ports.transcript import UsageEntry
from models.errors import ConflictError, ModelGarbledError
from models.payloads.ingestion import DocumentKey, DocumentStatus

# Reading takes the first tenth of the progress bar, publishing the last twentieth.
READ = 0.1
EMBEDDED = 0.95
# What an index could hold; models of pictures have 1,408 at most today.
MOST_DIMENSIONS = 4_000


class Ingested(Repository):
    """The part of `PostgresDocuments` that activities write. Nothing is done twice: versions,
    indexes and statuses decide."""

    async def keep_passages(
        self,
        key: DocumentKey,
        title: str,
        passages: Sequence[NewPassage],
        *,
        pictures: Sequence[NewPicture] = (),
        metadata: Metadata | None = None,
    ) -> None:
        """A live version is left as it is: only a late attempt comes here then."""
        words = found(metadata, title)

        async def work(session: Session) -> None:
            held = await lock_version(session, key)
            if held.ready:
                return
            await put_passages(session, key, passages)
            await put_pictures(session, key, pictures)
            at = session.scope.space_id, key.document_id
            await session.fetch(versions.KEEP_FOUND, *at, key.version, dump(words))
            if not held.document.live_version:
                # Nobody can find it yet: what its file says counts at once.
                await describe(session, held, said=held.said, found=words)
            counts = len(passages), len(pictures), 0, READ
            await session.fetch(sql.PARSED, *at, *counts)

        await self._run(key.scope, work)

    async def passages_without_vector(
        self, key: DocumentKey, model: str, start: int, count: int
    ) -> Sequence[tuple[UUID, str]]:
        async def work(session: Session) -> Sequence[tuple[UUID, str]]:
            await lock_version(session, key)
            return await staged.missing_of_document(
                session, key.document_id, key.version, model, start, count
            )

        return await self._run(key.scope, work)

    async def keep_vectors(
        self,
        key: DocumentKey,
        model: str,
        vectors: Sequence[tuple[UUID, list[float]]],
        usage: UsageEntry | None,
    ) -> None:
        """Usage is kept with the vectors: what was paid for is there, and the other way round."""
        usage_id = uuid4()

        async def work(session: Session) -> None:
            document = (await lock_version(session, key)).document
            # Those that were there are not counted again: counting all of them after each batch
            # would cost a large document more than storing them.
            fresh = await staged.keep_staged(session, model, vectors)
            if document.status is DocumentStatus.PROCESSING:
                done = min(document.passages, document.embedded + fresh)
                progress = READ + (EMBEDDED - READ) * done / max(document.passages, 1)
                at = session.scope.space_id, key.document_id
                await session.fetch(sql.ADVANCE, *at, done, progress)
            await keep_usage(session, usage_id, usage, key.document_id)

        await self._run(key.scope, work)

    async def pictures(
        self, key: DocumentKey, *, start: int = 0, count: int = 1_000, without: str | None = None
    ) -> Sequence[tuple[UUID, NewPicture]]:
        async def work(session: Session) -> Sequence[tuple[UUID, NewPicture]]:
            await lock_version(session, key)
            at = session.scope.space_id, key.document_id, key.version
            rows = await session.fetch(passages_sql.PICTURES, *at, start, start + count, without)
            return [(UUID(int=row["id"].int), _picture(row)) for row in rows]

        return await self._run(key.scope, work)

    async def keep_picture(
        self,
        key: DocumentKey,
        picture_id: UUID,
        *,
        caption: str | None,
        model: str | None,
        vector: list[float] | None,
        usage: UsageEntry | None = None,
    ) -> None:
        """One that is gone is passed over: the version was read again meanwhile."""
        said = clean(caption or "").strip()[:CAPTION_CHARACTERS] or None
        seen = None if vector is None else _checked(vector)
        usage_id = uuid4()

        async def work(session: Session) -> None:
            held = await lock_version(session, key)
            at = session.scope.space_id, key.document_id, key.version, picture_id
            row = await session.first(passages_sql.PICTURE, *at)
            await keep_usage(session, usage_id, usage, key.document_id)
            if row is None or held.ready:
                return
            await session.fetch(passages_sql.DESCRIBE_PICTURE, *at, said, model, seen)
            if said and said != row["caption"] and row["passage"] is not None:
                await say_caption(session, key, row["passage"], row["caption"], said)

        await self._run(key.scope, work)

    async def finish(
        self,
        key: DocumentKey,
        status: DocumentStatus,
        *,
        error_code: str | None = None,
        error_detail: str | None = None,
    ) -> None:
        """Set the status; a live version stays ready. ConflictError ingestion_incomplete for
        READY with a vector missing."""

        async def work(session: Session) -> None:
            held = await lock_version(session, key)
            if held.ready:
                return
            at = session.scope.space_id, key.document_id
            if status is DocumentStatus.READY:
                await _publish(session, held)
            elif status is DocumentStatus.FAILED:
                code, detail = (error_code or "internal")[:64], clean(error_detail or "")[:500]
                await session.fetch(sql.FAIL, *at, code, detail)
            else:
                await session.fetch(sql.BEGIN, *at)

        await self._run(key.scope, work)


async def _publish(session: Session, held: Locked) -> None:
    """The new version in the place of the live one: a search sees all of one or of the other."""
    document, space_id = held.document, session.scope.space_id
    at = space_id, document.id, document.version
    count = await session.first(passages_sql.COUNT, *at)
    if not document.passages or count is None or count["count"] != document.passages:
        raise ConflictError("Passages are missing.", code="ingestion_incomplete")
    await publishing.publish(session, document.id, document.version)
    await delete_passages(session, document.id, [document.version])
    newest = await session.first(versions.VERSION, *at)
    if newest is not None:
        await describe(session, held, said=held.said, found=dict(newest["found"]))
        if newest["original"] is not None:
            await session.fetch(versions.DELETE_OLD_BYTES, space_id, document.id)
    await drop_versions(session, document.id, [document.version])
    await session.fetch(sql.READY, space_id, document.id)


def _checked(vector: list[float]) -> list[float]:
    """ModelGarbledError for what has no direction: every comparison with it would fail."""
    length = math.hypot(*vector)
    if not 0 < len(vector) <= MOST_DIMENSIONS or not math.isfinite(length) or length == 0:
        raise ModelGarbledError("A picture's vector is empty, too long, NaN, infinite or zero.")
    return vector


def _picture(row: Any) -> NewPicture:  # noqa: ANN401 - a driver's record
    return NewPicture(
        *(row["index"], bytes(row["data"]), row["caption"], row["width"], row["height"]),
        *(row["page"], row["passage"]),
    )
