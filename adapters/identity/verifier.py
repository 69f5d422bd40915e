"""Bearer tokens: signature, issuer, audience, times, and the claims' shape."""

import time
from collections.abc import Callable
from datetime import timedelta
from uuid import UUID

import structlog
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from adapters.identity.keys import KeySource
from adapters.identity.signature import SignatureError, UnknownKeyError, payload
from domain.ports.identity import Caller, Role
from models.errors import IdentityError

log = structlog.get_logger(__name__)


class _Claims(BaseModel):
    """Times are seconds since 1970; a token of ours names each of its spaces with a role."""

    model_config = ConfigDict(extra="ignore", allow_inf_nan=False)

    iss: str
    aud: str | list[str]
    sub: UUID
    org: UUID
    spaces: dict[UUID, Role]
    jti: str = Field(min_length=1, max_length=200)
    exp: float
    iat: float
    nbf: float | None = None
    tier: str = Field("", max_length=40)
    name: str = Field("", max_length=200)


class JwksVerifier:
    """Implements `domain.ports.identity.TokenVerifier`."""

    def __init__(
        self,
        keys: KeySource,
        *,
        issuer: str,
        audience: str,
        leeway: timedelta,
        now: Callable[[], float] = time.time,
    ) -> None:
        self._keys = keys
        self._issuer = issuer
        self._audience = audience
        self._leeway = leeway.total_seconds()
        self._now = now

    async def verify(self, token: str) -> Caller:
        try:
            signed = await self._signed(token)
            claims = _Claims.model_validate_json(signed)
        except SignatureError as error:
            raise _invalid(f"signature: {error}") from None
        except ValidationError as error:
            raise _invalid(f"claims: {error.error_count()} wrong") from None
        self._check(claims)
        return Caller(
            user_id=claims.sub,
            organisation_id=claims.org,
            spaces=claims.spaces,
            token_id=claims.jti,
            tier=claims.tier,
            name=claims.name,
            claimed_at=claims.iat,
            expires_at=claims.exp + self._leeway,
        )

    async def _signed(self, token: str) -> bytes:
        try:
            return payload(token, await self._keys.current())
        except UnknownKeyError:
            return payload(token, await self._keys.renewed())

    def _check(self, claims: _Claims) -> None:
        audiences = [claims.aud] if isinstance(claims.aud, str) else claims.aud
        if claims.iss != self._issuer or self._audience not in audiences:
            raise _invalid("issuer or audience")
        now = self._now()
        if max(claims.iat, claims.nbf or claims.iat) > now + self._leeway:
            raise _invalid("from the future")
        if claims.exp <= now - self._leeway:
            raise IdentityError("The token has expired.", code="token_expired")


def _invalid(why: str) -> IdentityError:
    """Callers learn that it is refused; operators why."""
    log.info("token.refused", why=why)
    return IdentityError("The token is not valid here.", code="token_invalid")
