"""Who asks, where, and with which ports: types that stand in a route's signature."""

import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Annotated, Final
from uuid import UUID

from fastapi import Depends, Header, Query, Request
from starlette.requests import HTTPConnection

from api import cookies, rates
from api.admission import Context as Context  # noqa: PLC0414 - routes find their types here
from api.admission import Identified, admit, identify
from api.bulk import Bulk
from api.metrics import Metrics
from api.origins import ORGANISATION
from api.ports import Limits, Ports
from api.progress import Watching
from api.site import Site
from api.streaming import EventStream, Frames
from domain.ports.conversations import Conversation, ConversationKind
from domain.ports.identity import Caller, Role
from models import ids
from models.errors import BadRequestError, IdentityError, InvalidError, NotFoundError
from models.payloads.scope import Scope

SPACE_HEADER: Final = "x-space-id"
# Keys are kept nowhere but in ids derived from them; longer ones are a mistake.
KEY_CHARACTERS: Final = 200
_KEY: Final = re.compile(rf"[\x21-\x7e]{{1,{KEY_CHARACTERS}}}")


def ports(request: HTTPConnection) -> Ports:
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
    site: Site

    def stream(
        self, frames: Frames, headers: dict[str, str] | None = None, *, retries: bool = True
    ) -> EventStream:
        return EventStream(
            frames,
            metrics=self.metrics,
            ping=self.limits.ping,
            slow_write=self.limits.slow_write,
            headers=headers,
            retries=retries,
        )


def edge(request: HTTPConnection) -> Edge:
    state = request.app.state
    return Edge(
        *(state.ports, state.limits, state.metrics, state.uploads, state.bulk),
        *(state.watching, state.site),
    )


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


async def bearer(request: Request) -> Identified:
    """IdentityError with code unauthenticated, token_expired or token_invalid."""
    given = request.headers.getlist("authorization")
    scheme, _, token = given[0].partition(" ") if len(given) == 1 else ("", "", "")
    if scheme.lower() != "bearer" or not token.strip():
        raise IdentityError("Send one bearer token.", code="unauthenticated")
    return _from_afar(request, await identify(ports(request), token.strip()))


def _from_afar(request: Request, identified: Identified) -> Identified:
    """By what another site's page can bring itself: whether it may read the answer is for the
    caller's organisation to say. A cookie is no such thing."""
    setattr(request.state, ORGANISATION, identified.caller.organisation_id)
    return identified


async def _signed_in(request: Request) -> Identified:
    """By a bearer token, or else by the cookie of a browser's session."""
    site: Site = request.app.state.site
    if "authorization" in request.headers or cookies.secret_of(site, request) is None:
        return await bearer(request)
    caller = (await cookies.signed_in(ports(request), site, request)).caller
    return Identified(caller, next(iter(caller.spaces)) if len(caller.spaces) == 1 else None)


async def _context(request: Request, role: Role) -> Context:
    identified = await _signed_in(request)
    caller, space = identified.caller, identified.space_id
    if space is None or SPACE_HEADER in request.headers:
        space = chosen_space(request)
    scope = Scope(organisation_id=caller.organisation_id, space_id=space)
    return await _admitted(request, caller, scope, role)


async def _admitted(request: Request, caller: Caller, scope: Scope, role: Role) -> Context:
    context = await admit(ports(request), caller, scope, role, request.state.request_id)
    await rates.count(request, context)
    return context


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
    _from_afar(request, Identified(caller, scope.space_id))
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


async def visible_run(the: Ports, scope: Scope, run_id: UUID) -> Conversation:
    """The run, or 404 in the same way."""
    missing = NotFoundError("There is no such run.", code="run_not_found")
    try:
        found = await the.conversations.get(scope, run_id)
    except NotFoundError:
        raise missing from None
    if found.kind is not ConversationKind.RUN:
        raise missing
    return found


async def of_kind(the: Ports, scope: Scope, log_id: UUID, kind: ConversationKind) -> Conversation:
    """Whichever of the two is meant."""
    looking = visible if kind is ConversationKind.CHAT else visible_run
    return await looking(the, scope, log_id)


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
