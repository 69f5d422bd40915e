"""Grants in Postgres: sealed tokens, and who may refresh them."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final
from uuid import UUID, uuid4, uuid5

from adapters.store.repository import Repository
from adapters.store.session import Session
from adapters.store.trail import record, recorded
from domain.ports.connections import Connection, ConnectionState
from models.payloads.scope import Scope

# A token is handed out for a call that may take this long.
AHEAD: Final = timedelta(minutes=5)
# Longer than one request to a provider may take: then another process tries.
LEASE: Final = timedelta(seconds=15)
# A provider that is away is not asked by everybody who waits.
REST: Final = timedelta(seconds=5)

_ALL = """
SELECT provider, state, account, scopes, connected_by, connected_at, expires_at
FROM connection WHERE space_id = $1 ORDER BY provider
"""
_STANDING = """
SELECT state, access_token, expires_at > now() + $3::interval AS fresh,
    coalesce(expires_at > now() + interval '1 minute', false) AS usable,
    coalesce(away_until > now(), false) AS away
FROM connection WHERE space_id = $1 AND provider = $2
"""
_CLAIM = """
UPDATE connection SET fence = fence + 1, refreshing_until = now() + $4::interval
WHERE space_id = $1 AND provider = $2 AND state = 'connected'
    AND (expires_at IS NULL OR expires_at <= now() + $3::interval)
    AND (refreshing_until IS NULL OR refreshing_until <= now())
    AND (away_until IS NULL OR away_until <= now())
RETURNING fence, refresh_token
"""
_REFRESHED = """
UPDATE connection SET access_token = $4, refresh_token = coalesce($5, refresh_token),
    expires_at = now() + $6::interval, refreshing_until = NULL, away_until = NULL
WHERE space_id = $1 AND provider = $2 AND fence = $3
RETURNING fence
"""
_AWAY = """
UPDATE connection SET refreshing_until = NULL, away_until = now() + $4::interval
WHERE space_id = $1 AND provider = $2 AND fence = $3
"""
_ENDED = """
UPDATE connection SET state = 'reconnect', access_token = NULL, refresh_token = NULL,
    expires_at = NULL, refreshing_until = NULL, away_until = NULL
WHERE space_id = $1 AND provider = $2 AND fence = $3 AND state = 'connected'
RETURNING fence
"""
_SPOIL = """
UPDATE connection SET expires_at = now()
WHERE space_id = $1 AND provider = $2 AND access_token = $3 AND expires_at > now()
"""
_PUT = """
INSERT INTO connection (space_id, organisation_id, provider, state, account, scopes, connected_by,
    connected_at, access_token, refresh_token, expires_at)
VALUES ($1, $2, $3, 'connected', $4, $5, $6, now(), $7, $8, now() + $9::interval)
ON CONFLICT (space_id, provider) DO UPDATE SET state = 'connected', account = $4, scopes = $5,
    connected_by = $6, connected_at = now(), access_token = $7, refresh_token = $8,
    expires_at = now() + $9::interval, fence = connection.fence + 1, refreshing_until = NULL,
    away_until = NULL
RETURNING provider, state, account, scopes, connected_by, connected_at, expires_at
"""
_FORGET = """
DELETE FROM connection WHERE space_id = $1 AND provider = $2 RETURNING refresh_token, account
"""
_SEALED = "SELECT refresh_token FROM connection WHERE space_id = $1 AND provider = $2"
_ONE = """
SELECT provider, state, account, scopes, connected_by, connected_at, expires_at
FROM connection WHERE space_id = $1 AND provider = $2
"""


@dataclass(frozen=True, slots=True)
class Standing:
    """How a grant stands, by Postgres's clock."""

    state: ConnectionState
    access_token: bytes | None
    fresh: bool
    """Good for five minutes and more."""
    usable: bool
    """Good for another minute."""
    away: bool
    """Its provider was asked a moment ago and is away."""


@dataclass(frozen=True, slots=True)
class Claim:
    """The right to refresh, until somebody else takes it."""

    fence: int
    refresh_token: bytes


@dataclass(frozen=True, slots=True)
class SealedGrant:
    access_token: bytes
    refresh_token: bytes
    lasts: timedelta
    """Of the access token."""
    account: str
    scopes: tuple[str, ...]


