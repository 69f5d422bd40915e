"""Keys that programs call with: each for one space, with a role there, and an owner."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, Protocol
from uuid import UUID

from domain.ports.identity import Caller, Role
from models.payloads.scope import Scope

PREFIX: Final = "hf_"


@dataclass(frozen=True, slots=True)
class ApiKey:
    """What is known of one; the key itself is shown once, and kept nowhere."""

    id: UUID
    name: str
    prefix: str
    """Its first characters."""
    role: Role
    """At most: less while its owner has less."""
    user_id: UUID
    """Its owner: what it does, they do."""
    created_at: datetime
    expires_at: datetime | None
    last_used_at: datetime | None
    """To the hour."""


class ApiKeys(Protocol):
    async def create(
        self, scope: Scope, owner: Caller, name: str, role: Role, life: timedelta | None
    ) -> tuple[str, ApiKey]:
        """The key, and what is known of it. LimitError("api_keys_full")."""

    async def all(self, scope: Scope) -> Sequence[ApiKey]:
        """The newest first."""

    async def revoke(self, scope: Scope, key_id: UUID, *, by: UUID) -> None:
        """From here on it opens nothing. NotFoundError("api_key_not_found")."""

    async def identify(self, key: str) -> tuple[Caller, UUID]:
        """As whom it calls, and in which space. IdentityError with code token_expired or
        token_invalid."""
