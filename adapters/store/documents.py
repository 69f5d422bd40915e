"""Documents in Postgres: what was uploaded, and how far it has been taken in."""

import base64
import hashlib
from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4, uuid5

from adapters.search.vector import literal
from adapters.store import document_sql as sql
from adapters.store.database import Database
from adapters.store.repository import Repository
from adapters.store.session import Session
from domain.parsing.kinds import HEAD_BYTES, check_size, detect
from domain.parsing.naming import display_name, display_title
from domain.ports.conversations import Page
from domain.ports.knowledge import Document, NewPassage
from domain.ports.transcript import UsageEntry
from models.errors import ConflictError, InvalidError, NotFoundError
from models.payloads.ingestion import DocumentStatus
from models.payloads.scope import Scope

DOCUMENT_BYTES = 50 * 1024 * 1024
# One statement's share: each must end well within the statement's time limit.
_INSERT_BATCH = 1_000
# Each row is an insertion into the vectors' graph, some milliseconds.
_PUBLISH_BATCH = 200


class PostgresDocuments(Repository):
    """Documents. Nothing is done twice: hashes, indexes and statuses decide."""

    def __init__(self, database: Database, *, limit: int = DOCUMENT_BYTES) -> None:
        super().__init__(database)
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
    ) -> tuple[Document, bool]:
        """Store the original; False when the space has these bytes (a failed one is queued again).

        InvalidError document_empty, TooLargeError document_too_large, UnsupportedError
        document_type_unsupported or document_type_mismatch.
        """
        check_size(len(data), self._limit)
        kind = detect(name, media_type, data[:HEAD_BYTES])
        new_id, digest = uuid4(), hashlib.sha256(data).digest()
        shown = display_title(title, name), display_name(name)

        async def work(session: Session) -> tuple[Document, bool]:
            ids = scope.space_id, scope.organisation_id
            row = await session.first(
                sql.ADD, *ids, new_id, digest, *shown, kind, len(data), user_id
            )
            document = _document(row)
            added = document.id == new_id
            if added:
                await session.fetch(sql.ADD_ORIGINAL, *ids, new_id, data)
            return document, added

        return await self._run(scope, work)

    async def get(self, scope: Scope, document_id: UUID) -> Document:
        async def work(session: Session) -> Document:
            return _document(await session.first(sql.GET, scope.space_id, document_id))

        return await self._run(scope, work)

    async def page(self, scope: Scope, *, limit: int, cursor: str | None) -> Page[Document]:
        """Newest first. InvalidError cursor_invalid."""
        after = _place(cursor) if cursor else (None, None)

        async def work(session: Session) -> Page[Document]:
            rows = await session.fetch(sql.PAGE, scope.space_id, *after, limit + 1)
            items = [_document(row) for row in rows[:limit]]
            return Page(items, _cursor(items[-1]) if len(rows) > limit else None)

        return await self._run(scope, work)

    async def delete(self, scope: Scope, document_id: UUID) -> None:
        """With its original and passages."""

        async def work(session: Session) -> None:
            if await session.first(sql.DELETE, scope.space_id, document_id) is None:
                raise _not_found()

        await self._run(scope, work)

    async def original(self, scope: Scope, document_id: UUID) -> bytes:
        async def work(session: Session) -> bytes:
            row = await session.first(sql.ORIGINAL, scope.space_id, document_id)
            if row is None:
                raise _not_found()
            return bytes(row["data"])

        return await self._run(scope, work)

    async def keep_passages(
        self, scope: Scope, document_id: UUID, title: str, passages: Sequence[NewPassage]
    ) -> None:
        """A ready document is left as it is: only a late attempt comes here then."""

        async def work(session: Session) -> None:
            document = _document(await session.first(sql.LOCK, scope.space_id, document_id))
            if document.status is DocumentStatus.READY:
                return
            for start in range(0, len(passages), _INSERT_BATCH):
                some = passages[start : start + _INSERT_BATCH]
                await session.fetch(
                    sql.KEEP_PASSAGES,
                    *(scope.space_id, scope.organisation_id, document_id),
                    *_columns(document_id, some),
                )
            key = scope.space_id, document_id
            await session.fetch(sql.DROP_PASSAGES, *key, len(passages))
            shown = display_title(title, document.name)
            await session.fetch(sql.PARSED, *key, shown, len(passages))

        await self._run(scope, work)

    async def passages_without_vector(
        self, scope: Scope, document_id: UUID, start: int, count: int
    ) -> Sequence[tuple[UUID, str]]:
        async def work(session: Session) -> Sequence[tuple[UUID, str]]:
            rows = await session.fetch(
                sql.WITHOUT_VECTOR, scope.space_id, document_id, start, count
            )
            return [(row["id"], row["text"]) for row in rows]

        return await self._run(scope, work)

    async def keep_vectors(
        self,
        scope: Scope,
        document_id: UUID,
        model: str,
        vectors: Sequence[tuple[UUID, list[float]]],
        usage: UsageEntry | None,
    ) -> None:
        """Usage is kept with the vectors: what was paid for is there, and the other way round."""
        ids = [passage_id for passage_id, _ in vectors]
        texts = [literal(vector) for _, vector in vectors]
        usage_id = uuid4()

        async def work(session: Session) -> None:
            key = scope.space_id, document_id
            await session.fetch(sql.KEEP_VECTORS, *key, ids, texts, model)
            await session.fetch(sql.ADVANCE, *key)
            if usage is not None:
                await _keep_usage(session, usage_id, document_id, usage)

        await self._run(scope, work)

    async def finish(
        self,
        scope: Scope,
        document_id: UUID,
        status: DocumentStatus,
        *,
        error_code: str | None = None,
        error_detail: str | None = None,
    ) -> None:
        """Set the status; a ready document stays ready. NotFoundError document_not_found;
        ConflictError ingestion_incomplete for READY with a vector missing."""

        async def work(session: Session) -> None:
            key = scope.space_id, document_id
            document = _document(await session.first(sql.LOCK, *key))
            if document.status is DocumentStatus.READY:
                return
            if status is DocumentStatus.READY:
                await _publish(session, document)
            elif status is DocumentStatus.FAILED:
                code, detail = (error_code or "internal")[:64], (error_detail or "")[:500]
                await session.fetch(sql.FAIL, *key, code, detail)
            else:
                await session.fetch(sql.BEGIN, *key)

        await self._run(scope, work)


