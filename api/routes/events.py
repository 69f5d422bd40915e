"""Watch a conversation."""

from typing import Annotated, Literal
from uuid import UUID

from fastapi import APIRouter, Header, Query
from starlette.responses import Response

from api import following
from api.dependencies import Reader, TheEdge, visible
from api.routes.documentation import EVENT_STREAM, failures
from domain.ports.conversations import ConversationKind, ConversationState

router = APIRouter(tags=["events"])

After = Annotated[
    str | None,
    Query(description="The last event that was seen, as `Last-Event-ID`", examples=["3.12"]),
]
LastEventId = Annotated[str | None, Header(description="Counts before `after`", examples=["3.12"])]
Until = Annotated[Literal["idle"] | None, Query(description="`idle`: end when nothing runs")]


@router.get(
    "/v1/conversations/{conversation_id}/events",
    operation_id="followConversation",
    response_class=Response,
    responses={
        200: EVENT_STREAM,
        204: {"description": "Nothing more is to come: browsers stop to reconnect"},
        **failures(404),
    },
)
async def follow(
    edge: TheEdge,
    context: Reader,
    conversation_id: UUID,
    after: After = None,
    last_event_id: LastEventId = None,
    until: Until = None,
) -> Response:
    """The whole log from where the reader left off, then live, for ten minutes at a time. Any id
    ever sent resumes without loss or repetition; one of the future waits until the log passes it.
    """
    place = following.cursor(after, last_event_id)
    conversation = await visible(edge.ports, context.scope, conversation_id)
    ends = until == "idle" or conversation.state is ConversationState.COMPLETED
    kind = ConversationKind.CHAT
    frames = await following.frames(
        edge.ports,
        context,
        conversation_id,
        place,
        at_most=edge.limits.longest_stream,
        idle=following.idling(edge.ports, context, conversation_id, kind) if ends else None,
    )
    if frames is None:
        return Response(status_code=204)
    return edge.stream(frames)
