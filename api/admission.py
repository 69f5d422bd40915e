"""Who stands behind a credential, and whether they may enter a space: for requests and sockets."""

from dataclasses import dataclass
from uuid import UUID

import structlog

from api.ports import Ports
from domain.ports.api_keys import PREFIX
from domain.ports.identity import Caller, Role
from models.errors import AccessError
from models.payloads.scope import LogKey, Scope


@dataclass(frozen=True, slots=True)
class Identified:
    """`space_id` is set when the credential is good in one space alone."""

    caller: Caller
    space_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class Context:
    """A caller in one of its spaces."""

    caller: Caller
    scope: Scope
    request_id: str

    @property
    def role(self) -> Role:
        return self.caller.spaces[self.scope.space_id]

    def log(self, conversation_id: UUID) -> LogKey:
        return LogKey(scope=self.scope, conversation_id=conversation_id)


async def identify(ports: Ports, token: str) -> Identified:
    """By an API key or a token. IdentityError with code token_expired or token_invalid."""
    if token.startswith(PREFIX):
        return Identified(*await ports.keys.identify(token))
    return Identified(await ports.verifier.verify(token))


async def admit(ports: Ports, caller: Caller, scope: Scope, role: Role, request_id: str) -> Context:
    """AccessError with code space_forbidden or role_required."""
    held = caller.spaces.get(scope.space_id)
    if held is None:
        raise AccessError("You are not in this space.", code="space_forbidden")
    if not held.includes(role):
        raise AccessError(f"This needs the role {role.value}.", code="role_required")
    structlog.contextvars.bind_contextvars(space_id=str(scope.space_id))
    if caller.mirrored:
        await ports.spaces.mirror(caller, scope)
    return Context(caller, scope, request_id)