async def _publish(session: Session, document: Document) -> None:
    """All passages become searchable in one transaction: a search sees all of them or none."""
    key = session.scope.space_id, document.id
    missing = await session.first(sql.UNREADY, *key)
    if not document.passages or missing is None or missing["count"]:
        raise ConflictError("Passages are missing.", code="ingestion_incomplete")
    for start in range(0, document.passages, _PUBLISH_BATCH):
        await session.fetch(sql.PUBLISH, *key, start, start + _PUBLISH_BATCH)
    await session.fetch(sql.READY, *key)


async def _keep_usage(
    session: Session, usage_id: UUID, document_id: UUID, entry: UsageEntry
) -> None:
    used = entry.usage
    await session.fetch(
        sql.KEEP_USAGE,
        *(session.scope.space_id, session.scope.organisation_id, usage_id),
        *(entry.user_id, document_id, entry.kind, entry.model),
        *(used.input_tokens, used.output_tokens, used.cached_tokens),
        *(entry.cost_usd, entry.price_version),
    )


def _columns(document_id: UUID, passages: Sequence[NewPassage]) -> tuple[list[Any], ...]:
    """Ids are made from the place, so that a repeated reading writes the same rows."""
    return (
        [uuid5(document_id, f"passage:{passage.index}") for passage in passages],
        [passage.index for passage in passages],
        [passage.text for passage in passages],
        [passage.heading for passage in passages],
        [passage.start for passage in passages],
        [passage.end for passage in passages],
    )


def _not_found() -> NotFoundError:
    return NotFoundError("There is no such document.", code="document_not_found")


def _document(row: Any) -> Document:  # noqa: ANN401 -- a driver's record
    if row is None:
        raise _not_found()
    fields = dict(row)
    return Document(
        **fields | {"id": UUID(int=row["id"].int), "status": DocumentStatus(row["status"])}
    )


def _cursor(last: Document) -> str:
    place = f"{last.created_at.isoformat()} {last.id}"
    return base64.urlsafe_b64encode(place.encode()).decode()


def _place(cursor: str) -> tuple[datetime, UUID]:
    try:
        at, _, last_id = base64.urlsafe_b64decode(cursor).decode("ascii").partition(" ")
        place = datetime.fromisoformat(at), UUID(last_id)
    except ValueError:
        raise InvalidError("The cursor is not one of ours.", code="cursor_invalid") from None
    if place[0].tzinfo is None:
        raise InvalidError("The cursor is not one of ours.", code="cursor_invalid")
    return place
