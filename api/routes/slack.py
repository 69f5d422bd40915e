"""Slack: its signed callbacks, and what a space decides about it."""

from typing import Annotated, Any, Final, TypeVar
from urllib.parse import parse_qs
from uuid import UUID

import structlog
from fastapi import APIRouter, Depends, Query, Request
from pydantic import BaseModel, ValidationError
from starlette.responses import JSONResponse, PlainTextResponse, Response

from api.behind import Behind
from api.dependencies import Admin, Context, TheEdge, ThePorts, Viewer
from api.routes.documentation import failures
from api.schemas.slack import (
    ChosenChannel,
    Happening,
    InstallView,
    Interaction,
    LinkToken,
    LinkView,
    Notification,
    SlackView,
)
from api.slack_desk import SlackDesk, invitation
from api.strangers import Strangers
from domain.ports.slack import Installation, Slack, SlackUser
from models.errors import (
    AccessError,
    AppError,
    BadRequestError,
    IdentityError,
    InvalidError,
    NotFoundError,
    TooLargeError,
    UnavailableError,
)
from models.payloads.scope import Scope

router = APIRouter(prefix="/v1/slack", tags=["slack"])
log = structlog.get_logger(__name__)

# Slack waits for 3 s, the way there and back included.
ACKNOWLEDGE: Final = 2.0  # seconds
# A message of ours with its button pressed has some 40 KB.
LARGEST: Final = 512 * 1024  # bytes
# Installations that an answer to a person is tried through: beyond that it is no bad luck.
MOST_TRIED: Final = 5
Sent = TypeVar("Sent", bound=BaseModel)


async def _slack(the: ThePorts) -> Slack:
    if the.slack is None:
        raise UnavailableError(
            "This deployment is no app of Slack's.", code="slack_not_configured", retryable=False
        )
    return the.slack


TheSlack = Annotated[Slack, Depends(_slack)]


async def _signed(request: Request, slack: TheSlack) -> bytes:
    """The body as it came, if Slack signed it lately; else 401, and it is written down."""
    strangers: Strangers = request.app.state.strangers
    body = await request.body()
    if len(body) > LARGEST:
        raise TooLargeError("Slack sends no such bodies.", code="body_too_large")
    try:
        slack.app.check(
            body, _only(request, "x-slack-request-timestamp"), _only(request, "x-slack-signature")
        )
    except IdentityError as error:
        strangers.turned_away(slack.audit, error.code)
        raise
    return body


def _only(request: Request, header: str) -> str | None:
    """A header that came twice says nothing."""
    given = request.headers.getlist(header)
    return given[0] if len(given) == 1 else None


Signed = Annotated[bytes, Depends(_signed)]


def _read(model: type[Sent], text: str | bytes) -> Sent:
    try:
        return model.model_validate_json(text)
    except ValidationError as error:
        raise BadRequestError(
            f"This is not what Slack sends: {error.error_count()} things are wrong.",
            code="slack_payload_invalid",
        ) from None


@router.post(
    "/interactions",
    operation_id="slackInteraction",
    responses=failures(413, 429),
    status_code=200,
    openapi_extra={"security": []},
)
async def interact(the: TheEdge, slack: TheSlack, request: Request, body: Signed) -> Response:
    """What somebody pressed in Slack. Answered within 2 s: what takes longer goes on behind."""
    behind: Behind = request.app.state.behind
    sent = _read(Interaction, _payload(body))
    _of_our_app(slack, sent.api_app_id)
    desk = SlackDesk(the.ports, slack)
    if sent.type == "block_actions":
        pressed = await behind.within(ACKNOWLEDGE, desk.pressed(sent))
        if pressed.done():
            pressed.result()
        return Response(status_code=200)
    if sent.type == "view_submission":
        return await _submitted(behind, desk, sent)
    log.info("slack.interaction_unknown", type=sent.type)
    return Response(status_code=200)


async def _submitted(behind: Behind, desk: SlackDesk, sent: Interaction) -> Response:
    """An empty answer closes the window; words stay in it."""
    task = await behind.within(ACKNOWLEDGE, desk.submitted(sent))
    words = task.result() if task.done() else "This takes long: close this and look again."
    if words is None:
        return Response(status_code=200)
    return JSONResponse({"response_action": "errors", "errors": {"note": words}})


def _payload(body: bytes) -> str:
    try:
        found = parse_qs(body.decode(), strict_parsing=True, max_num_fields=10)["payload"]
    except (ValueError, KeyError):
        found = []
    if len(found) != 1:
        raise BadRequestError("There is no payload.", code="slack_payload_invalid")
    return found[0]


def _of_our_app(slack: Slack, app_id: str) -> None:
    if not slack.app.is_ours(app_id):
        raise AccessError("This is for another app.", code="slack_app_foreign")


@router.post(
    "/events",
    operation_id="slackEvent",
    responses=failures(413, 429),
    openapi_extra={"security": []},
)
async def event(slack: TheSlack, request: Request, body: Signed) -> Response:
    """What happened in a workspace. Repeats are harmless: each is done again to the same end."""
    behind: Behind = request.app.state.behind
    sent = _read(Notification, body)
    if sent.type == "url_verification":
        return JSONResponse({"challenge": sent.challenge})
    _of_our_app(slack, sent.api_app_id)
    task = await behind.within(ACKNOWLEDGE, _happened(slack, sent))
    if task.done():
        task.result()  # what failed is answered as failed, and Slack sends it again
    return Response(status_code=200)


