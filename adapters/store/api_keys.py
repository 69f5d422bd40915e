"""API keys in Postgres, found by the digest of their secret, inside the space that they name."""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any, Final
from uuid import UUID, uuid4

from adapters.identity.credential import Credential
from adapters.store.repository import Repository, lock_organisation
from adapters.store.session import Session
from adapters.store.trail import record, recorded
from domain.ports.api_keys import PREFIX, ApiKey
from domain.ports.identity import Caller, Role
from models.errors import IdentityError, LimitError, NotFoundError
from models.payloads.scope import Scope

# Of a space: an admin knows them all.
MOST: Final = 50
# Characters that one key is told from another by; 208 random bits stay unsaid.
_SHOWN: Final = len(PREFIX) + 8
_IDS: Final = 2

_COLUMNS = "id, name, prefix, role, user_id, created_at, expires_at, last_used_at"
_COUNT = "SELECT count(*) AS count FROM api_key WHERE space_id = $1"
_INSERT = f"""
INSERT INTO api_key
    (space_id, organisation_id, id, digest, prefix, name, role, user_id, tier, expires_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, now() + $10::interval)
RETURNING {_COLUMNS}
"""  # noqa: S608 - names of columns
_ONE = f"SELECT {_COLUMNS} FROM api_key WHERE space_id = $1 AND id = $2"  # noqa: S608 - as above
_ALL = f"SELECT {_COLUMNS} FROM api_key WHERE space_id = $1 ORDER BY created_at DESC, id"  # noqa: S608 - as above
_REVOKE = "DELETE FROM api_key WHERE space_id = $1 AND id = $2 RETURNING name, prefix"
# Its owner's right as their newest token has it.
_IDENTIFY = """
SELECT k.id, k.user_id, k.role, k.tier, k.expires_at, m.role AS held,
    coalesce(k.expires_at <= now(), false) AS expired,
    coalesce(k.last_used_at < now() - interval '1 hour', true) AS unmarked
FROM api_key k JOIN membership m ON m.space_id = k.space_id AND m.user_id = k.user_id
WHERE k.space_id = $1 AND k.organisation_id = $2 AND k.digest = $3
"""
_USED = """
UPDATE api_key SET last_used_at = now() WHERE space_id = $1 AND id = $2
    AND coalesce(last_used_at < now() - interval '1 hour', true)
"""


class PostgresApiKeys(Repository):
    """Implements `domain.ports.api_keys.ApiKeys`. Nothing is remembered between requests, so that
    a key that was revoked is refused at once."""

    async def create(
        self, scope: Scope, owner: Caller, name: str, role: Role, life: timedelta | None
    ) -> tuple[str, ApiKey]:
        secret = Credential.fresh(scope.organisation_id, scope.space_id)
        key, key_id, entry = PREFIX + secret.written, uuid4(), uuid4()

        async def work(session: Session) -> ApiKey:
            await lock_organisation(session)
            if await recorded(session, entry):
                return _key(await session.first(_ONE, scope.space_id, key_id))
            counted = await session.first(_COUNT, scope.space_id)
            if counted is not None and counted["count"] >= MOST:
                detail = f"A space has {MOST} API keys at most: revoke one first."
                raise LimitError(detail, code="api_keys_full")
            row = await session.first(
                *(_INSERT, scope.space_id, scope.organisation_id, key_id, secret.digest),
                *(key[:_SHOWN], name, role.value, owner.user_id, owner.tier, life),
            )
            details = {"name": name, "prefix": key[:_SHOWN], "role": role.value}
            by = owner.user_id
            await record(session, entry, "api_key.created", key_id, by=by, details=details)
            return _key(row)

        return key, await self._run(scope, work)

    async def all(self, scope: Scope) -> Sequence[ApiKey]:
        async def work(session: Session) -> Sequence[ApiKey]:
            return [_key(row) for row in await session.fetch(_ALL, scope.space_id)]

        return await self._run(scope, work)

    async def revoke(self, scope: Scope, key_id: UUID, *, by: UUID) -> None:
        entry = uuid4()

        async def work(session: Session) -> None:
            row = await session.first(_REVOKE, scope.space_id, key_id)
            if row is not None:
                details = {"name": row["name"], "prefix": row["prefix"]}
                await record(session, entry, "api_key.revoked", key_id, by=by, details=details)
            elif not await recorded(session, entry):
                raise NotFoundError("There is no such API key.", code="api_key_not_found")

        await self._run(scope, work)

    async def identify(self, key: str) -> tuple[Caller, UUID]:
        read = Credential.read(key.removeprefix(PREFIX), _IDS)
        if read is None:
            raise _invalid()
        organisation, space = read.ids
        scope = Scope(organisation_id=organisation, space_id=space)

        async def work(session: Session) -> Mapping[str, Any]:
            row: Mapping[str, Any] | None = await session.first(
                _IDENTIFY, space, organisation, read.digest
            )
            if row is None:
                raise _invalid()
            if row["expired"]:
                raise IdentityError("The API key has expired.", code="token_expired")
            if row["unmarked"]:
                await session.fetch(_USED, space, row["id"])
            return row

        return _caller(scope, await self._run(scope, work)), space


def _key(row: Mapping[str, Any] | None) -> ApiKey:
    assert row is not None  # noqa: S101 - it was made in this transaction, or before
    return ApiKey(**{**row, "role": Role(row["role"])})


def _caller(scope: Scope, row: Mapping[str, Any]) -> Caller:
    role, held = Role(row["role"]), Role(row["held"])
    return Caller(
        user_id=row["user_id"],
        organisation_id=scope.organisation_id,
        spaces={scope.space_id: role if held.includes(role) else held},
        token_id=f"key:{row['id']}",
        tier=row["tier"],
        expires_at=None if row["expires_at"] is None else row["expires_at"].timestamp(),
        mirrored=False,
    )


def _invalid() -> IdentityError:
    return IdentityError("The API key is not valid here.", code="token_invalid")
