"""Sessions of browsers, found by the digest of their secret, inside the organisation it names."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any, Final
from uuid import UUID, uuid4

from adapters.identity.credential import Credential
from adapters.store.repository import Repository
from adapters.store.session import Session
from adapters.store.stored import dump
from domain.ports.identity import Caller, Role
from domain.ports.web_sessions import WebSession
from models.payloads.scope import Scope

# A working day: who comes back the next morning signs in again.
IDLE: Final = timedelta(hours=12)
# For sign-ins that say no end of their own.
LONGEST: Final = timedelta(days=7)
# How far an idle end may lag behind: not each request is a write.
LAG: Final = timedelta(minutes=5)
# Browsers of one person in one organisation; the oldest give way.
MOST: Final = 20
_IDS: Final = 1
_CSRF: Final = "csrf"
_NO_SPACE: Final = UUID(int=0)

_ORGANISATION = "INSERT INTO organisation (id) VALUES ($1) ON CONFLICT DO NOTHING"
# Many sign in at once: each leaves what another is clearing away.
_MAKE_ROOM = """
WITH ended AS (
    SELECT id FROM web_session WHERE organisation_id = $1 AND least(idle_at, ends_at) <= now()
    LIMIT 1000 FOR UPDATE SKIP LOCKED
), oldest AS (
    SELECT id FROM web_session WHERE organisation_id = $1 AND user_id = $2
    ORDER BY created_at DESC OFFSET $3 FOR UPDATE SKIP LOCKED
)
DELETE FROM web_session
WHERE organisation_id = $1 AND id IN (SELECT id FROM ended UNION ALL SELECT id FROM oldest)
"""
_BEGIN = """
INSERT INTO web_session
    (organisation_id, id, digest, user_id, name, spaces, token_id, tier, idle_at, ends_at,
    claimed_at)
VALUES ($1, $2, $3, $4, $5, $6::jsonb, $7, $8, now() + $9::interval,
    least(now() + $10::interval, to_timestamp($11::double precision)),
    to_timestamp($12::double precision))
ON CONFLICT (organisation_id, id) DO UPDATE SET idle_at = web_session.idle_at
RETURNING ends_at
"""
_FIND = """
SELECT id, user_id, name, spaces, token_id, tier, ends_at, claimed_at,
    idle_at < now() + $3::interval AS lagging
FROM web_session
WHERE organisation_id = $1 AND digest = $2 AND idle_at > now() AND ends_at > now()
"""
_USED = """
UPDATE web_session SET idle_at = now() + $3::interval WHERE organisation_id = $1 AND id = $2
"""
_END = "DELETE FROM web_session WHERE organisation_id = $1 AND id = $2"
_END_ALL = "DELETE FROM web_session WHERE organisation_id = $1 AND user_id = $2"


class PostgresWebSessions(Repository):
    """Implements `domain.ports.web_sessions.WebSessions`."""

    async def begin(self, caller: Caller) -> tuple[str, WebSession]:
        organisation, session_id = caller.organisation_id, uuid4()
        secret = Credential.fresh(organisation)
        spaces = {str(space): role.value for space, role in caller.spaces.items()}

        async def work(session: Session) -> WebSession:
            await session.fetch(_ORGANISATION, organisation)
            await session.fetch(_MAKE_ROOM, organisation, caller.user_id, MOST - 1)
            row = await session.first(
                *(_BEGIN, organisation, session_id, secret.digest, caller.user_id, caller.name),
                *(dump(spaces), caller.token_id, caller.tier, IDLE, LONGEST, caller.expires_at),
                caller.claimed_at,
            )
            assert row is not None  # noqa: S101 - RETURNING
            return WebSession(session_id, caller, secret.derived(_CSRF), row["ends_at"])

        return secret.written, await self._run(_inside(organisation), work)

    async def find(self, secret: str) -> WebSession | None:
        read = Credential.read(secret, _IDS)
        if read is None:
            return None
        organisation = read.ids[0]

        async def work(session: Session) -> WebSession | None:
            row = await session.first(_FIND, organisation, read.digest, IDLE - LAG)
            if row is None:
                return None
            if row["lagging"]:
                await session.fetch(_USED, organisation, row["id"], IDLE)
            caller = _caller(organisation, row)
            return WebSession(row["id"], caller, read.derived(_CSRF), row["ends_at"])

        return await self._run(_inside(organisation), work)

    async def end(self, session: WebSession, *, everywhere: bool = False) -> None:
        organisation = session.caller.organisation_id

        async def work(opened: Session) -> None:
            if everywhere:
                await opened.fetch(_END_ALL, organisation, session.caller.user_id)
            else:
                await opened.fetch(_END, organisation, session.id)

        await self._run(_inside(organisation), work)


def _inside(organisation: UUID) -> Scope:
    """Of an organisation, and in none of its spaces."""
    return Scope(organisation_id=organisation, space_id=_NO_SPACE)


def _caller(organisation: UUID, row: Mapping[str, Any]) -> Caller:
    return Caller(
        user_id=row["user_id"],
        organisation_id=organisation,
        spaces={UUID(space): Role(role) for space, role in row["spaces"].items()},
        token_id=row["token_id"],
        tier=row["tier"],
        name=row["name"],
        claimed_at=row["claimed_at"].timestamp(),
        expires_at=row["ends_at"].timestamp(),
    )
