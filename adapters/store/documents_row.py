"""Documents as rows have them."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from adapters.store import document_sql as sql
from adapters.store import document_version_sql as versions
from adapters.store.documents_metadata import Words, effective
from adapters.store.session import Session
from adapters.store.stored import dump
from domain.ports.knowledge import Document, Metadata
from models.errors import LimitError, NotFoundError
from models.payloads.ingestion import DocumentKey, DocumentStatus

# Some hours of one worker's time; beyond it, an import has to come in parts. As many uploads as
# come at the same moment may exceed it.
MOST_WAITING = 10_000
_QUEUE_PAUSE = 60.0  # seconds: a few documents further
_WORDS = ("author", "language", "published_on", "keywords")


@dataclass(frozen=True, slots=True)
class Locked:
    """A document nobody else changes until the transaction ends."""

    document: Document
    said: Words
    found: Words

    @property
    def ready(self) -> bool:
        """Its newest version is the live one: only a late attempt would still work on it."""
        return self.document.live_version == self.document.version


def not_found() -> NotFoundError:
    return NotFoundError("There is no such document.", code="document_not_found")


def document_of(row: Any) -> Document:  # noqa: ANN401 - a driver's record
    """NotFoundError for no row."""
    if row is None:
        raise not_found()
    fields = {name: value for name, value in row.items() if name not in {"said", "found"}}
    words = {name: fields.pop(name) for name in _WORDS}
    return Document(
        **fields
        | {
            "id": UUID(int=row["id"].int),
            "status": DocumentStatus(row["status"]),
            "metadata": Metadata(**words | {"keywords": tuple(words["keywords"])}),
        }
    )


async def lock(session: Session, document_id: UUID) -> Locked:
    """The document's row comes first in every transaction, the index's after it."""
    row = await session.first(sql.LOCK, session.scope.space_id, document_id)
    if row is None:
        raise not_found()
    return Locked(document_of(row), dict(row["said"]), dict(row["found"]))


async def lock_found(session: Session, row: Any | None, column: str) -> Document | None:  # noqa: ANN401 - a driver's record
    """The document that a row names; None when it was deleted since the row was read."""
    if row is None:
        return None
    locked = await session.first(sql.LOCK, session.scope.space_id, row[column])
    return None if locked is None else document_of(locked)


async def lock_version(session: Session, key: DocumentKey) -> Locked:
    """NotFoundError when a newer version has taken its place."""
    held = await lock(session, key.document_id)
    if held.document.version != key.version:
        raise not_found()
    return held


async def read(session: Session, document_id: UUID) -> Document:
    return document_of(await session.first(sql.GET, session.scope.space_id, document_id))


async def describe(
    session: Session, held: Locked, *, said: Words, found: Words, collection: str | None = None
) -> None:
    """Set what is known of it."""
    document = held.document
    await session.fetch(
        sql.DESCRIBE,
        *(session.scope.space_id, document.id),
        *effective(document.name, said, found),
        *(dump(said), dump(found)),
        collection or document.collection,
    )


async def queue_again(session: Session, document: Document) -> None:
    """What has failed is tried again."""
    if document.status is DocumentStatus.FAILED:
        await refuse_full(session)
        await session.fetch(sql.REQUEUE, session.scope.space_id, document.id)


async def refuse_full(session: Session) -> None:
    """LimitError when too many documents of the space wait."""
    row = await session.first(sql.WAITING, session.scope.space_id, MOST_WAITING)
    if row is not None and row["count"] >= MOST_WAITING:
        raise LimitError(
            f"{MOST_WAITING} documents of this space wait already.",
            code="documents_queue_full",
            retry_after=_QUEUE_PAUSE,
        )


async def drop_versions(session: Session, document_id: UUID, kept: Sequence[int]) -> None:
    """All but these; their originals are removed by the sweep."""
    scope = session.scope
    await session.fetch(
        versions.DROP_VERSIONS, scope.space_id, scope.organisation_id, document_id, kept
    )
