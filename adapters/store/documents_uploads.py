"""New documents, and new versions of those that are there."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar
from uuid import UUID, uuid4

import asyncpg  # type: ignore[import-untyped]  # has no stubs

from adapters.store import document_sql as sql
from adapters.store import document_version_sql as versions
from adapters.store.collections import collection_not_found, ensure_collection
from adapters.store.database import Database
from adapters.store.documents_metadata import said
from adapters.store.documents_objects import adopt, digest, discard, intend, object_name
from adapters.store.documents_row import (
    lock,
    lock_found,
    lock_version,
    queue_again,
    read,
    refuse_full,
)
from adapters.store.documents_versions import (
    ADDRESS_CHARACTERS,
    Entry,
    File,
    begin_file,
    begin_version,
    insert_document,
    keep_fetched,
    place_of,
    same_bytes,
    stored_by_us,
)
from adapters.store.repository import Repository
from adapters.store.session import Session
from domain.parsing.kinds import check_size, detect
from domain.parsing.naming import display_name
from domain.ports.knowledge import Document, Metadata
from domain.ports.originals import Originals
from models.errors import InvalidError, UnavailableError
from models.payloads.ingestion import DocumentKey
from models.payloads.knowledge import DEFAULT_COLLECTION
from models.payloads.scope import Scope

DOCUMENT_BYTES = 50 * 1024 * 1024
# A copy that wins is seen by the next try, unless it is deleted at once.
_TRIES = 5

Result = TypeVar("Result")


class Uploads(Repository):
    """The part of `PostgresDocuments` that takes in bytes and addresses."""

    def __init__(
        self, database: Database, originals: Originals, *, limit: int = DOCUMENT_BYTES
    ) -> None:
        super().__init__(database)
        self._originals = originals
        self._limit = limit

    async def add(
        self,
        scope: Scope,
        user_id: UUID,
        *,
        title: str,
        name: str,
        media_type: str,
        data: bytes,
        collection: str = DEFAULT_COLLECTION,
        metadata: Metadata | None = None,
    ) -> tuple[Document, bool]:
        """InvalidError document_empty, metadata_invalid; TooLargeError document_too_large;
        UnsupportedError document_type_unsupported or document_type_mismatch."""
        file, new_id = await self._checked(name, media_type, data), uuid4()
        entry = Entry(
            *(new_id, user_id, collection, said(metadata, title)),
            *(file.name, file.media_type, len(data)),
            content_hash=file.content_hash,
            original=object_name(scope, new_id, file.content_hash),
        )
        return await self._add(scope, entry, file)

    async def _add(self, scope: Scope, entry: Entry, file: File) -> tuple[Document, bool]:
        stored = entry.original or ""

        async def admit(session: Session) -> Document | None:
            if (known := await same_bytes(session, file.content_hash)) is not None:
                return known
            await ensure_collection(session, entry.collection)
            await refuse_full(session)
            await intend(session, stored)
            return None

        async def insert(session: Session) -> tuple[Document, bool]:
            if (known := await same_bytes(session, file.content_hash)) is not None:
                if known.id != entry.id:
                    await discard(session, stored)
                return known, known.id == entry.id
            await adopt(session, stored)
            return await insert_document(session, entry), True

        known = await self._decided(scope, admit)
        if known is not None:
            return known, False
        await self._originals.put(stored, file.data)
        return await self._decided(scope, insert)

    async def add_url(
        self,
        scope: Scope,
        user_id: UUID,
        *,
        url: str,
        title: str,
        collection: str = DEFAULT_COLLECTION,
        metadata: Metadata | None = None,
    ) -> tuple[Document, bool]:
        """InvalidError url_invalid for one of more than 2,000 characters."""
        if not 0 < len(url) <= ADDRESS_CHARACTERS:
            raise InvalidError(
                f"An address has {ADDRESS_CHARACTERS} characters at most.", code="url_invalid"
            )
        entry = Entry(
            *(uuid4(), user_id, collection, said(metadata, title), display_name(url)), url=url
        )

        async def work(session: Session) -> tuple[Document, bool]:
            row = await session.first(sql.OF_ADDRESS, scope.space_id, url)
            if (known := await lock_found(session, row, "id")) is not None:
                await queue_again(session, known)
                return await read(session, known.id), known.id == entry.id
            await ensure_collection(session, collection)
            await refuse_full(session)
            return await insert_document(session, entry), True

        return await self._decided(scope, work)

    async def replace(
        self,
        scope: Scope,
        user_id: UUID,  # noqa: ARG002 - the port's; the document stays its maker's
        document_id: UUID,
        *,
        name: str,
        media_type: str,
        data: bytes,
    ) -> tuple[Document, bool]:
        file = await self._checked(name, media_type, data)

        async def work(session: Session, stored: str | None) -> tuple[Document, bool] | None:
            held = await lock(session, document_id)
            place = await place_of(session, held, file)
            if place == held.document.version:
                mine = await stored_by_us(session, held.document, stored)
                await queue_again(session, held.document)
                return await read(session, document_id), mine
            if place is None and stored is None:
                await refuse_full(session)
                return None
            return await begin_file(session, held, file, None if place else stored), True

        return await self._storing(scope, document_id, file, work)

    async def keep_original(
        self, key: DocumentKey, *, name: str, media_type: str, data: bytes, url: str | None = None
    ) -> None:
        file = await self._checked(name, media_type, data)

        async def work(session: Session, stored: str | None) -> bool | None:
            held = await lock_version(session, key)
            place = await place_of(session, held, file)
            if place == key.version:
                await stored_by_us(session, held.document, stored)
                return True
            if place is None and stored is None:
                return None
            await keep_fetched(session, held, file, None if place else stored, url)
            return True

        await self._storing(key.scope, key.document_id, file, work)

    async def refresh(self, scope: Scope, user_id: UUID, document_id: UUID) -> Document:  # noqa: ARG002 - the port's
        async def work(session: Session) -> Document:
            held = await lock(session, document_id)
            if held.document.url is None:
                raise InvalidError("It came from no address.", code="document_without_url")
            at = scope.space_id, document_id, held.document.version
            newest = await session.first(versions.VERSION, *at)
            if newest is not None and newest["content_hash"] is None:
                # It is still to be fetched as it is.
                await queue_again(session, held.document)
            else:
                await refuse_full(session)
                await begin_version(session, held, None, None)
            return await read(session, document_id)

        return await self._run(scope, work)

    async def _checked(self, name: str, media_type: str, data: bytes) -> File:
        check_size(len(data), self._limit)
        # In a thread: it reads tens of megabytes, and the same loop streams tokens.
        return await asyncio.to_thread(_file_of, name, media_type, data)

    async def _storing(
        self,
        scope: Scope,
        document_id: UUID,
        file: File,
        work: Callable[[Session, str | None], Awaitable[Result | None]],
    ) -> Result:
        """Ask `work`; when it answers None, store the bytes and ask it again with their name."""
        stored = object_name(scope, document_id, file.content_hash)

        async def first(session: Session) -> Result | None:
            done = await work(session, None)
            if done is None:
                await intend(session, stored)
            return done

        async def second(session: Session) -> Result | None:
            return await work(session, stored)

        done = await self._decided(scope, first)
        if done is None:
            await self._originals.put(stored, file.data)
            done = await self._decided(scope, second)
        if done is None:
            raise AssertionError("stored bytes are always decided about")
        return done

    async def _decided(self, scope: Scope, work: Callable[[Session], Awaitable[Result]]) -> Result:
        """Of copies that come at once the first wins, and the others find it."""
        for _ in range(_TRIES):
            try:
                return await self._run(scope, work)
            except asyncpg.UniqueViolationError:
                continue
            except asyncpg.ForeignKeyViolationError as error:
                if "collection" in (error.constraint_name or ""):
                    raise collection_not_found() from None
                raise
        raise UnavailableError("Others keep changing this document.", code="store_unavailable")


def _file_of(name: str, media_type: str, data: bytes) -> File:
    return File(display_name(name), detect(name, media_type, data), data, digest(data))
