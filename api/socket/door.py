"""Who comes in: the first message says, and later ones may bring a newer token."""

import asyncio
import hmac
import time
from dataclasses import dataclass, field, replace
from typing import Final

from pydantic import ValidationError

from api import problems
from api.admission import Context, Identified, admit, identify
from api.ports import Ports
from api.socket.message import Auth, parse, read, ref_of
from api.socket.wire import Wire, reply
from domain.ports.identity import Role
from domain.ports.places import Place
from models.errors import AccessError, AppError, BadRequestError, IdentityError
from models.payloads.scope import Scope

# How a socket is closed after an answer of this status; after others it is 4000.
_CLOSES: Final = {401: 4001, 403: 4003, 429: 4029, 500: 1011, 503: 1013}
_REFUSED: Final = 4000


class EndError(Exception):
    """The socket ends: with this code and reason."""

    def __init__(self, code: int, reason: str) -> None:
        super().__init__(reason)
        self.code, self.reason = code, reason


@dataclass(frozen=True, slots=True)
class Visitor:
    """What came with the handshake."""

    request_id: str
    cookie: str | None = field(default=None, repr=False)
    """The secret of a browser's session."""
    own: bool = False
    """No other site's page opened it."""


class Hall:
    """Sockets that have not said yet whose they are: a place in it is all that a stranger gets."""

    def __init__(self, most: int) -> None:
        self.free = most

    def __enter__(self) -> None:
        self.free -= 1

    def __exit__(self, *_: object) -> None:
        self.free += 1


@dataclass(frozen=True, slots=True)
class Entry:
    """Somebody who may be here, and what they showed: it is looked at again from time to time."""

    context: Context
    shown: Auth
    ref: str | int | None

    def seconds_left(self) -> float | None:
        """Until the credential is taken no longer; None: it does not end by itself."""
        ends = self.context.caller.expires_at
        return None if ends is None else ends - time.time()


class Door:
    """One visitor's way in. Everything raises EndError after having said why, and LeftError."""

    def __init__(
        self, wire: Wire, ports: Ports, visitor: Visitor, openings: asyncio.Semaphore
    ) -> None:
        self._wire, self._ports = wire, ports
        self._visitor, self._openings = visitor, openings

    async def enter(self, seconds: float) -> tuple[Entry, Place]:
        """Hear who it is, and give them one of their places."""
        ref = None
        try:
            document = read(await self._first(seconds))
            ref = ref_of(document)
            shown = parse(document)
            if not isinstance(shown, Auth):
                raise IdentityError("Say first who you are: `auth`.", code="unauthenticated")
            async with self._openings:
                context = await self.recognise(shown)
            caller = context.caller
            place = await self._ports.places.take(caller.organisation_id, caller.user_id)
            return Entry(context, shown, ref), place
        except ValidationError as error:
            problem = problems.of_invalid(self._visitor.request_id, error.errors())
        except AppError as error:
            problem = problems.of_error(self._visitor.request_id, error)
        raise await self.refuse(problem, ref)

    async def refuse(self, problem: problems.Problem, ref: str | int | None) -> EndError:
        """Say why; what is to be raised."""
        await self._wire.tell(problem | reply("error", ref))
        return EndError(_CLOSES.get(problem["status"], _REFUSED), problem["code"])

    async def recognise(self, shown: Auth) -> Context:
        """Who shows this, in the space that it is for. IdentityError, AccessError,
        BadRequestError; UnavailableError."""
        identified = await self._identify(shown)
        space_id = shown.space_id or identified.space_id
        if space_id is None:
            raise BadRequestError("Say which space: space_id is missing.", code="space_required")
        caller = identified.caller
        scope = Scope(organisation_id=caller.organisation_id, space_id=space_id)
        return await admit(self._ports, caller, scope, Role.VIEWER, self._visitor.request_id)

    async def _identify(self, shown: Auth) -> Identified:
        if shown.token is not None:
            return await identify(self._ports, shown.token)
        cookie = self._visitor.cookie
        session = None if cookie is None else await self._ports.sessions.find(cookie)
        if session is None:
            raise IdentityError("Sign in again.", code="session_ended")
        given = (shown.csrf or "").encode()
        if not self._visitor.own or not hmac.compare_digest(given, session.csrf.encode()):
            raise AccessError(
                "Send the csrf of GET /v1/session, from a page of this site.", code="csrf_invalid"
            )
        caller = replace(session.caller, expires_at=session.ends_at.timestamp())
        return Identified(caller, next(iter(caller.spaces)) if len(caller.spaces) == 1 else None)

    async def _first(self, seconds: float) -> str:
        try:
            async with asyncio.timeout(seconds):
                heard = await self._wire.hear()
        except TimeoutError:
            detail = f"Nobody said within {seconds:g} s who this is."
            raise IdentityError(detail, code="auth_timeout") from None
        return as_text(heard)


def as_text(heard: str | bytes) -> str:
    """BadRequestError("message_binary")."""
    if isinstance(heard, bytes):
        raise BadRequestError("Messages are text.", code="message_binary")
    return heard
