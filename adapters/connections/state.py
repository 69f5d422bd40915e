"""What goes with a person to a provider and back: sealed, single-use, ten minutes long."""

import base64
import binascii
import secrets
import time
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

import orjson
from redis.asyncio import Redis

from adapters.events.connection import AWAY, command
from domain.ports.vault import Vault
from models.errors import InvalidError, UnavailableError
from models.payloads.scope import Scope

SECONDS: Final = 600
_NONCE_BYTES: Final = 24
_PURPOSE: Final = "oauth.state"
_VERIFIER: Final = "oauth.verifier"
_IDS: Final = 32  # bytes: organisation and space
_LONGEST: Final = 2_000


@dataclass(frozen=True, slots=True)
class Journey:
    scope: Scope
    provider: str
    by: UUID
    verifier: str
    """The secret half of PKCE's pair; it never leaves this side."""


class Journeys:
    """The state names its space, for the key to begin with it; the seal says that it is ours."""

    def __init__(self, redis: Redis, vault: Vault) -> None:
        self._redis = redis
        self._vault = vault

    async def begin(self, scope: Scope, provider: str, *, by: UUID) -> tuple[str, Journey]:
        """The state and what it stands for. UnavailableError."""
        # 32 bytes, as RFC 7636 recommends.
        journey = Journey(scope, provider, by, secrets.token_urlsafe(32))
        nonce = secrets.token_urlsafe(_NONCE_BYTES)
        said = {"nonce": nonce, "provider": provider, "by": str(by), "until": time.time() + SECONDS}
        ids = scope.organisation_id.bytes + scope.space_id.bytes
        state = ids + self._vault.seal(scope, _PURPOSE, orjson.dumps(said).decode())
        kept = self._vault.seal(scope, _VERIFIER, journey.verifier)
        try:
            await command(self._redis, "SET", _key(scope, nonce), kept, "EX", SECONDS)
        except AWAY as error:
            raise _redis_away() from error
        return base64.urlsafe_b64encode(state).decode().rstrip("="), journey

    async def end(self, state: str) -> Journey:
        """Once for each state: InvalidError("state_invalid")."""
        scope, said = self._opened(state)
        if said["until"] < time.time():
            raise invalid()
        try:
            # Of two at once, one gets it.
            kept = await command(self._redis, "GETDEL", _key(scope, said["nonce"]))
        except AWAY as error:
            raise _redis_away() from error
        if kept is None:
            raise invalid()
        verifier = self._vault.open(scope, _VERIFIER, kept)
        return Journey(scope, said["provider"], UUID(said["by"]), verifier)

    def _opened(self, state: str) -> tuple[Scope, dict[str, Any]]:
        try:
            if len(state) > _LONGEST:
                raise invalid()
            raw = base64.b64decode(state + "=" * (-len(state) % 4), altchars=b"-_", validate=True)
            if len(raw) <= _IDS:
                raise invalid()
            scope = Scope(organisation_id=UUID(bytes=raw[:16]), space_id=UUID(bytes=raw[16:_IDS]))
            opened = self._vault.open(scope, _PURPOSE, raw[_IDS:])
        except (binascii.Error, ValueError, UnavailableError):
            raise invalid() from None
        return scope, orjson.loads(opened)


def invalid() -> InvalidError:
    return InvalidError(
        "This way of connecting is used, too old, or none of ours: begin again.",
        code="state_invalid",
    )


def _key(scope: Scope, nonce: str) -> str:
    return f"{{{scope.space_id}}}:{scope.organisation_id}:oauth:{nonce}"


def _redis_away() -> UnavailableError:
    return UnavailableError("Connecting is not possible right now.", code="states_unavailable")
