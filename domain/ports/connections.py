"""Grants that a space's people gave to other services: OAuth 2, refreshed before they end."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol
from uuid import UUID

from models.payloads.scope import Scope
from models.states import ConnectionState as ConnectionState  # noqa: PLC0414 - the port re-exports it


@dataclass(frozen=True, slots=True)
class Connection:
    provider: str
    """google_analytics, …"""
    state: ConnectionState
    account: str
    """What the provider calls it, for people."""
    scopes: tuple[str, ...]
    connected_by: UUID
    connected_at: datetime
    expires_at: datetime | None


class Connections(Protocol):
    async def all(self, scope: Scope) -> Sequence[Connection]: ...

    async def begin(self, scope: Scope, provider: str, *, by: UUID) -> str:
        """The address to send the person to; its state is signed, single-use and ends in 10
        minutes. InvalidError("provider_unknown"), UnavailableError("provider_not_configured")."""

    async def complete(self, state: str, code: str) -> tuple[Scope, Connection]:
        """Back from the provider. InvalidError("state_invalid"), InvalidError("grant_refused")."""

    async def token(self, scope: Scope, provider: str) -> str:
        """An access token that is good for five more minutes; of all that ask at once in all
        processes one refreshes. NotFoundError("not_connected"), ConflictError("reconnect"),
        UnavailableError("provider_away")."""

    async def refused(self, scope: Scope, provider: str, token: str) -> None:
        """The provider took this token no more: whoever asks next gets another, or hears that a
        person must connect again."""

    async def disconnect(self, scope: Scope, provider: str, *, by: UUID) -> None:
        """Revoke at the provider as far as it answers, and forget."""
