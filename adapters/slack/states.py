"""Tokens that go round by a person: signed, for one purpose, used once, at an end soon."""

import hashlib
import hmac
import time
from collections.abc import Callable, Mapping
from typing import Any, Final
from uuid import uuid4

from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import OctKey
from redis.asyncio import Redis

from adapters.events.connection import AWAY, command
from models.errors import InvalidError, UnavailableError

SECONDS: Final = 600
# Ours have some 400 characters.
_LONGEST: Final = 2_000
_PREFIX: Final = "slack-state:"


class States:
    """What a token says is signed; that it is unused stands in Redis. When Redis forgets, people
    begin again. The token is the only way to its key: it names its space inside."""

    def __init__(self, redis: Redis, secret: str, *, now: Callable[[], float] = time.time) -> None:
        """`secret` is the app's; the key is made from it and good for nothing else."""
        derived = hmac.new(secret.encode(), b"holdfast slack states", hashlib.sha256).digest()
        self._key = OctKey.import_key(derived)
        self._redis = redis
        self._now = now

    async def issue(self, purpose: str, claims: Mapping[str, str]) -> str:
        nonce = uuid4().hex
        said = {**claims, "aud": purpose, "jti": nonce, "exp": int(self._now()) + SECONDS}
        try:
            await command(self._redis, "SET", _PREFIX + nonce, purpose, "EX", SECONDS, "NX")
        except AWAY as error:
            raise _away() from error
        return jwt.encode({"alg": "HS256"}, said, self._key)

    async def read(self, purpose: str, token: str) -> Mapping[str, str]:
        """Look, and leave it unused. InvalidError, named by the purpose: state_invalid."""
        claims = self._claims(purpose, token)
        try:
            unused = await command(self._redis, "EXISTS", _PREFIX + claims["jti"])
        except AWAY as error:
            raise _away() from error
        if not unused:
            raise _refused(purpose)
        return claims

    async def redeem(self, purpose: str, token: str) -> Mapping[str, str]:
        """Use it up: of two at once, one gets it. InvalidError, as `read`."""
        claims = self._claims(purpose, token)
        try:
            unused = await command(self._redis, "GETDEL", _PREFIX + claims["jti"])
        except AWAY as error:
            raise _away() from error
        if not unused:
            raise _refused(purpose)
        return claims

    def _claims(self, purpose: str, token: str) -> dict[str, Any]:
        if len(token) > _LONGEST:
            raise _refused(purpose)
        try:
            claims = jwt.decode(token, self._key, algorithms=["HS256"]).claims
        except (JoseError, ValueError):
            raise _refused(purpose) from None
        if claims.get("aud") != purpose or claims.get("exp", 0) < self._now():
            raise _refused(purpose)
        return claims


def _refused(purpose: str) -> InvalidError:
    detail = "This link is used, too old or not from here."
    return InvalidError(detail, code=f"{purpose}_invalid")


def _away() -> UnavailableError:
    return UnavailableError("Links cannot be made or used now.", code="slack_links_unavailable")