async def _happened(slack: Slack, sent: Notification) -> None:
    event = sent.event
    if event is None or not sent.team_id:
        raise BadRequestError("There is no event.", code="slack_payload_invalid")
    revoked = event.type == "tokens_revoked" and event.tokens.get("bot")
    if event.type == "app_uninstalled" or revoked:
        await slack.store.uninstalled(sent.team_id)
    elif _asks(event):
        await _invite(slack, sent.team_id, event.user)


def _asks(event: Happening) -> bool:
    """A person, in a message to the app alone."""
    person = event.user and event.bot_id is None and event.subtype is None
    in_private = event.type == "message" and event.channel_type == "im"
    return bool(person and in_private and event.text.strip().lower() == "link")


async def _invite(slack: Slack, team_id: str, user_id: str) -> None:
    """Through the newest installation that still works: they all have one workspace."""
    for scope in (await slack.store.spaces(team_id))[:MOST_TRIED]:
        try:
            user = await slack.app.person(scope, team_id, user_id)
            words = invitation(await slack.app.offer(user), slack.link_page)
            await slack.app.write(scope, user_id, words)
        except AppError as error:
            log.warning("slack.uninvited", code=error.code)
        else:
            return


@router.get("", operation_id="getSlack", response_model=SlackView, responses=failures())
async def get(slack: TheSlack, context: Viewer) -> SlackView:
    """Where this space asks in Slack."""
    return await _view(slack, context, await slack.store.installation(context.scope))


@router.post(
    "/install", operation_id="installSlack", response_model=InstallView, responses=failures()
)
async def install(slack: TheSlack, context: Admin) -> InstallView:
    """Begin: send an admin of the workspace to `url`."""
    return InstallView(url=await slack.app.begin(context.scope, by=context.caller.user_id))


@router.get(
    "/oauth",
    operation_id="completeSlack",
    responses=failures(),
    openapi_extra={"security": []},
    response_class=PlainTextResponse,
)
async def complete(
    slack: TheSlack,
    state: Annotated[str, Query(max_length=2_000)] = "",
    code: Annotated[str, Query(max_length=500)] = "",
    error: Annotated[str, Query(max_length=200)] = "",
) -> Response:
    """Where Slack sends people back to."""
    if error or not code or not state:
        raise InvalidError("Slack did not install the app.", code="grant_refused")
    _, made = await slack.app.complete(state, code)
    return PlainTextResponse(f"Installed in {made.team}. Choose a channel now, in the app.")


@router.put(
    "/channel", operation_id="chooseSlackChannel", response_model=SlackView, responses=failures(404)
)
async def choose(slack: TheSlack, context: Admin, body: ChosenChannel) -> SlackView:
    """Ask there from now on; what was asked before stays where it is."""
    chosen = await slack.app.choose_channel(context.scope, body.channel, by=context.caller.user_id)
    return await _view(slack, context, chosen)


@router.delete("", operation_id="uninstallSlack", status_code=204, responses=failures(404))
async def uninstall(slack: TheSlack, context: Admin) -> None:
    """Give the token back, and forget."""
    await slack.app.uninstall(context.scope, by=context.caller.user_id)


@router.get("/link", operation_id="previewSlackLink", response_model=LinkView, responses=failures())
async def preview(
    slack: TheSlack, context: Viewer, token: Annotated[str, Query(max_length=2_000)]
) -> LinkView:
    """Which Slack account a token is for: look before you confirm."""
    return _link(await _offered(slack, context.scope, token), linked=False)


@router.post("/link", operation_id="linkSlack", response_model=LinkView, responses=failures())
async def link(slack: TheSlack, context: Viewer, body: LinkToken) -> LinkView:
    """This Slack account is mine: what is pressed there is my verdict from now on."""
    await _offered(slack, context.scope, body.token)
    user = await slack.app.redeem(body.token)
    await slack.store.link(context.scope, user, user_id=context.caller.user_id)
    return _link(user, linked=True)


@router.delete("/link", operation_id="unlinkSlack", status_code=204, responses=failures(404))
async def unlink(slack: TheSlack, context: Viewer) -> None:
    """My Slack account counts no more."""
    await _unlinked(slack, context.scope, context.caller.user_id, context.caller.user_id)


@router.delete(
    "/links/{user_id}", operation_id="unlinkSlackMember", status_code=204, responses=failures(404)
)
async def unlink_member(slack: TheSlack, context: Admin, user_id: UUID) -> None:
    """This member's Slack account counts no more."""
    await _unlinked(slack, context.scope, user_id, context.caller.user_id)


async def _offered(slack: Slack, scope: Scope, token: str) -> SlackUser:
    user = await slack.app.offered(token)
    installation = await slack.store.installation(scope)
    if installation is None or installation.team_id != user.team_id:
        raise AccessError(
            "This Slack account is of a workspace that this space does not use.",
            code="slack_workspace_foreign",
        )
    return user


async def _unlinked(slack: Slack, scope: Scope, user_id: UUID, by: UUID) -> None:
    if not await slack.store.unlink(scope, user_id, by=by):
        raise NotFoundError("No Slack account is linked.", code="slack_not_linked")


async def _view(slack: Slack, context: Context, made: Installation | None) -> SlackView:
    if made is None:
        return SlackView(installed=False)
    me = context.caller.user_id
    linked = await slack.store.slack_user(context.scope, made.team_id, me)
    said: dict[str, Any] = {name: getattr(made, name) for name in _SHOWN}
    return SlackView(installed=True, linked=linked is not None, **said)


def _link(user: SlackUser, *, linked: bool) -> LinkView:
    return LinkView(team_id=user.team_id, slack_user_id=user.user_id, name=user.name, linked=linked)


_SHOWN: Final = ("team", "team_id", "channel", "channel_name", "installed_by", "installed_at")
