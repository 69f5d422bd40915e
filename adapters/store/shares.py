"""Share links: the row knows the secret by its hash, and a path by its leaf."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID, uuid4

from adapters.identity.credential import Credential
from adapters.store import cursor as cursors
from adapters.store.repository import Repository, newest_first
from adapters.store.session import Session
from adapters.store.shared_path import shared_page
from adapters.store.trail import record
from domain.ports.conversations import Page
from domain.ports.shares import MOST_LIVE, NewShare, Share, SharedPath
from models.errors import (
    AccessError,
    AppError,
    ConflictError,
    GoneError,
    InvalidError,
    LimitError,
    NotFoundError,
)
from models.payloads.scope import Scope
from models.tables.base import table
from models.tables.share import Share as ShareRow

# Of a conversation, those that have ended included: who opens an older one learns that there is
# none, instead of that it was revoked.
MOST_KEPT = 500

# Others who make one wait here: their number has a limit.
_LOCK = """
SELECT c.title, coalesce($3, c.active_leaf) AS leaf, EXISTS (
    SELECT FROM message m WHERE m.space_id = $1 AND m.conversation_id = $2
        AND m.id = coalesce($3, c.active_leaf) AND NOT m.withdrawn) AS shown
FROM conversation c WHERE c.space_id = $1 AND c.id = $2 FOR NO KEY UPDATE
"""
_CREATE = """
INSERT INTO share (space_id, organisation_id, id, conversation_id, leaf_id, title, token_hash,
    created_by, expires_at)
SELECT $1, $2, $3, $4, $5, $6, $7, $8, clock_timestamp() + $9
WHERE (SELECT count(*) FROM share WHERE space_id = $1 AND conversation_id = $4
    AND revoked_at IS NULL AND expires_at > clock_timestamp()) < $10
RETURNING *
"""
_FORGET = """
DELETE FROM share WHERE space_id = $1 AND conversation_id = $2 AND id IN (
    SELECT id FROM share WHERE space_id = $1 AND conversation_id = $2
        AND (revoked_at IS NOT NULL OR expires_at <= clock_timestamp())
    ORDER BY created_at DESC, id DESC OFFSET $3)
