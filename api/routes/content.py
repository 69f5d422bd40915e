"""Content for publishing: draft, revise, ask for a review. The verdict is an approval's."""

from uuid import UUID, uuid4, uuid5

from fastapi import APIRouter, Response

from api.dependencies import Context, IdempotencyKey, Member, ThePorts, Viewer
from api.routes.conversations import PageCursor, Size
from api.routes.documentation import failures
from api.schemas.base import List
from api.schemas.content import ContentRevision, ContentView, NewContent, Submission
from domain.ports.content import Author, ContentState
from domain.reviewing import Reviewing
from models import ids

router = APIRouter(prefix="/v1/content", tags=["content"])


@router.get("", operation_id="listContent", responses=failures())
async def page(
    the: ThePorts,
    context: Viewer,
    state: ContentState | None = None,
    limit: Size = 50,
    cursor: PageCursor = None,
) -> List[ContentView]:
    """The space's items, the newest first, each with its newest version."""
    found = await the.contents.page(context.scope, state=state, limit=limit, cursor=cursor)
    return List(items=[ContentView.of(one) for one in found.items], next_cursor=found.next_cursor)


@router.post("", status_code=201, operation_id="createContent", responses=failures(409, 429))
async def create(
    the: ThePorts, context: Member, body: NewContent, key: IdempotencyKey, response: Response
) -> ContentView:
    """Make a draft. A copy by the same person (same `id` or `Idempotency-Key`, same content)
    finds it; another text with its `id` or key is 409 `content_exists`."""
    item = await the.contents.create(
        context.scope,
        item_id=_item_id(context, body, key),
        kind=body.kind,
        title=body.title,
        text=body.text,
        author=Author(user_id=context.caller.user_id),
    )
    response.headers["location"] = f"/v1/content/{item.id}"
    return ContentView.of(item)


@router.get("/{item_id}", operation_id="getContent", responses=failures(404))
async def get(the: ThePorts, context: Viewer, item_id: UUID) -> ContentView:
    """Read one, with all its versions."""
    return ContentView.of(await the.contents.get(context.scope, item_id))


@router.patch("/{item_id}", operation_id="reviseContent", responses=failures(404, 409, 429))
async def revise(
    the: ThePorts, context: Member, item_id: UUID, body: ContentRevision
) -> ContentView:
    """Write a new version: a draft again. What is approved stays published until the next is."""
    newest = (await the.contents.get(context.scope, item_id)).newest
    item = await the.contents.revise(
        context.scope,
        item_id,
        expected=body.expected,
        title=body.title or newest.title,
        text=body.text or newest.text,
        author=Author(user_id=context.caller.user_id),
    )
    return ContentView.of(item)


@router.post(
    "/{item_id}/submit",
    status_code=202,
    operation_id="submitContent",
    responses=failures(404, 409),
)
async def submit(
    the: ThePorts, context: Member, item_id: UUID, body: Submission | None = None
) -> ContentView:
    """Ask for a review. Approvers see it in their inbox and in Slack; `POST /v1/approvals/{id}`
    with its `review_id` decides. With `expected`, 409 `content_changed` unless that version is
    the newest."""
    reviewing = Reviewing(the.contents, the.policies, the.engine)
    item = await reviewing.ask(
        context.scope,
        item_id,
        by=context.caller.user_id,
        expected=None if body is None else body.expected,
    )
    return ContentView.of(item)


def _item_id(context: Context, body: NewContent, key: str | None) -> UUID:
    """Its own, or the one that this person's key stands for in this space."""
    if body.id is not None or key is None:
        return body.id or uuid4()
    derived = ids.message_id_from_key(f"content:{context.caller.user_id}:{key}")
    return uuid5(context.scope.space_id, str(derived))
