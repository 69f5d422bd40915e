"""Who asks, where, and with which ports: types that stand in a route's signature."""

import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Annotated, Final
from uuid import UUID

import structlog
from fastapi import Depends, Header, Query, Request

from api.bulk import Bulk
from api.metrics import Metrics
from api.ports import Limits, Ports
from api.progress import Watching
from api.streaming import EventStream, Frames
from domain.ports.conversations import Conversation, ConversationKind
from domain.ports.identity import Caller, Role
from models import ids
from models.errors import AccessError, BadRequestError, IdentityError, InvalidError, NotFoundError
from models.payloads.scope import LogKey, Scope

SPACE_HEADER: Final = "x-space-id"
# Keys are kept nowhere but in ids derived from them; longer ones are a mistake.
KEY_CHARACTERS: Final = 200
_KEY: Final = re.compile(rf"[\x21-\x7e]{{1,{KEY_CHARACTERS}}}")


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


def ports(request: Request) -> Ports:
    found: Ports = request.app.state.ports
    return found


@dataclass(frozen=True, slots=True)
class Edge:
    """The whole of it, for routes that stream."""

    ports: Ports
    limits: Limits
    metrics: Metrics
    uploads: Bulk
    bulk: Bulk
    watching: Watching

    def stream(self, frames: Frames, headers: dict[str, str] | None = None) -> EventStream:
        return EventStream(
            frames,
            metrics=self.metrics,
            ping=self.limits.ping,
            slow_write=self.limits.slow_write,
            headers=headers,
        )


def edge(request: Request) -> Edge:
    state = request.app.state
    return Edge(state.ports, state.limits, state.metrics, state.uploads, state.bulk, state.watching)


# Dependencies are coroutines throughout: FastAPI runs a plain function in a thread, which costs
# more than all that ours do.
async def _the_ports(request: Request) -> Ports:
    return ports(request)


async def _the_edge(request: Request) -> Edge:
    return edge(request)


ThePorts = Annotated[Ports, Depends(_the_ports)]
TheEdge = Annotated[Edge, Depends(_the_edge)]


def chosen_space(request: Request) -> UUID:
    """The one space of `X-Space-Id`; 400 when it is missing, repeated or no UUID."""
    given = request.headers.getlist(SPACE_HEADER)
    if not given:
        raise BadRequestError("Say which space: X-Space-Id is missing.", code="space_required")
    try:
        space = UUID(given[0])
    except ValueError:
        space = None
    # UUID() also reads braces, URNs and bare digits.
    if len(given) > 1 or space is None or str(space) != given[0].lower():
        raise BadRequestError("X-Space-Id must be one UUID, once.", code="space_invalid")
    return space


async def _signed_in(request: Request) -> Caller:
    given = request.headers.getlist("authorization")
    scheme, _, token = given[0].partition(" ") if len(given) == 1 else ("", "", "")
    if scheme.lower() != "bearer" or not token.strip():
        raise IdentityError("Send one bearer token.", code="unauthenticated")
    return await ports(request).verifier.verify(token.strip())


async def _context(request: Request, role: Role) -> Context:
    caller = await _signed_in(request)
    space = chosen_space(request)
    scope = Scope(organisation_id=caller.organisation_id, space_id=space)
    return await _admitted(request, caller, scope, role)


async def _admitted(request: Request, caller: Caller, scope: Scope, role: Role) -> Context:
    held = caller.spaces.get(scope.space_id)
    if held is None:
        raise AccessError("You are not in this space.", code="space_forbidden")
    if not held.includes(role):
        raise AccessError(f"This needs the role {role.value}.", code="role_required")
    structlog.contextvars.bind_contextvars(space_id=str(scope.space_id))
    await ports(request).spaces.mirror(caller, scope)
    return Context(caller, scope, request.state.request_id)


def _holding(role: Role) -> Callable[[Request], Awaitable[Context]]:
    async def holder(request: Request) -> Context:
        return await _context(request, role)

    return holder


# scope="function": it is over before an answer streams.
Viewer = Annotated[Context, Depends(_holding(Role.VIEWER), scope="function")]
Member = Annotated[Context, Depends(_holding(Role.MEMBER), scope="function")]
Admin = Annotated[Context, Depends(_holding(Role.ADMIN), scope="function")]


async def _reader(
    request: Request,
    conversation_id: UUID,
    ticket: Annotated[
        str | None,
        Query(max_length=200, description="From `POST /v1/stream-tickets`, instead of headers"),
    ] = None,
) -> Context:
    """A viewer by token, or by a ticket where no headers can be set."""
    if ticket is None or "authorization" in request.headers:
        return await _context(request, Role.VIEWER)
    caller, scope = await ports(request).tickets.redeem(ticket, conversation_id)
    return await _admitted(request, caller, scope, Role.VIEWER)


async def _run_reader(
    request: Request,
    run_id: UUID,
    ticket: Annotated[
        str | None,
        Query(max_length=200, description="From `POST /v1/stream-tickets`, instead of headers"),
    ] = None,
) -> Context:
    return await _reader(request, run_id, ticket)


async def _document_reader(
    request: Request,
    document_id: UUID,
    ticket: Annotated[
        str | None,
        Query(max_length=200, description="From `POST /v1/stream-tickets`, instead of headers"),
    ] = None,
) -> Context:
    return await _reader(request, document_id, ticket)


Reader = Annotated[Context, Depends(_reader, scope="function")]
DocumentReader = Annotated[Context, Depends(_document_reader, scope="function")]
RunReader = Annotated[Context, Depends(_run_reader, scope="function")]


async def visible(the: Ports, scope: Scope, conversation_id: UUID) -> Conversation:
    """The chat, or 404: unknown, foreign and an agent run's log look the same."""
    found = await the.conversations.get(scope, conversation_id)
    if found.kind is not ConversationKind.CHAT:
        raise unknown_conversation()
    return found


def unknown_conversation() -> NotFoundError:
    return NotFoundError("There is no such conversation.", code="conversation_not_found")


async def idempotency_key(
    key: Annotated[
        str | None,
        Header(
            alias="Idempotency-Key",
            description="Repeating a request with the same key creates nothing new",
        ),
    ] = None,
) -> str | None:
    if key is not None and not _KEY.fullmatch(key):
        raise InvalidError(
            f"Idempotency-Key is 1 to {KEY_CHARACTERS} visible ASCII characters.",
            code="idempotency_key_invalid",
        )
    return key


IdempotencyKey = Annotated[str | None, Depends(idempotency_key)]


def message_id(given: UUID | None, key: str | None) -> UUID | None:
    """The message's id: its own, or the one that its key stands for."""
    if given is not None:
        return given
    return None if key is None else ids.message_id_from_key(key)
