"""Who calls, and the tickets that stand for them."""

from uuid import UUID, uuid4

from domain.ports.identity import Caller, Role
from models.errors import (
    IdentityError,
)
from models.payloads.scope import Scope


class Verifier:
    """Knows the tokens that it was given."""

    def __init__(self) -> None:
        self.callers: dict[str, Caller] = {}

    async def verify(self, token: str) -> Caller:
        if token == "expired":
            raise IdentityError("The token has expired.", code="token_expired")
        if token not in self.callers:
            raise IdentityError("The token is not valid here.", code="token_invalid")
        return self.callers[token]


class MemoryTickets:
    def __init__(self) -> None:
        self.kept: dict[str, tuple[Caller, Scope, UUID]] = {}

    async def issue(self, caller: Caller, scope: Scope, conversation_id: UUID) -> str:
        ticket = uuid4().hex
        self.kept[ticket] = (caller, scope, conversation_id)
        return ticket

    async def redeem(self, ticket: str, conversation_id: UUID) -> tuple[Caller, Scope]:
        caller, scope, bound = self.kept.pop(ticket, (None, None, None))
        if caller is None or scope is None or bound != conversation_id:
            raise IdentityError("The ticket is used.", code="ticket_invalid")
        return caller, scope


def a_caller(scope: Scope, role: Role = Role.ADMIN, *more: UUID) -> Caller:
    spaces = {scope.space_id: role, **dict.fromkeys(more, role)}
    return Caller(uuid4(), scope.organisation_id, spaces, uuid4().hex)
