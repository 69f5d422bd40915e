"""Contents of documents: which there are, and how the next one begins."""

from dataclasses import dataclass
from uuid import UUID

from adapters.store import document_sql as sql
from adapters.store import document_version_sql as versions
from adapters.store.documents_metadata import Words, effective
from adapters.store.documents_objects import adopt, discard
from adapters.store.documents_passages import delete_passages
from adapters.store.documents_row import (
    Locked,
    drop_versions,
    lock_found,
    not_found,
    queue_again,
    read,
    refuse_full,
)
from adapters.store.session import Session
from adapters.store.stored import dump
from domain.ports.knowledge import Document
from models.errors import ConflictError

ADDRESS_CHARACTERS = 2_000


@dataclass(frozen=True, slots=True)
class File:
    """Bytes that were looked at and may be stored."""

    name: str
    media_type: str
    data: bytes
    content_hash: bytes


@dataclass(frozen=True, slots=True)
class Entry:
    """A document to be made."""

    id: UUID
    user_id: UUID
    collection: str
    said: Words
    name: str
    media_type: str = ""
    size: int = 0
    url: str | None = None
    content_hash: bytes | None = None
    original: str | None = None


async def same_bytes(session: Session, content_hash: bytes) -> Document | None:
    """The document of the space that has them, queued again when they are what failed."""
    row = await session.first(versions.SAME_BYTES, session.scope.space_id, content_hash)
    document = await lock_found(session, row, "document_id")
    if row is None or document is None:
        return None
    if document.version == row["version"]:
        await queue_again(session, document)
    return await read(session, document.id)


async def insert_document(session: Session, entry: Entry) -> Document:
    """With its first version."""
    scope = session.scope
    title, author, language, published_on, keywords = effective(entry.name, entry.said, {})
    await session.fetch(
        sql.ADD,
        *(scope.space_id, scope.organisation_id, entry.id, title, entry.name, entry.media_type),
        *(entry.size, entry.user_id, entry.collection, author, language, published_on, keywords),
        *(dump(entry.said), entry.url),
    )
    await _add_version(session, entry.id, 1, entry.content_hash, entry.original)
    return await read(session, entry.id)


async def _add_version(
    session: Session, document_id: UUID, version: int, content_hash: bytes | None, name: str | None
) -> None:
    scope = session.scope
    ids = scope.space_id, scope.organisation_id, document_id
    await session.fetch(versions.ADD_VERSION, *ids, version, content_hash, name)


async def place_of(session: Session, held: Locked, file: File) -> int | None:
    """Which version of this document has these bytes. ConflictError when another document has."""
    row = await session.first(versions.SAME_BYTES, session.scope.space_id, file.content_hash)
    if row is None:
        return None
    if row["document_id"] != held.document.id:
        raise ConflictError("Another document has these bytes.", code="document_exists")
    version: int = row["version"]
    return version


async def stored_by_us(session: Session, document: Document, stored: str | None) -> bool:
    """Whether an earlier try of this very call has done it, its answer being lost; else what was
    stored for this one is stored in vain."""
    at = session.scope.space_id, document.id, document.version
    row = await session.first(versions.VERSION, *at)
    if stored is None or row is None:
        return False
    if row["original"] == stored:
        return True
    await discard(session, stored)
    return False


async def _taken(session: Session, held: Locked, file: File, stored: str | None) -> str | None:
    """The name of the object that has these bytes: the one just stored, else the live version's,
    which gives them up to the newest; None when they lie in the database."""
    if stored is not None:
        await adopt(session, stored)
        return stored
    place = await place_of(session, held, file)
    at = session.scope.space_id, held.document.id, place
    row = await session.first(versions.VERSION, *at)
    if row is None:
        raise not_found()
    await session.fetch(versions.GIVE_UP_BYTES, *at)
    name: str | None = row["original"]
    return name


async def begin_file(session: Session, held: Locked, file: File, stored: str | None) -> Document:
    """The version after the newest, with these bytes."""
    await refuse_full(session)
    name = await _taken(session, held, file, stored)
    await begin_version(session, held, file.content_hash, name)
    await _rename(session, held, file)
    return await read(session, held.document.id)


async def begin_version(
    session: Session, held: Locked, content_hash: bytes | None, name: str | None
) -> None:
    """From now on the live version alone stands beside it; one that was on its way is over."""
    document, space_id = held.document, session.scope.space_id
    kept = [document.live_version]
    await drop_versions(session, document.id, kept)
    await delete_passages(session, document.id, kept)
    version = document.version + 1
    await session.fetch(sql.NEXT_VERSION, space_id, document.id, version)
    await _add_version(session, document.id, version, content_hash, name)


async def _rename(session: Session, held: Locked, file: File) -> None:
    await session.fetch(
        sql.NEW_FILE,
        *(session.scope.space_id, held.document.id),
        *(file.name, file.media_type, len(file.data)),
    )


async def keep_fetched(
    session: Session, held: Locked, file: File, stored: str | None, url: str | None
) -> None:
    """The newest version's bytes. What an earlier attempt had fetched for it gives way."""
    name = await _taken(session, held, file, stored)
    document = held.document
    at = session.scope.space_id, document.id, document.version
    row = await session.first(versions.VERSION, *at)
    if row is not None and row["original"] is not None:
        await discard(session, row["original"])
    kept = url and url[:ADDRESS_CHARACTERS]
    await session.fetch(versions.FETCHED, *at, file.content_hash, name, kept)
    await _rename(session, held, file)
