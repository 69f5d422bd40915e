"""Connect a space to other services, and take it back."""

from typing import Annotated, Final
from urllib.parse import parse_qs, urlsplit

from fastapi import APIRouter, Cookie, Path, Query, Response
from starlette.responses import PlainTextResponse

from api.dependencies import Admin, ThePorts, Viewer
from api.routes.documentation import failures
from api.schemas.connections import ConnectionsView, ConnectionView, Departure
from models.errors import InvalidError

router = APIRouter(prefix="/v1/connections", tags=["connections"])

_CALLBACK: Final = "/callback"
_COOKIE: Final = "holdfast_connecting"
_SECONDS: Final = 600
_LONGEST: Final = 2_000

Provider = Annotated[
    str, Path(min_length=1, max_length=64, pattern="^[a-z_]+$", examples=["google_analytics"])
]
Returned = Annotated[str, Query(max_length=_LONGEST)]


@router.get(
    "", operation_id="listConnections", response_model=ConnectionsView, responses=failures()
)
async def all_of_space(the: ThePorts, context: Viewer) -> ConnectionsView:
    """The space's connections; never their tokens."""
    found = await the.connections.all(context.scope)
    return ConnectionsView(items=[ConnectionView.model_validate(one) for one in found])


@router.get(
    _CALLBACK,
    operation_id="completeConnection",
    response_class=PlainTextResponse,
    responses=failures(),
    openapi_extra={"security": []},
)
async def complete(
    the: ThePorts,
    state: Returned,
    code: Returned = "",
    error: Returned = "",
    connecting: Annotated[str | None, Cookie(alias=_COOKIE)] = None,
) -> PlainTextResponse:
    """Where the provider sends the person back to, with the browser that began. Somebody who was
    lured here with another person's state has no such cookie."""
    if connecting is None or connecting != state:
        raise InvalidError("Begin again in this browser.", code="state_invalid")
    if error:
        raise InvalidError("The connection was refused at the provider.", code="grant_refused")
    _, made = await the.connections.complete(state, code)
    name = made.account or made.provider
    answer = PlainTextResponse(f"Connected: {name}. You can close this window.\n")
    answer.delete_cookie(_COOKIE, path=router.prefix + _CALLBACK)
    return answer


@router.post(
    "/{provider}",
    operation_id="beginConnection",
    status_code=201,
    response_model=Departure,
    responses=failures(422, 503),
)
async def begin(the: ThePorts, context: Admin, provider: Provider, response: Response) -> Departure:
    """Where to send the person; the answer's cookie must be there when they come back."""
    address = await the.connections.begin(context.scope, provider, by=context.caller.user_id)
    asked = parse_qs(urlsplit(address).query)
    response.set_cookie(
        _COOKIE,
        asked["state"][0],
        max_age=_SECONDS,
        path=router.prefix + _CALLBACK,
        secure=asked["redirect_uri"][0].startswith("https:"),
        httponly=True,
        # They come back by a link from the provider's site.
        samesite="lax",
    )
    return Departure(address=address)


@router.delete(
    "/{provider}",
    operation_id="removeConnection",
    status_code=204,
    response_class=Response,
    responses=failures(404),
)
async def remove(the: ThePorts, context: Admin, provider: Provider) -> None:
    """Take the grant back at the provider, as far as it answers, and forget it here."""
    await the.connections.disconnect(context.scope, provider, by=context.caller.user_id)
