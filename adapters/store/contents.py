"""Content items in Postgres: the newest version counts, each stays as it was."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID, uuid5

from adapters.store import cursor as cursors
from adapters.store.content_row import is_by, item_of
from adapters.store.repository import Repository, newest_first
from adapters.store.session import Session
from adapters.store.stored import clean, dump
from domain.canonical import digest
from domain.ports.content import (
    MOST_ITEMS,
    MOST_VERSIONS,
    REVIEW_TOOL,
    REVIEW_WINDOW,
    Author,
    ContentItem,
    ContentState,
)
from domain.ports.conversations import Page
from models.errors import ConflictError, LimitError, NotFoundError
from models.payloads.policy import Asking
from models.payloads.scope import Scope
from models.states import ApprovalState
from models.tables.base import table
from models.tables.content import ContentItem as ItemRow

_COUNT = """
SELECT count(*) AS items FROM (SELECT FROM content_item WHERE space_id = $1 LIMIT $2) AS counted
"""
_CREATE = """
WITH made AS (
    INSERT INTO content_item (space_id, organisation_id, id, kind, agent, state, version)
    VALUES ($1, $2, $3, $4, $5, 'draft', 1) ON CONFLICT DO NOTHING RETURNING id
)
INSERT INTO content_version (space_id, organisation_id, item_id, number, title, text, created_by,
    turn_id)
SELECT $1, $2, id, 1, $6, $7, $8, $9 FROM made
"""
_ITEM = "SELECT * FROM content_item WHERE space_id = $1 AND id = $2"
_LOCKED = f"{_ITEM} FOR UPDATE"
_VERSIONS = """
SELECT * FROM content_version WHERE space_id = $1 AND item_id = $2 ORDER BY number
"""
_NEWEST = """
SELECT v.* FROM unnest($2::uuid[]) AS wanted(id)
JOIN content_item i ON i.space_id = $1 AND i.id = wanted.id
JOIN content_version v ON v.space_id = $1 AND v.item_id = i.id AND v.number = i.version
"""
_REVISE = """
WITH added AS (
    INSERT INTO content_version (space_id, organisation_id, item_id, number, title, text,
        created_by, turn_id)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
)
UPDATE content_item SET version = $4, state = 'draft' WHERE space_id = $1 AND id = $3
"""
_SUBMIT = """
WITH asked AS (
    INSERT INTO approval (space_id, organisation_id, id, call_id, tool, arguments, state,
        expires_at, arguments_hash, agent, requested_by, reason, tainted, approvers, four_eyes,
        remind_at, escalate_at, escalate_to, content_id, written_by)
    SELECT $1, $2, $4, '', $5, $6::jsonb, 'pending', now() + $7::interval, $8, $9, $10, $11, $12,
        $13, $14, now() + $15::interval, now() + $16::interval, $17, $3, $18
)
UPDATE content_item SET state = 'in_review', review_id = $4 WHERE space_id = $1 AND id = $3
"""
_VERDICT = "SELECT state, note, decided_by FROM approval WHERE space_id = $1 AND id = $2"
_APPROVED = """
UPDATE content_item SET state = 'approved', review_id = NULL, approved_version = version,
    approved_by = $3
