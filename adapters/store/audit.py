"""The audit trail: written last in a transaction, numbered and sealed by Postgres, checked here."""

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid4

from adapters.store import cursor as cursors
from adapters.store.failure import unavailable
from adapters.store.repository import Repository
from adapters.store.session import Session
from adapters.store.trail import record
from domain.ports.audit import DEPLOYMENT, AuditEntry, Break
from domain.ports.conversations import Page
from models.payloads.scope import Scope

_PAGE = """
SELECT id, sequence, created_at, user_id, action, subject_id, details, seal FROM audit
WHERE space_id = $1 AND sequence < $2
ORDER BY sequence DESC LIMIT $3
"""
_CHAIN = """
SELECT id, organisation_id, sequence, created_at, user_id, action, subject_id,
    details::text AS details, seal
FROM audit WHERE space_id = $1 AND sequence > $2
ORDER BY sequence LIMIT $3
"""
_HEAD = "SELECT sequence, seal FROM audit_head WHERE space_id = $1"
# A few hundred bytes each: read this many at once, and hashed in some milliseconds.
_BATCH = 1_000
# Whoever rewrote a whole trail is told of often enough.
MOST_BREAKS = 100
_BEFORE_ALL = -(2**63)
_AFTER_ALL = 2**63 - 1
_EPOCH = datetime.fromtimestamp(0, UTC)


class PostgresAudit(Repository):
    async def record(
        self,
        scope: Scope,
        action: str,
        subject_id: UUID,
        *,
        by: UUID | None,
        details: Mapping[str, Any],
    ) -> None:
        # Named once for all tries: a repeat finds its entry and adds none.
        entry_id = uuid4()

        async def work(session: Session) -> None:
            await record(session, entry_id, action, subject_id, by=by, details=details)

        await self._run(scope, work)

    async def rehearse(self) -> None:
        """UnavailableError when nothing can be written to the trail now; leaves nothing behind.
        For readiness, so not repeated. In no tenant's space, and under row security like others."""
        try:
            async with self._database.transaction(DEPLOYMENT) as session:
                await record(session, uuid4(), "rehearsal", uuid4(), by=None, details={})
                raise _DoneError  # noqa: TRY301 -- what undoes a transaction
        except _DoneError:
            return
        except Exception as error:
            raise unavailable(error) or error from error

    async def page(self, scope: Scope, *, limit: int, cursor: str | None) -> Page[AuditEntry]:
        limit = cursors.bounded(limit)
        below = _AFTER_ALL if cursor is None else cursors.read_position(cursor)

        async def work(session: Session) -> Page[AuditEntry]:
            rows = await session.fetch(_PAGE, scope.space_id, below, limit + 1)
            return cursors.page(
                [_entry(row) for row in rows],
                limit,
                lambda last: cursors.position_cursor(last.sequence, last.id),
            )

        return await self._run(scope, work)

    async def verify(self, scope: Scope) -> Sequence[Break]:
        """At most `MOST_BREAKS`, the oldest first; read in one snapshot, batch by batch."""

        async def work(session: Session) -> Sequence[Break]:
            await session.snapshot()
            breaks: list[Break] = []
            chain, after = _Chain(scope), _BEFORE_ALL
            while len(breaks) < MOST_BREAKS:
                rows = await session.fetch(_CHAIN, scope.space_id, after, _BATCH)
                for row in rows:
                    breaks += chain.next(row)
                if len(rows) < _BATCH:
                    head = await session.first(_HEAD, scope.space_id)
                    breaks += chain.end(head)
                    break
                after = rows[-1]["sequence"]
            return breaks[:MOST_BREAKS]

        return await self._run(scope, work)


class _DoneError(Exception):
    """Undoes what was only tried."""


class _Chain:
    """What has been read so far, and what must come next."""

    def __init__(self, scope: Scope) -> None:
        self._scope = scope
        self._sequence = 0
        self._seal = ""

    def next(self, row: Mapping[str, Any]) -> Iterator[Break]:
        sequence, expected = row["sequence"], self._sequence + 1
        if sequence < expected:
            yield Break(sequence, "It was put in: numbers start from 1.")
            return
        if sequence > expected:
            missing = f"{expected} to {sequence - 1}" if sequence - expected > 1 else f"{expected}"
            yield Break(expected, f"Missing: {missing}.")
        elif row["organisation_id"] != self._scope.organisation_id:
            yield Break(sequence, "It names another organisation.")
        elif row["seal"] != seal(self._scope, row, self._seal):
            yield Break(sequence, "Its seal does not fit: this was changed, or what came before.")
        self._sequence, self._seal = sequence, row["seal"]

    def end(self, head: Mapping[str, Any] | None) -> Iterator[Break]:
        """The head knows the newest entry, so that a missing end is seen too."""
        known = (0, "") if head is None else (head["sequence"], head["seal"])
        if known != (self._sequence, self._seal):
            yield Break(self._sequence + 1, f"Entry {known[0]} should be the newest, as it was.")


def seal(scope: Scope, row: Mapping[str, Any], before: str) -> str:
    """What `audit_seal` computes in Postgres, which wrote it; `details` as Postgres words them."""
    parts = (
        before,
        row["sequence"],
        scope.space_id,
        scope.organisation_id,
        row["id"],
        (row["created_at"] - _EPOCH) // datetime.resolution,
        row["user_id"] or "",
        row["action"],
        row["subject_id"],
        row["details"],
    )
    return hashlib.sha256("\n".join(map(str, parts)).encode()).hexdigest()


def _entry(row: Mapping[str, Any]) -> AuditEntry:
    return AuditEntry(
        id=row["id"],
        sequence=row["sequence"],
        at=row["created_at"],
        user_id=row["user_id"],
        action=row["action"],
        subject_id=row["subject_id"],
        details=row["details"],
        seal=row["seal"],
    )