"""
_ONE = "SELECT * FROM share WHERE space_id = $1 AND id = $2"
_LOCK_ONE = """
SELECT created_by, revoked_at FROM share
WHERE space_id = $1 AND conversation_id = $2 AND id = $3 FOR NO KEY UPDATE
"""
_REVOKE = """
UPDATE share SET revoked_at = clock_timestamp(), revoked_by = $3 WHERE space_id = $1 AND id = $2
"""
_OPEN = """
SELECT *, expires_at <= clock_timestamp() AS expired FROM share
WHERE space_id = $1 AND organisation_id = $2 AND token_hash = $3
"""
_VIEWED = """
UPDATE share SET views = share.views + v.count, viewed_at = clock_timestamp()
FROM unnest($2::uuid[], $3::bigint[]) AS v(id, count)
WHERE share.space_id = $1 AND share.id = v.id
"""
_share = table(ShareRow).c


class PostgresShares(Repository):
    async def create(self, scope: Scope, conversation_id: UUID, new: NewShare) -> tuple[str, Share]:
        # Made once for all tries: one whose commit got no answer finds its own row.
        secret = Credential.fresh(scope.organisation_id, scope.space_id)
        entry = uuid4()

        async def work(session: Session) -> Share:
            place = await session.first(_LOCK, scope.space_id, conversation_id, new.leaf_id)
            if place is None:
                raise NotFoundError("There is no such conversation.", code="conversation_not_found")
            standing = await session.first(_ONE, scope.space_id, new.id)
            if standing is not None:
                if standing["token_hash"] == secret.digest:
                    return _view(standing)
                raise ConflictError(
                    "This link was made before, and is shown once: make another.",
                    code="share_exists",
                )
            row = await session.first(
                *(_CREATE, scope.space_id, scope.organisation_id, new.id, conversation_id),
                *(_leaf(place, new), place["title"], secret.digest, new.by, new.lasts, MOST_LIVE),
            )
            if row is None:
                raise LimitError(
                    f"A conversation has {MOST_LIVE} links at most: revoke some.",
                    code="shares_full",
                )
            await session.fetch(_FORGET, scope.space_id, conversation_id, MOST_KEPT)
            made = _view(row)
            await record(
                *(session, entry, "share.created", new.id),
                by=new.by,
                details={
                    "conversation_id": str(conversation_id),
                    "message_id": str(made.leaf_id),
                    "expires_at": made.expires_at.isoformat(),
                },
            )
            return made

        return secret.written, await self._run(scope, work)

    async def page(
        self, scope: Scope, conversation_id: UUID, *, limit: int, cursor: str | None
    ) -> Page[Share]:
        limit = cursors.bounded(limit)
        mine = _share.conversation_id == conversation_id
        statement = newest_first(scope, ShareRow, mine, limit=limit, cursor=cursor)

        async def work(session: Session) -> Page[Share]:
            rows = (await session.execute(statement)).mappings().all()
            return cursors.page(
                [_view(row) for row in rows],
                limit,
                lambda last: cursors.moment_cursor(last.created_at, last.id),
            )

        return await self._run(scope, work)

    async def revoke(
        self, scope: Scope, conversation_id: UUID, share_id: UUID, *, by: UUID, anybodys: bool
    ) -> None:
        entry = uuid4()

        async def work(session: Session) -> None:
            row = await session.first(_LOCK_ONE, scope.space_id, conversation_id, share_id)
            if row is None:
                raise _unknown()
            if row["created_by"] != by and not anybodys:
                raise AccessError("Somebody else made this link.", code="role_required")
            if row["revoked_at"] is not None:
                return
            await session.fetch(_REVOKE, scope.space_id, share_id, by)
            details = {"conversation_id": str(conversation_id)}
            await record(session, entry, "share.revoked", share_id, by=by, details=details)

        await self._run(scope, work)

    async def read(self, token: str, *, limit: int, cursor: str | None) -> SharedPath:
        secret = Credential.read(token, 2)
        if secret is None:
            raise _unknown()
        organisation, space = secret.ids
        scope = Scope(organisation_id=organisation, space_id=space)
        limit = cursors.bounded(limit)
        after = -1 if cursor is None else cursors.read_position(cursor)

        async def work(session: Session) -> SharedPath:
            # By its hash: how long the index takes tells nothing of the secret.
            row = await session.first(_OPEN, space, organisation, secret.digest)
            if (refusal := _refusal(row)) is not None:
                raise refusal
            assert row is not None  # noqa: S101 - or it would have been refused
            place = row["conversation_id"], row["leaf_id"]
            messages = await shared_page(session, *place, limit=limit, after=after)
            return SharedPath(scope, _view(row), messages)

        return await self._run(scope, work)

    async def viewed(self, scope: Scope, views: Mapping[UUID, int]) -> None:
        """Counted twice by a try whose commit got no answer: it is a count for people."""

        async def work(session: Session) -> None:
            await session.fetch(_VIEWED, scope.space_id, list(views), list(views.values()))

        await self._run(scope, work)


def _leaf(place: Mapping[str, Any], new: NewShare) -> UUID:
    if not place["shown"]:
        if new.leaf_id is None:
            raise InvalidError("There is nothing to show yet.", code="conversation_empty")
        raise NotFoundError("There is no such message.", code="message_not_found")
    leaf: UUID = place["leaf"]
    return leaf


def _refusal(row: Mapping[str, Any] | None) -> AppError | None:
    if row is None:
        return _unknown()
    if row["revoked_at"] is not None:
        return GoneError("This link was revoked.", code="share_revoked")
    if row["expired"]:
        return GoneError("This link has expired.", code="share_expired")
    return None


def _unknown() -> NotFoundError:
    return NotFoundError("There is no such link.", code="share_not_found")


def _view(row: Mapping[Any, Any]) -> Share:
    return Share(
        id=row["id"],
        leaf_id=row["leaf_id"],
        title=row["title"],
        created_by=row["created_by"],
        created_at=row["created_at"],
        expires_at=row["expires_at"],
        revoked_at=row["revoked_at"],
        views=row["views"],
        viewed_at=row["viewed_at"],
    )
