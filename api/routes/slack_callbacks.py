"""Slack's signed callbacks: checked over the raw body, answered in time, finished behind."""

from typing import Annotated, Final, TypeVar
from urllib.parse import parse_qs

import structlog
from fastapi import APIRouter, Depends, Request
from pydantic import BaseModel, ValidationError
from starlette.responses import JSONResponse, Response

from api.behind import Behind
from api.dependencies import TheEdge
from api.routes.documentation import failures
from api.routes.slack import TheSlack
from api.schemas.slack import Happening, Interaction, Notification
from api.slack_desk import SlackDesk, invitation
from api.slack_thread import SlackConversation, is_said
from api.strangers import Strangers
from domain.ports.slack import Slack
from models.errors import (
    AccessError,
    AppError,
    BadRequestError,
    IdentityError,
    TooLargeError,
)

router = APIRouter(prefix="/v1/slack", tags=["slack"])
log = structlog.get_logger(__name__)

# Slack waits for 3 s, the way there and back included.
ACKNOWLEDGE: Final = 2.0  # seconds
# A message of ours with its button pressed has some 40 KB.
LARGEST: Final = 512 * 1024  # bytes
# Installations that an answer to a person is tried through: beyond that it is no bad luck.
MOST_TRIED: Final = 5
Sent = TypeVar("Sent", bound=BaseModel)


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
async def event(the: TheEdge, slack: TheSlack, request: Request, body: Signed) -> Response:
    """What happened in a workspace. Repeats are harmless: each is done again to the same end."""
    behind: Behind = request.app.state.behind
    sent = _read(Notification, body)
    if sent.type == "url_verification":
        return JSONResponse({"challenge": sent.challenge})
    _of_our_app(slack, sent.api_app_id)
    conversation = SlackConversation(the, slack, request.state.request_id)
    task = await behind.within(ACKNOWLEDGE, _happened(slack, conversation, sent))
    if task.done():
        task.result()  # what failed is answered as failed, and Slack sends it again
    return Response(status_code=200)


async def _happened(slack: Slack, conversation: SlackConversation, sent: Notification) -> None:
    event = sent.event
    if event is None or not sent.team_id:
        raise BadRequestError("There is no event.", code="slack_payload_invalid")
    revoked = event.type == "tokens_revoked" and event.tokens.get("bot")
    if event.type == "app_uninstalled" or revoked:
        await slack.store.uninstalled(sent.team_id)
    elif _asks(event):
        await _invite(slack, sent.team_id, event.user)
    elif is_said(event):
        await conversation.heard(sent.team_id, event)


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
