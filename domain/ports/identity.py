"""Who is asking, and where they may go."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol
from uuid import UUID

from models.payloads.scope import Scope
from models.states import Role as Role  # noqa: PLC0414 - the port re-exports it

PROFILE_CHARACTERS = 8_000
"""It stands before every turn's question: some 2,000 tokens."""


@dataclass(frozen=True, slots=True)
class Caller:
    """What the token's claims say; they decide, rows only mirror them."""

    user_id: UUID
    organisation_id: UUID
    spaces: Mapping[UUID, Role]
    token_id: str
    tier: str = ""
    """What the organisation has paid for; empty: the deployment's default."""
    name: str = ""
    """For people, where the issuer says it."""
    mirrored: bool = True
    """Rows follow its claims. Not so those of a key, whose role may be less than its owner's."""
    claimed_at: float = 0.0
    """When its claims were made, in seconds since 1970: rows follow the newest."""
    expires_at: float | None = None
    """Until when the credential is taken, in seconds since 1970; None: it does not end by itself.
    A socket ends then."""


class TokenVerifier(Protocol):
    async def verify(self, token: str) -> Caller:
        """IdentityError with code token_expired or token_invalid."""


class Tickets(Protocol):
    """Single-use stream tickets, for readers that can set no headers. A stream is named by the id
    of its conversation, its run or its document."""

    async def issue(self, caller: Caller, scope: Scope, conversation_id: UUID) -> str: ...

    async def redeem(self, ticket: str, conversation_id: UUID) -> tuple[Caller, Scope]:
        """IdentityError("ticket_invalid") when used, expired, unknown or for another
        conversation."""


class Spaces(Protocol):
    async def context(self, scope: Scope) -> dict[str, Any]:
        """The space's name, voice and integrations: one query, cached for 5 minutes under a space
        key. NotFoundError("space_not_found") when the space has no row."""

    async def mirror(self, caller: Caller, scope: Scope) -> None:
        """Make rows for the organisation, space and membership that a valid token names."""

    async def profile(self, scope: Scope) -> str:
        """What the space says of its business: plain text of PROFILE_CHARACTERS at most, empty
        until somebody writes it. Never cached: whoever wrote it reads it at once."""

    async def set_profile(self, scope: Scope, text: str) -> None:
        """Put another in its place; empty takes it away."""
