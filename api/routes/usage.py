"""What conversations, and the space, have used and what it cost."""

from datetime import UTC, datetime, timedelta
from typing import Annotated, Final
from uuid import UUID

from fastapi import APIRouter, Query

from api.dependencies import Member, ThePorts, Viewer, visible
from api.routes.conversations import PageCursor, Size
from api.routes.documentation import failures
from api.schemas.inspection import TurnSummary
from api.schemas.moment import Moment
from api.schemas.usage import ConversationUsage, SumView, UsageGroup, UsageReport
from domain.ports.accounts import LONGEST, By
from models.errors import AccessError, InvalidError
from models.states import Role

router = APIRouter(tags=["usage"])

USUAL: Final = timedelta(days=30)
Since = Annotated[Moment | None, Query(description="30 days before `until` unless given")]
Until = Annotated[Moment | None, Query(description="Now unless given")]


@router.get(
    "/v1/conversations/{conversation_id}/usage",
    operation_id="getConversationUsage",
    responses=failures(404),
)
async def of_conversation(
    the: ThePorts,
    context: Viewer,
    conversation_id: UUID,
    limit: Size = 50,
    cursor: PageCursor = None,
) -> ConversationUsage:
    """All that it has cost, and each of its turns, newest first."""
    await visible(the, context.scope, conversation_id)
    total, called = await the.accounts.of_conversation(context.scope, conversation_id)
    turns = await the.inspection.turns(context.scope, conversation_id, limit=limit, cursor=cursor)
    return ConversationUsage(
        total=SumView.model_validate(total),
        called=SumView.model_validate(called),
        turns=[TurnSummary.of(item) for item in turns.items],
        next_cursor=turns.next_cursor,
    )


@router.get("/v1/usage", operation_id="getUsage", responses=failures())
async def of_space(
    the: ThePorts,
    context: Member,
    since: Annotated[
        Moment | None, Query(description="30 days before `until` unless given")
    ] = None,
    until: Annotated[Moment | None, Query(description="Now unless given")] = None,
    by: By = By.DAY,
) -> UsageReport:
    """What the space has used from `since` until before `until`, 366 days at most. By user: for
    admins alone."""
    if by is By.USER and not context.role.includes(Role.ADMIN):
        raise AccessError("Who used what is for admins.", code="role_required")
    first, last = _window(since, until)
    groups = await the.accounts.grouped(context.scope, first, last, by)
    items = [UsageGroup.of(group) for group in groups]
    return UsageReport(since=first, until=last, by=by, items=items)


def _window(since: datetime | None, until: datetime | None) -> tuple[datetime, datetime]:
    last = until or datetime.now(UTC)
    try:
        first = since or last - USUAL
    except OverflowError:
        first = last
    if first >= last:
        raise InvalidError("since must be before until.", code="window_invalid")
    if last - first > LONGEST:
        raise InvalidError(f"Ask for {LONGEST.days} days at most.", code="window_too_long")
    return first, last
