"""Sign in in a browser, see who that is, sign out."""

from typing import Annotated, Any, Final
from uuid import UUID

from fastapi import APIRouter, Query, Request, Response

from api import cookies
from api.dependencies import Edge, TheEdge, bearer
from api.routes.documentation import failures
from api.schemas.session import (
    MySpace,
    OrganisationView,
    PersonView,
    SessionView,
    SignInRequest,
    UserView,
)
from api.site import own_request
from domain.ports.identity import Caller, Role
from domain.ports.web_sessions import Person
from models.errors import AccessError, NotFoundError
from models.payloads.scope import Scope

router = APIRouter(prefix="/v1/session", tags=["session"])

# Each is a question to a cache.
_SPACES: Final = 100
_OPEN: Final[dict[str, Any]] = {"security": []}


@router.get("", operation_id="getSession", responses=failures(), openapi_extra=_OPEN)
async def who(edge: TheEdge, request: Request, response: Response) -> SessionView:
    """Who is signed in, by the cookie or by a token; signed out is an answer, too."""
    if "authorization" in request.headers:
        return await _view(edge, (await bearer(request)).caller, None)
    session = await cookies.session_of(edge.ports, edge.site, request)
    if session is not None:
        return await _view(edge, session.caller, session.csrf)
    if cookies.secret_of(edge.site, request) is not None:
        cookies.take_back(edge.site, request, response)
    people = await _people(edge, request)
    return SessionView(signed_in=False, people=[_person(one) for one in people])


@router.post("", operation_id="signIn", responses=failures(), openapi_extra=_OPEN)
async def sign_in(
    edge: TheEdge, request: Request, response: Response, body: SignInRequest
) -> SessionView:
    """Begin a session, as a person of those that the deployment lists, or by a bearer token. The
    answer sets its cookie; a session that the browser had ends."""
    # Nobody shall be signed in as somebody else by a page that they only look at.
    if not own_request(edge.site, request):
        raise AccessError("Sign in on a page of this site.", code="origin_foreign")
    caller = await _caller(edge, request, body)
    former = await cookies.session_of(edge.ports, edge.site, request)
    if former is not None:
        await edge.ports.sessions.end(former)
    secret, session = await edge.ports.sessions.begin(caller)
    view = await _view(edge, session.caller, session.csrf)
    cookies.hand_out(edge.site, request, response, secret, session.ends_at.timestamp())
    return view


@router.delete(
    "", status_code=204, operation_id="signOut", response_class=Response, responses=failures()
)
async def sign_out(
    edge: TheEdge,
    request: Request,
    *,
    everywhere: Annotated[
        bool, Query(description="In all browsers, as far as this organisation goes")
    ] = False,
) -> Response:
    """End the session; 204 as well when there is none."""
    answer = Response(status_code=204)
    session = await cookies.session_of(edge.ports, edge.site, request)
    if session is not None:
        cookies.check_csrf(edge.site, request, session)
        await edge.ports.sessions.end(session, everywhere=everywhere)
    cookies.take_back(edge.site, request, answer)
    return answer


async def _caller(edge: Edge, request: Request, body: SignInRequest) -> Caller:
    if body.token is not None:
        return await edge.ports.verifier.verify(body.token)
    assert body.person is not None  # noqa: S101 - the body has one of the two
    if not edge.site.is_reached_as_it_should(request):
        raise AccessError("Nobody signs in here by this name.", code="origin_foreign")
    return await edge.ports.sign_in.sign_in(body.person)


async def _people(edge: Edge, request: Request) -> list[Person]:
    if not edge.site.is_reached_as_it_should(request):
        return []
    return list(await edge.ports.sign_in.people())


async def _view(edge: Edge, caller: Caller, csrf: str | None) -> SessionView:
    chosen = list(caller.spaces)[:_SPACES]
    return SessionView(
        signed_in=True,
        csrf=csrf,
        user=UserView(id=caller.user_id, name=caller.name or None),
        organisation=OrganisationView(id=caller.organisation_id),
        spaces=[
            MySpace(
                id=space,
                name=await _name(edge, caller, space),
                role=caller.spaces[space],
            )
            for space in chosen
        ],
    )


async def _name(edge: Edge, caller: Caller, space: UUID) -> str:
    scope = Scope(organisation_id=caller.organisation_id, space_id=space)
    try:
        return str((await edge.ports.spaces.context(scope)).get("name", ""))
    except NotFoundError:
        return ""  # nobody has been there yet: its row comes with the first who is


def _person(one: Person) -> PersonView:
    role = max(one.caller.spaces.values(), key=list(Role).index)
    return PersonView(id=one.id, name=one.name, role=role, organisation=one.organisation)
