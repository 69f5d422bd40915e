"""A conversation is a tree: walk through its branches, or take a path elsewhere."""

from typing import Annotated, Final, Literal
from uuid import UUID, uuid4

from fastapi import APIRouter, Query, Response
from fastapi.responses import StreamingResponse

from api import exporting
from api.dependencies import IdempotencyKey, Member, ThePorts, Viewer, visible
from api.routes.documentation import failures
from api.saving import attachment
from api.schemas.branches import LeafView, NewFork, NewLeaf
from api.schemas.conversations import ConversationView
from domain.ports.conversations import Conversation
from models import ids

router = APIRouter(prefix="/v1/conversations/{conversation_id}", tags=["conversations"])


@router.put("/leaf", operation_id="moveLeaf", responses=failures(404, 409))
async def move(the: ThePorts, context: Member, conversation_id: UUID, body: NewLeaf) -> LeafView:
    """Rewind to a message, or show another branch; the next message follows it. Nothing is
    erased. Not while a turn runs (`conversation_busy`)."""
    await visible(the, context.scope, conversation_id)
    place = context.scope, conversation_id
    if body.message_id is not None:
        leaf = await the.branches.move_leaf(*place, body.message_id, newest=body.newest)
    else:
        assert body.turn_id is not None  # noqa: S101 - one of the two is there
        leaf = await the.branches.move_to_turn(*place, body.turn_id)
    return LeafView(leaf_id=leaf)


@router.post(
    "/fork",
    status_code=201,
    operation_id="forkConversation",
    response_model=ConversationView,
    responses=failures(404, 413),
)
async def fork(
    the: ThePorts,
    context: Member,
    conversation_id: UUID,
    key: IdempotencyKey,
    response: Response,
    body: NewFork | None = None,
) -> Conversation:
    """Copy a path into a conversation of its own: messages with their sources, calls and events.
    A turn that runs, or that the path has only a part of, ends there as interrupted. With an
    `Idempotency-Key`, a copy answers with the same one."""
    body = body or NewFork()
    await visible(the, context.scope, conversation_id)
    made = await the.branches.fork(
        context.scope,
        context.caller.user_id,
        conversation_id,
        fork_id=uuid4() if key is None else ids.fork_id(conversation_id, key),
        message_id=body.message_id,
        title=body.title,
    )
    response.headers["location"] = f"/v1/conversations/{made.id}"
    return made


_EXPORT: Final = {
    "description": "A file to be saved",
    "content": {
        "text/markdown": {"schema": {"type": "string"}},
        "application/json": {"schema": {"type": "object"}},
    },
}


@router.get(
    "/export",
    operation_id="exportConversation",
    response_class=Response,
    responses={200: _EXPORT, **failures(404)},
)
async def export(
    the: ThePorts,
    context: Viewer,
    conversation_id: UUID,
    file_format: Annotated[
        Literal["markdown", "json"],
        Query(alias="format", description="The path that is shown, to read; or the whole tree"),
    ] = "markdown",
) -> StreamingResponse:
    """Take a conversation out. What is said while it is read may be in it or not."""
    conversation = await visible(the, context.scope, conversation_id)
    if file_format == "markdown":
        parts, kind, ending = exporting.markdown, "text/markdown", "md"
    else:
        parts, kind, ending = exporting.document, "application/json", "json"
    name = exporting.file_name(conversation, ending)
    return StreamingResponse(
        parts(the, context, conversation),
        media_type=kind,
        headers={"content-disposition": attachment(name), "cache-control": "no-store"},
    )
