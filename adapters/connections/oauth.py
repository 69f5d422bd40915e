"""Connections by OAuth 2: made by a person, refreshed by one process at a time."""

import asyncio
import random
from collections.abc import Iterable, Sequence
from typing import Final
from uuid import UUID

import structlog

from adapters.connections.google import ANALYTICS
from adapters.connections.provider import (
    Grant,
    GrantEndedError,
    Provider,
    away,
    not_configured,
    refused,
)
from adapters.connections.state import Journeys
from adapters.store.connections import Claim, PostgresGrants, SealedGrant, Standing
from domain.ports.connections import Connection, ConnectionState
from domain.ports.vault import Vault
from models.errors import AppError, InvalidError, NotFoundError, UnavailableError
from models.payloads.scope import Scope

# Every service that anybody can connect to, for a name that is known but not configured.
KNOWN: Final = frozenset({ANALYTICS})
_ACCESS: Final = "oauth.access"
_REFRESH: Final = "oauth.refresh"
# As long as a lease lasts, and one more request.
PATIENCE: Final = 25.0  # seconds
LOOK: Final = 0.1  # seconds between two looks at what another process does
_CODE_CHARACTERS: Final = 2_000

log = structlog.get_logger(__name__)


class OAuthConnections:
    """Implements `domain.ports.connections.Connections`. Belongs to one event loop."""

    def __init__(
        self,
        grants: PostgresGrants,
        vault: Vault,
        journeys: Journeys,
        providers: Iterable[Provider],
    ) -> None:
        self._grants = grants
        self._vault = vault
        self._journeys = journeys
        self._providers = {provider.name: provider for provider in providers}
        self._refreshing: set[asyncio.Task[str | None]] = set()

    async def all(self, scope: Scope) -> Sequence[Connection]:
        return await self._grants.all(scope)

    async def begin(self, scope: Scope, provider: str, *, by: UUID) -> str:
        known = self._provider(provider)
        state, journey = await self._journeys.begin(scope, provider, by=by)
        return await known.address(state, journey.verifier)

    async def complete(self, state: str, code: str) -> tuple[Scope, Connection]:
        journey = await self._journeys.end(state)
        if not 0 < len(code) <= _CODE_CHARACTERS:
            raise refused("The provider gave no code.")
        scope, provider = journey.scope, self._provider(journey.provider)
        grant = await provider.exchange(code, journey.verifier)
        made = await self._grants.put(
            scope, provider.name, self._sealed(scope, provider, grant), by=journey.by
        )
        return scope, made

    async def token(self, scope: Scope, provider: str) -> str:
        self._provider(provider)
        loop = asyncio.get_running_loop()
        until = loop.time() + PATIENCE
        while True:
            standing = await self._grants.standing(scope, provider)
            if standing is None:
                raise NotFoundError(
                    f"This space is not connected to {provider}: a person has to connect it.",
                    code="not_connected",
                )
            if standing.state is ConnectionState.RECONNECT:
                raise _ended(provider)
            if standing.fresh or (standing.away and standing.usable):
                return self._opened(scope, provider, standing)
            if standing.away or loop.time() > until:
                raise away(provider)
            token = await self._refreshed(scope, provider)
            if token is not None:
                return token
            await asyncio.sleep(LOOK * random.uniform(1.0, 2.0))  # noqa: S311 - jitter

    async def refused(self, scope: Scope, provider: str, token: str) -> None:
        """The provider does not take this token any more: the next one is asked for anew."""
        standing = await self._grants.standing(scope, provider)
        if standing is None or standing.access_token is None:
            return
        if self._opened(scope, provider, standing) == token:
            await self._grants.spoil(scope, provider, standing.access_token)

    async def disconnect(self, scope: Scope, provider: str, *, by: UUID) -> None:
        sealed = await self._grants.refresh_token(scope, provider)
        if not await self._grants.forget(scope, provider, by=by):
            raise NotFoundError("There is no such connection.", code="not_connected")
        if sealed is None or provider not in self._providers:
            return
        try:
            token = self._vault.open(scope, _purpose(_REFRESH, provider), sealed)
            await self._providers[provider].revoke(token)
        except AppError as error:
            # Forgotten here all the same; the person can take it back there.
            log.warning("connection.unrevoked", provider=provider, code=error.code)

    def _provider(self, name: str) -> Provider:
        if name in self._providers:
            return self._providers[name]
        if name in KNOWN:
            raise not_configured(name)
        raise InvalidError("There is no such provider.", code="provider_unknown")

    async def _refreshed(self, scope: Scope, provider: str) -> str | None:
        """None when somebody else is at it. A request that has been sent is seen to its end:
        a provider may have given a new refresh token, and taken back the old one."""
        claim = await self._grants.claim(scope, provider)
        if claim is None:
            return None
        task = asyncio.create_task(self._refresh(scope, self._providers[provider], claim))
        self._refreshing.add(task)
        task.add_done_callback(self._refreshing.discard)
        task.add_done_callback(_heard)
        return await asyncio.shield(task)

    async def _refresh(self, scope: Scope, provider: Provider, claim: Claim) -> str | None:
        """None when it was overtaken: what stands now is newer."""
        try:
            held = self._vault.open(scope, _purpose(_REFRESH, provider.name), claim.refresh_token)
            grant = await provider.refresh(held)
        except GrantEndedError as error:
            await self._grants.ended(scope, provider.name, claim, error.code)
            raise _ended(provider.name) from None
        except UnavailableError as error:
            # Whoever waits is told at once; a token that still lives for a minute will do.
            await self._grants.away(scope, provider.name, claim)
            if error.retryable:
                return None
            raise
        sealed = self._sealed(scope, provider, grant)
        written = await self._grants.refreshed(
            scope,
            provider.name,
            claim,
            access_token=sealed.access_token,
            refresh_token=sealed.refresh_token if grant.refresh_token else None,
            lasts=grant.lasts,
        )
        return grant.access_token if written else None

    def _sealed(self, scope: Scope, provider: Provider, grant: Grant) -> SealedGrant:
        access, refresh = (
            self._vault.seal(scope, _purpose(kind, provider.name), text)
            for kind, text in ((_ACCESS, grant.access_token), (_REFRESH, grant.refresh_token or ""))
        )
        return SealedGrant(
            access, refresh, grant.lasts, grant.account, grant.scopes or provider.scopes
        )

    def _opened(self, scope: Scope, provider: str, standing: Standing) -> str:
        sealed = standing.access_token or b""
        return self._vault.open(scope, _purpose(_ACCESS, provider), sealed)


def _purpose(kind: str, provider: str) -> str:
    return f"{kind}.{provider}"


def _ended(provider: str) -> GrantEndedError:
    return GrantEndedError(
        f"The connection to {provider} has ended: a person in this space has to connect it again."
    )


def _heard(task: asyncio.Task[str | None]) -> None:
    """Nobody may wait any more; then its failure is in the log at the least."""
    if not task.cancelled() and (error := task.exception()) is not None:
        log.info("connection.refresh_failed", error=type(error).__name__)
