"""Grants of one provider, in memory."""

from collections.abc import Sequence
from uuid import UUID, uuid4

from domain.ports.connections import Connection, ConnectionState
from models.errors import (
    InvalidError,
    NotFoundError,
)
from models.payloads.scope import Scope
from tests.api.fakes.clock import NOW


class MemoryGrants:
    """One provider, `google_analytics`; its address leads back at once."""

    def __init__(self) -> None:
        self.kept: dict[tuple[UUID, str], Connection] = {}
        self.journeys: dict[str, tuple[Scope, str, UUID]] = {}

    async def all(self, scope: Scope) -> Sequence[Connection]:
        return [kept for (space, _), kept in self.kept.items() if space == scope.space_id]

    async def begin(self, scope: Scope, provider: str, *, by: UUID) -> str:
        if provider != "google_analytics":
            raise InvalidError("There is no such provider.", code="provider_unknown")
        state = uuid4().hex
        self.journeys[state] = (scope, provider, by)
        return f"https://provider.example/auth?state={state}&redirect_uri=https://app.example/back"

    async def complete(self, state: str, code: str) -> tuple[Scope, Connection]:
        journey = self.journeys.pop(state, None)
        if journey is None:
            raise InvalidError("Begin again.", code="state_invalid")
        scope, provider, by = journey
        made = Connection(provider, ConnectionState.CONNECTED, "a@b.example", (), by, NOW, None)
        self.kept[scope.space_id, provider] = made
        return scope, made

    async def token(self, scope: Scope, provider: str) -> str:
        raise AssertionError("the edge asks for no token")

    async def refused(self, scope: Scope, provider: str, token: str) -> None:
        raise AssertionError("the edge has no token")

    async def disconnect(self, scope: Scope, provider: str, *, by: UUID) -> None:
        if self.kept.pop((scope.space_id, provider), None) is None:
            raise NotFoundError("There is no such connection.", code="not_connected")