class PostgresGrants(Repository):
    """Whatever changes what a person granted is audited in the same transaction."""

    async def all(self, scope: Scope) -> list[Connection]:
        async def work(session: Session) -> list[Connection]:
            return [_connection(row) for row in await session.fetch(_ALL, scope.space_id)]

        return await self._run(scope, work)

    async def standing(self, scope: Scope, provider: str) -> Standing | None:
        async def work(session: Session) -> Standing | None:
            row = await session.first(_STANDING, scope.space_id, provider, AHEAD)
            if row is None:
                return None
            return Standing(
                ConnectionState(row["state"]),
                row["access_token"],
                row["fresh"] or False,
                row["usable"],
                row["away"],
            )

        return await self._run(scope, work)

    async def claim(self, scope: Scope, provider: str) -> Claim | None:
        """None while another has it, or where nothing is to be refreshed. A claim whose answer is
        lost ends by itself."""

        async def work(session: Session) -> Claim | None:
            row = await session.first(_CLAIM, scope.space_id, provider, AHEAD, LEASE)
            return None if row is None else Claim(row["fence"], row["refresh_token"])

        return await self._run(scope, work)

    async def refreshed(
        self,
        scope: Scope,
        provider: str,
        claim: Claim,
        *,
        access_token: bytes,
        refresh_token: bytes | None,
        lasts: timedelta,
    ) -> bool:
        """False when another claim or a new grant came meanwhile: then nothing is written."""
        values = (access_token, refresh_token, lasts)

        async def work(session: Session) -> bool:
            row = await session.first(_REFRESHED, scope.space_id, provider, claim.fence, *values)
            return row is not None

        return await self._run_patiently(scope, work)

    async def away(self, scope: Scope, provider: str, claim: Claim) -> None:
        """Let nobody ask for a moment."""

        async def work(session: Session) -> None:
            await session.fetch(_AWAY, scope.space_id, provider, claim.fence, REST)

        await self._run(scope, work)

    async def ended(self, scope: Scope, provider: str, claim: Claim, why: str) -> None:
        """The provider says that the grant is over; a repeat finds it so."""

        async def work(session: Session) -> None:
            row = await session.first(_ENDED, scope.space_id, provider, claim.fence)
            if row is not None:
                said = {"provider": provider, "why": why}
                await _audit(session, uuid4(), None, "connection.ended", said)

        await self._run_patiently(scope, work)

    async def spoil(self, scope: Scope, provider: str, access_token: bytes) -> None:
        """This access token is good no more, whatever was said of its end."""

        async def work(session: Session) -> None:
            await session.fetch(_SPOIL, scope.space_id, provider, access_token)

        await self._run(scope, work)

    async def put(self, scope: Scope, provider: str, grant: SealedGrant, *, by: UUID) -> Connection:
        entry = uuid4()
        values = (grant.account, list(grant.scopes), by, grant.access_token)

        async def work(session: Session) -> Connection:
            if await recorded(session, entry):
                return _connection(await session.first(_ONE, scope.space_id, provider))
            row = await session.first(
                *(_PUT, scope.space_id, scope.organisation_id, provider),
                *(*values, grant.refresh_token, grant.lasts),
            )
            said = {"provider": provider, "account": grant.account, "scopes": list(grant.scopes)}
            await _audit(session, entry, by, "connection.made", said)
            return _connection(row)

        return await self._run(scope, work)

    async def refresh_token(self, scope: Scope, provider: str) -> bytes | None:
        async def work(session: Session) -> bytes | None:
            row = await session.first(_SEALED, scope.space_id, provider)
            sealed: bytes | None = None if row is None else row["refresh_token"]
            return sealed

        return await self._run(scope, work)

    async def forget(self, scope: Scope, provider: str, *, by: UUID) -> bool:
        """False when there was none."""
        entry = uuid4()

        async def work(session: Session) -> bool:
            if await recorded(session, entry):
                return True
            row = await session.first(_FORGET, scope.space_id, provider)
            if row is None:
                return False
            said = {"provider": provider, "account": row["account"]}
            await _audit(session, entry, by, "connection.removed", said)
            return True

        return await self._run(scope, work)


async def _audit(
    session: Session, entry: UUID, by: UUID | None, action: str, details: dict[str, Any]
) -> None:
    subject = uuid5(session.scope.space_id, f"connection/{details['provider']}")
    await record(session, entry, action, subject, by=by, details=details)


def _connection(row: Any) -> Connection:  # noqa: ANN401 - a driver's record
    return Connection(
        provider=row["provider"],
        state=ConnectionState(row["state"]),
        account=row["account"],
        scopes=tuple(row["scopes"]),
        connected_by=row["connected_by"],
        connected_at=row["connected_at"],
        expires_at=row["expires_at"],
    )
