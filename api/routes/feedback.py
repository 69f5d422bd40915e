"""Say what an answer was worth; read what people said."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query

from api.dependencies import Admin, Member, ThePorts, visible
from api.routes.conversations import PageCursor, Size
from api.routes.documentation import failures
from api.schemas.base import List
from api.schemas.feedback import FeedbackView, NewOpinion, OpinionsView
from api.schemas.moment import Moment
from domain.ports.remarks import Opinion, Opinions, Rating

router = APIRouter(tags=["feedback"])

_ANSWER = "/v1/conversations/{conversation_id}/messages/{message_id}/feedback"


@router.put(
    _ANSWER,
    operation_id="giveFeedback",
    response_model=OpinionsView,
    responses=failures(404),
)
async def give(
    the: ThePorts, context: Member, conversation_id: UUID, message_id: UUID, body: NewOpinion
) -> Opinions:
    """Rate an answer, in place of what you said of it before."""
    await visible(the, context.scope, conversation_id)
    said = Opinion(body.rating, body.reason, body.comment)
    return await the.feedback.give(
        context.scope, conversation_id, message_id, said, by=context.caller.user_id
    )


@router.delete(_ANSWER, status_code=204, operation_id="takeFeedbackBack", responses=failures(404))
async def take_back(
    the: ThePorts, context: Member, conversation_id: UUID, message_id: UUID
) -> None:
    """Take back what you said. Repeating it changes nothing."""
    await visible(the, context.scope, conversation_id)
    await the.feedback.take_back(
        context.scope, conversation_id, message_id, by=context.caller.user_id
    )


@router.get("/v1/feedback", operation_id="listFeedback", responses=failures())
async def page(
    the: ThePorts,
    context: Admin,
    rating: Rating | None = None,
    since: Annotated[Moment | None, Query(description="Said or changed from then on")] = None,
    limit: Size = 50,
    cursor: PageCursor = None,
) -> List[FeedbackView]:
    """What people said of answers in the space, newest first."""
    found = await the.feedback.page(
        context.scope, rating=rating, since=since, limit=limit, cursor=cursor
    )
    return List[FeedbackView](
        items=[FeedbackView.of(item) for item in found.items], next_cursor=found.next_cursor
    )
