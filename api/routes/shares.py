"""Links that show a stretch of a conversation to whoever has them."""

from datetime import timedelta
from uuid import UUID, uuid4

from fastapi import APIRouter, Request

from api.dependencies import IdempotencyKey, Member, ThePorts, Viewer, visible
from api.guessing import PerAddress
from api.routes.conversations import PageCursor, Size
from api.routes.documentation import failures
from api.schemas.base import List
from api.schemas.shares import MadeShare, NewShareBody, SharedView, ShareView
from api.viewing import Views
from domain.ports.shares import NewShare
from models import ids
from models.errors import NotFoundError
from models.states import Role

router = APIRouter(tags=["shares"])


@router.post(
    "/v1/conversations/{conversation_id}/shares",
    status_code=201,
    operation_id="createShare",
    responses=failures(404, 409, 429),
)
async def create(
    the: ThePorts,
    context: Member,
    conversation_id: UUID,
    key: IdempotencyKey,
    body: NewShareBody | None = None,
) -> MadeShare:
    """A link to the path that ends at a message. What is said later, or on other branches, it
    does not show; what is erased or withdrawn, it shows no more. 100 that work at once."""
    body = body or NewShareBody()
    await visible(the, context.scope, conversation_id)
    new = NewShare(
        id=uuid4() if key is None else ids.share_id(conversation_id, key),
        by=context.caller.user_id,
        lasts=timedelta(seconds=body.expires_in),
        leaf_id=body.message_id,
    )
    token, made = await the.shares.create(context.scope, conversation_id, new)
    return MadeShare(id=made.id, token=token, path=f"/s/{token}", expires_at=made.expires_at)


@router.get(
    "/v1/conversations/{conversation_id}/shares",
    operation_id="listShares",
    response_model=List[ShareView],
    responses=failures(404),
)
async def page(
    the: ThePorts,
    context: Viewer,
    conversation_id: UUID,
    limit: Size = 50,
    cursor: PageCursor = None,
) -> object:
    """Its links, newest first, with those that have ended. The links themselves nobody can see."""
    await visible(the, context.scope, conversation_id)
    return await the.shares.page(context.scope, conversation_id, limit=limit, cursor=cursor)


@router.delete(
    "/v1/conversations/{conversation_id}/shares/{share_id}",
    status_code=204,
    operation_id="revokeShare",
    responses=failures(404),
)
async def revoke(the: ThePorts, context: Member, conversation_id: UUID, share_id: UUID) -> None:
    """From now on it shows nothing. Another person's link takes an admin."""
    await visible(the, context.scope, conversation_id)
    await the.shares.revoke(
        *(context.scope, conversation_id, share_id),
        by=context.caller.user_id,
        anybodys=context.role.includes(Role.ADMIN),
    )


@router.get(
    "/v1/shared/{token}",
    operation_id="readShared",
    responses=failures(404, 410, 429),
    openapi_extra={"security": []},
)
async def read(
    the: ThePorts,
    request: Request,
    token: str,
    limit: Size = 100,
    cursor: PageCursor = None,
) -> SharedView:
    """What a link shows, to anybody: text and what names its sources; no ids."""
    guesses: PerAddress = request.app.state.guesses
    readings: PerAddress = request.app.state.readings
    address = "" if request.client is None else request.client.host
    for limit_of in (guesses, readings):
        limit_of.check(address)
    readings.count(address)
    try:
        found = await the.shares.read(token, limit=limit, cursor=cursor)
    except NotFoundError:
        guesses.count(address)
        raise
    if cursor is None:
        views: Views = request.app.state.views
        views.opened(the.shares, found.scope, found.share.id)
    return SharedView.of(found)
