"""Policies of organisations and the safety of spaces, in Postgres."""

import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any
from uuid import UUID, uuid4

from adapters.store.database import Database
from adapters.store.kept import Kept
from adapters.store.repository import Repository, lock_organisation
from adapters.store.session import Session
from adapters.store.stored import clean, dump
from adapters.store.trail import record, recorded
from domain.policy import SHIPPED
from domain.ports.policies import PolicyVersion
from models.errors import ConflictError
from models.payloads.policy import Policy
from models.payloads.safety import Safety
from models.payloads.scope import Scope

# A turn may be judged by what was in force so long ago: asking each time would cost a query.
SECONDS = 5.0
# Policies that a process remembers, some 60 KB each at their largest.
REMEMBERED = 500
NOTE_CHARACTERS = 500
# What a person would look through; older versions stay in the table.
_MOST_VERSIONS = 200

_CURRENT = """
SELECT version, policy, created_by, created_at, note FROM policy
WHERE organisation_id = $1 ORDER BY version DESC LIMIT $2
"""
_INSERT = """
INSERT INTO policy (organisation_id, version, policy, created_by, note)
VALUES ($1, $2, $3, $4, $5) RETURNING version, policy, created_by, created_at, note
"""
_SAFETY = "SELECT safety FROM safety WHERE space_id = $1 AND organisation_id = $2"
_PUT_SAFETY = """
INSERT INTO safety (space_id, organisation_id, safety, updated_by) VALUES ($1, $2, $3, $4)
ON CONFLICT (space_id) DO UPDATE SET safety = excluded.safety, updated_by = excluded.updated_by,
    updated_at = clock_timestamp()
WHERE safety.space_id = $1
"""


class PostgresPolicies(Repository):
    def __init__(self, database: Database, *, clock: Callable[[], float] = time.monotonic) -> None:
        super().__init__(database)
        self._policies: Kept[UUID, Policy] = Kept(SECONDS, REMEMBERED, clock)
        self._safeties: Kept[UUID, Safety] = Kept(SECONDS, REMEMBERED, clock)

    async def get(self, scope: Scope) -> Policy:
        kept = self._policies.get(scope.organisation_id)
        if kept is not None:
            return kept

        async def work(session: Session) -> Policy:
            row = await session.first(_CURRENT, scope.organisation_id, 1)
            return SHIPPED if row is None else version_of(row).policy

        return self._policies.put(scope.organisation_id, await self._run(scope, work))

    async def versions(self, scope: Scope) -> Sequence[PolicyVersion]:
        async def work(session: Session) -> Sequence[PolicyVersion]:
            rows = await session.fetch(_CURRENT, scope.organisation_id, _MOST_VERSIONS)
            shipped = PolicyVersion(SHIPPED, None, None, "What ships.")
            return [*map(version_of, rows), shipped]

        return await self._run(scope, work)

    async def put(
        self, scope: Scope, policy: Policy, *, expected: int | None, by: UUID, note: str = ""
    ) -> PolicyVersion:
        change = uuid4()

        async def work(session: Session) -> PolicyVersion:
            await lock_organisation(session)
            row = await session.first(_CURRENT, scope.organisation_id, 1)
            if row is not None and await recorded(session, change):
                return version_of(row)
            current = row["version"] if row is not None else SHIPPED.version
            if expected is not None and expected != current:
                raise ConflictError(
                    f"The policy is at version {current}, not {expected}: look at it again.",
                    code="policy_changed",
                )
            text = clean(note)[:NOTE_CHARACTERS]
            made = await session.first(
                _INSERT, scope.organisation_id, current + 1, _written(policy), by, text
            )
            assert made is not None  # noqa: S101 - it was inserted
            details = {"version": current + 1, "note": text, "rules": len(policy.rules)}
            await record(
                session, change, "policy.changed", scope.organisation_id, by=by, details=details
            )
            return version_of(made)

        saved = await self._run(scope, work)
        self._policies.put(scope.organisation_id, saved.policy)
        return saved

    async def safety(self, scope: Scope) -> Safety:
        kept = self._safeties.get(scope.space_id)
        if kept is not None:
            return kept

        async def work(session: Session) -> Safety:
            row = await session.first(_SAFETY, scope.space_id, scope.organisation_id)
            return Safety() if row is None else Safety.model_validate(row["safety"])

        return self._safeties.put(scope.space_id, await self._run(scope, work))

    async def put_safety(self, scope: Scope, safety: Safety, *, by: UUID) -> None:
        change, written = uuid4(), safety.model_dump(mode="json")

        async def work(session: Session) -> None:
            await session.fetch(
                _PUT_SAFETY, scope.space_id, scope.organisation_id, dump(written), by
            )
            await record(session, change, "safety.changed", scope.space_id, by=by, details=written)

        await self._run(scope, work)
        self._safeties.put(scope.space_id, safety)


def version_of(row: Mapping[str, Any]) -> PolicyVersion:
    policy = Policy.model_validate(row["policy"] | {"version": row["version"]})
    return PolicyVersion(policy, row["created_by"], row["created_at"], row["note"])


def _written(policy: Policy) -> str:
    return dump(policy.model_dump(mode="json", exclude={"version"}))
