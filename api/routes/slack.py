"""Slack: where a space asks, and who is who there."""

from typing import Annotated, Any, Final
from uuid import UUID

from fastapi import APIRouter, Depends, Query
from starlette.responses import PlainTextResponse, Response

from api.dependencies import Admin, Context, ThePorts, Viewer
from api.routes.documentation import failures
from api.schemas.slack import (
    ChosenChannel,
    InstallView,
    LinkToken,
    LinkView,
    SlackView,
)
from domain.ports.slack import Installation, Slack, SlackUser
from models.errors import (
    AccessError,
    InvalidError,
    NotFoundError,
    UnavailableError,
)
from models.payloads.scope import Scope

router = APIRouter(prefix="/v1/slack", tags=["slack"])


async def _slack(the: ThePorts) -> Slack:
    if the.slack is None:
        raise UnavailableError(
            "This deployment is no app of Slack's.", code="slack_not_configured", retryable=False
        )
    return the.slack


TheSlack = Annotated[Slack, Depends(_slack)]


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
    caller = context.caller
    await slack.store.link(context.scope, user, user_id=caller.user_id, tier=caller.tier)
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