WHERE space_id = $1 AND id = $2
"""
_BACK = """
WITH said AS (
    UPDATE content_version SET note = $4
    WHERE space_id = $1 AND item_id = $2 AND number = $3
)
UPDATE content_item SET state = 'draft', review_id = NULL WHERE space_id = $1 AND id = $2
"""
_PUBLISHED = """
UPDATE content_item SET published_version = $3, document_id = $4
WHERE space_id = $1 AND id = $2 AND coalesce(published_version, 0) < $3
"""
_UNSAID = {
    ApprovalState.EXPIRED: "Nobody reviewed it in time.",
    ApprovalState.DENIED: "The review refused it.",
}
_item = table(ItemRow).c


class PostgresContents(Repository):
    async def create(
        self, scope: Scope, *, item_id: UUID, kind: str, title: str, text: str, author: Author
    ) -> ContentItem:
        async def work(session: Session) -> ContentItem:
            await _admit(session)
            await session.fetch(
                *(_CREATE, scope.space_id, scope.organisation_id, item_id, kind, author.agent),
                *(clean(title), clean(text), author.user_id, author.turn_id),
            )
            item = await _load(session, item_id)
            made = item.kind, item.agent, is_by(item.versions[0], title, text, author)
            if made != (kind, author.agent, True):
                raise ConflictError("Another item has this id.", code="content_exists")
            return item

        return await self._run_patiently(scope, work)

    async def get(self, scope: Scope, item_id: UUID) -> ContentItem:
        async def work(session: Session) -> ContentItem:
            return await _load(session, item_id)

        return await self._run(scope, work)

    async def page(
        self, scope: Scope, *, state: ContentState | None, limit: int, cursor: str | None
    ) -> Page[ContentItem]:
        limit = cursors.bounded(limit)
        filters = [] if state is None else [_item.state == state]
        statement = newest_first(scope, ItemRow, *filters, limit=limit, cursor=cursor)

        async def work(session: Session) -> Page[ContentItem]:
            rows = (await session.execute(statement)).mappings().all()
            found = await session.fetch(_NEWEST, scope.space_id, [row["id"] for row in rows])
            newest = {row["item_id"]: row for row in found}
            return cursors.page(
                [item_of(row, [newest[row["id"]]]) for row in rows],
                limit,
                lambda last: cursors.moment_cursor(last.created_at, last.id),
            )

        return await self._run(scope, work)

    async def revise(
        self, scope: Scope, item_id: UUID, *, expected: int, title: str, text: str, author: Author
    ) -> ContentItem:
        async def work(session: Session) -> ContentItem:
            row = await _lock(session, item_id)
            item = await _load(session, item_id)
            if row["version"] == expected + 1 and is_by(item.newest, title, text, author):
                # A repeat whose answer was lost.
                return item
            _check_revision(row, expected)
            await session.fetch(
                *(_REVISE, scope.space_id, scope.organisation_id, item_id, expected + 1),
                *(clean(title), clean(text), author.user_id, author.turn_id),
            )
            return await _load(session, item_id)

        return await self._run_patiently(scope, work)

    async def submit(
        self, scope: Scope, item_id: UUID, *, by: UUID, asking: Asking, expected: int | None = None
    ) -> ContentItem:
        async def work(session: Session) -> ContentItem:
            row = await _lock(session, item_id)
            if row["state"] == ContentState.IN_REVIEW:
                raise ConflictError("Somebody reviews it already.", code="content_in_review")
            if row["state"] == ContentState.APPROVED:
                raise ConflictError("This version is approved.", code="content_approved")
            if expected not in {None, row["version"]}:
                raise _changed(row, expected)
            item = await _load(session, item_id)
            await session.fetch(
                _SUBMIT, *_review(scope, item, await _round(session, item), by, asking)
            )
            return await _load(session, item_id)

        return await self._run_patiently(scope, work)

    async def settle(self, scope: Scope, item_id: UUID, review_id: UUID) -> ContentItem:
        async def work(session: Session) -> ContentItem:
            row = await _lock(session, item_id)
            said = await session.first(_VERDICT, scope.space_id, review_id)
            waiting = row["review_id"] == review_id
            if waiting and said is not None and said["state"] != ApprovalState.PENDING:
                await _take_over(session, row, said)
            return await _load(session, item_id)

        return await self._run_patiently(scope, work)

    async def published(
        self, scope: Scope, item_id: UUID, *, version: int, document_id: UUID
    ) -> None:
        async def work(session: Session) -> None:
            await session.fetch(_PUBLISHED, scope.space_id, item_id, version, document_id)

        await self._run_patiently(scope, work)


async def _take_over(session: Session, row: Mapping[str, Any], said: Mapping[str, Any]) -> None:
    state, key = ApprovalState(said["state"]), (session.scope.space_id, row["id"])
    if state is ApprovalState.APPROVED:
        await session.fetch(_APPROVED, *key, said["decided_by"])
    else:
        note = said["note"] or _UNSAID.get(state, "")
        await session.fetch(_BACK, *key, row["version"], note)


async def _admit(session: Session) -> None:
    found = await session.first(_COUNT, session.scope.space_id, MOST_ITEMS)
    if found is not None and found["items"] >= MOST_ITEMS:
        raise LimitError(f"A space has {MOST_ITEMS} content items at most.", code="content_full")


async def _lock(session: Session, item_id: UUID) -> Mapping[str, Any]:
    row: Mapping[str, Any] | None = await session.first(_LOCKED, session.scope.space_id, item_id)
    if row is None:
        raise _unknown()
    return row


async def _load(session: Session, item_id: UUID) -> ContentItem:
    row = await session.first(_ITEM, session.scope.space_id, item_id)
    if row is None:
        raise _unknown()
    return item_of(row, await session.fetch(_VERSIONS, session.scope.space_id, item_id))


def _unknown() -> NotFoundError:
    return NotFoundError("There is no such content item.", code="content_not_found")


def _changed(row: Mapping[str, Any], expected: int | None) -> ConflictError:
    return ConflictError(
        f"Its newest version is {row['version']}, not {expected}: read it again.",
        code="content_changed",
    )


def _check_revision(row: Mapping[str, Any], expected: int) -> None:
    if row["state"] == ContentState.IN_REVIEW:
        raise ConflictError("It is in review: wait for the verdict.", code="content_in_review")
    if row["version"] != expected:
        raise _changed(row, expected)
    if expected >= MOST_VERSIONS:
        raise LimitError(
            f"An item has {MOST_VERSIONS} versions at most.", code="content_versions_full"
        )


_ROUNDS = "SELECT count(*) AS rounds FROM approval WHERE space_id = $1 AND content_id = $2"


async def _round(session: Session, item: ContentItem) -> int:
    """How often it was reviewed before: the same version may come again after a refusal."""
    found = await session.first(_ROUNDS, session.scope.space_id, item.id)
    return 0 if found is None else int(found["rounds"])


def _review(
    scope: Scope, item: ContentItem, before: int, by: UUID, asking: Asking
) -> tuple[object, ...]:
    version = item.newest
    arguments = {
        "content_id": str(item.id),
        "version": version.number,
        "kind": item.kind,
        "title": version.title,
        "text": version.text,
    }
    return (
        *(scope.space_id, scope.organisation_id, item.id),
        *(uuid5(item.id, f"review:{before}"), REVIEW_TOOL, dump(arguments)),
        *(asking.window or REVIEW_WINDOW, digest(arguments), item.agent or "", by),
        "A person approves what is published.",
        # An agent's words are as trustworthy as all that it read, whoever put a title to them.
        any(one.turn_id is not None for one in item.versions),
        *(asking.approvers.value, asking.four_eyes),
        *(asking.remind_after, asking.escalate_after, asking.escalate_to.value),
        version.created_by,
    )
