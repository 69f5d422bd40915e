"""What is asked of an OAuth 2 provider, through authlib: a client for each request, since it keeps
the token that it got."""

import base64
import binascii
import re
import ssl
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from functools import cache
from typing import Any, Final

import httpx2
import orjson
import structlog
from authlib.integrations.base_client import OAuthError  # type: ignore[import-untyped]  # no stubs
from authlib.integrations.httpx_client import AsyncOAuth2Client  # type: ignore[import-untyped]

from models.errors import ConflictError, InvalidError, UnavailableError

# Shorter than the lease under which a token is refreshed.
TIMEOUT: Final = httpx2.Timeout(8.0, connect=3.0)
# For a provider that does not say how long its tokens last.
ASSUMED: Final = timedelta(minutes=10)
_LONGEST: Final = timedelta(days=30)
_ERROR: Final = re.compile(r"[a-z_]{1,60}")
# What says that the operator's own credentials are wrong.
_OURS: Final = frozenset({"invalid_client", "unauthorized_client"})

log = structlog.get_logger(__name__)


class GrantEndedError(ConflictError):
    """The person took the grant back, or it has ended."""

    code = "reconnect"


@dataclass(frozen=True, slots=True)
class Grant:
    access_token: str = field(repr=False)
    refresh_token: str | None = field(repr=False)
    lasts: timedelta
    scopes: tuple[str, ...]
    account: str


@dataclass(frozen=True, slots=True)
class Provider:
    """One service, and this deployment's registration with it."""

    name: str
    client_id: str
    client_secret: str = field(repr=False)
    authorize_url: str
    token_url: str
    revoke_url: str
    redirect_url: str
    scopes: tuple[str, ...]
    needed: frozenset[str] = frozenset()
    """People may grant less than was asked for, and never less than this."""
    extra: Mapping[str, str] = field(default_factory=dict)
    """Parameters of the authorization address."""

    async def address(self, state: str, verifier: str) -> str:
        """Where to send the person; nothing is asked of the provider yet."""
        async with self._client() as client:
            address, _ = client.create_authorization_url(
                self.authorize_url, state=state, code_verifier=verifier, **self.extra
            )
        return str(address)

    async def exchange(self, code: str, verifier: str) -> Grant:
        """InvalidError("grant_refused"), UnavailableError."""
        async with self._client() as client:
            try:
                async with self._named():
                    token = await client.fetch_token(
                        self.token_url, code=code, code_verifier=verifier
                    )
            except GrantEndedError:
                raise refused("The code is used, or too old.") from None
        grant = _grant(token)
        if grant.refresh_token is None or not self.needed <= set(grant.scopes or self.scopes):
            raise refused("Not everything that is needed was allowed.")
        return grant

    async def refresh(self, refresh_token: str) -> Grant:
        """GrantEndedError, UnavailableError."""
        async with self._client() as client, self._named():
            return _grant(await client.refresh_token(self.token_url, refresh_token=refresh_token))

    async def revoke(self, token: str) -> None:
        """UnavailableError when it could not be asked; what it answers is its own affair."""
        async with self._client() as client, self._named():
            await client.revoke_token(self.revoke_url, token=token)

    def _client(self) -> AsyncOAuth2Client:
        return AsyncOAuth2Client(
            client_id=self.client_id,
            client_secret=self.client_secret,
            # In the body: what providers read that came after the first ones.
            token_endpoint_auth_method="client_secret_post",  # noqa: S106 - a method's name
            revocation_endpoint_auth_method="client_secret_post",
            scope=" ".join(self.scopes),
            redirect_uri=self.redirect_url,
            code_challenge_method="S256",
            timeout=TIMEOUT,
            follow_redirects=False,
            trust_env=False,
            verify=_certificates(),
        )

    @asynccontextmanager
    async def _named(self) -> AsyncIterator[None]:
        """Name what goes wrong. The provider's own words stay out of it, and so does the cause:
        both may hold a token."""
        try:
            yield
        except OAuthError as error:
            code = error.error if _ERROR.fullmatch(str(error.error)) else "unknown"
            raise self._error(code) from None
        except (httpx2.HTTPError, ValueError, KeyError, TypeError) as error:
            log.warning("oauth.away", provider=self.name, error=type(error).__name__)
            raise away(self.name) from None

    def _error(self, code: str) -> Exception:
        if code == "invalid_grant":
            return GrantEndedError(
                f"The connection to {self.name} has ended: a person must connect it again."
            )
        log.error("oauth.refused", provider=self.name, error=code)
        if code in _OURS:
            return not_configured(self.name)
        return away(self.name)


@cache
def _certificates() -> ssl.SSLContext:
    """Reading them takes longer than all else here."""
    return ssl.create_default_context()


def refused(why: str) -> InvalidError:
    return InvalidError(f"The connection was not made. {why}", code="grant_refused")


def away(provider: str) -> UnavailableError:
    return UnavailableError(f"{provider} does not answer now.", code="provider_away")


def not_configured(provider: str) -> UnavailableError:
    return UnavailableError(
        f"This deployment has no registration with {provider}: its operator has to set one up.",
        code="provider_not_configured",
        retryable=False,
    )


def _grant(token: Mapping[str, Any]) -> Grant:
    """ValueError, KeyError or TypeError for an answer that is none."""
    access, refresh = token["access_token"], token.get("refresh_token")
    if not isinstance(access, str) or not access or not isinstance(refresh, str | None):
        raise ValueError("an answer without a token")
    seconds = token.get("expires_in")
    lasts = ASSUMED if seconds is None else timedelta(seconds=float(seconds))
    if not timedelta() < lasts:
        raise ValueError("a token that has ended")
    return Grant(
        access_token=access,
        refresh_token=refresh,
        lasts=min(lasts, _LONGEST),
        scopes=tuple(str(token.get("scope") or "").split()),
        account=_account(token.get("id_token")),
    )


def _account(id_token: object) -> str:
    """Whose account it is, for people to read: it came straight from the provider over TLS, and
    nothing is decided by it."""
    try:
        body = str(id_token).split(".")[1]
        claims = orjson.loads(base64.urlsafe_b64decode(body + "=" * (-len(body) % 4)))
        return str(claims["email"])[:320]
    except (IndexError, KeyError, TypeError, ValueError, binascii.Error):
        return ""
