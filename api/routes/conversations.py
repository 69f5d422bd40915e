"""Conversations: list, make, read, rename, archive, erase; their messages and sessions."""

from contextlib import suppress
from typing import Annotated, Final, Literal
from uuid import UUID, uuid4

from fastapi import APIRouter, Query, Response

from api.dependencies import (
    IdempotencyKey,
    Member,
    ThePorts,
    Viewer,
    unknown_conversation,
    visible,
)
from api.remarking import remarked
from api.routes.documentation import REPEATABLE, failures
from api.schemas.base import List
from api.schemas.conversations import (
    Closing,
    ConversationChange,
    ConversationView,
    MessageView,
    NewConversation,
    SessionItem,
    SessionList,
    Stopping,
    SummaryView,
)
from api.stopping import stopping
from api.text import Text
from domain.catalogue import DEFAULT
from domain.ports.conversations import Conversation, ConversationKind, Sought
from models import ids
from models.errors import ConflictError, NotFoundError
from models.payloads.scope import Scope

router = APIRouter(prefix="/v1/conversations", tags=["conversations"])

QUERY_CHARACTERS: Final = 200
_ARCHIVED: Final = {"true": True, "false": False, "any": None}

Size = Annotated[int, Query(ge=1, le=200)]
Searched = Annotated[Text, Query(max_length=QUERY_CHARACTERS, examples=["spring budget"])]
PageCursor = Annotated[
    str | None, Query(max_length=500, description="`next_cursor` of the last page")
]


@router.post(
    "",
    status_code=201,
    operation_id="createConversation",
    response_model=ConversationView,
    responses=failures(409),
)
async def create(
    the: ThePorts,
    context: Member,
    key: IdempotencyKey,
    response: Response,
    body: NewConversation | None = None,
) -> Conversation:
    """Begin a conversation. With an `Idempotency-Key`, a copy answers with the same one."""
    body = body or NewConversation()
    agent = await the.agents.get(context.scope, body.agent or DEFAULT)
    conversation_id = uuid4()
    if key is not None:
        derived = ids.message_id_from_key(f"conversation:{key}")
        conversation_id = ids.conversation_id_for(context.scope.space_id, derived)
    made = await the.conversations.create(
        context.scope,
        context.caller.user_id,
        conversation_id=conversation_id,
        title=body.title,
        agent=agent.name,
    )
    response.headers["location"] = f"/v1/conversations/{made.id}"
    return made


@router.get(
    "",
    operation_id="listConversations",
    response_model=List[ConversationView],
    responses=failures(),
)
async def page(
    the: ThePorts,
    context: Viewer,
    query: Searched = "",
    archived: Annotated[
        Literal["true", "false", "any"], Query(description="Whether those in the archive")
    ] = "false",
    pinned: Annotated[bool | None, Query(description="Those that are pinned, or are not")] = None,
    limit: Size = 50,
    cursor: PageCursor = None,
) -> object:
    """The space's conversations, newest first. A search finds beginnings of words: all in the
    title (these come first), or all in one message, on whatever branch."""
    sought = Sought(query.strip(), _ARCHIVED[archived], pinned)
    return await the.conversations.page(context.scope, limit=limit, cursor=cursor, sought=sought)


@router.get(
    "/{conversation_id}",
    operation_id="getConversation",
    response_model=ConversationView,
    responses=failures(404),
)
async def get(the: ThePorts, context: Viewer, conversation_id: UUID) -> Conversation:
    """Read one."""
    return await visible(the, context.scope, conversation_id)


@router.patch(
    "/{conversation_id}",
    operation_id="changeConversation",
    response_model=ConversationView,
    responses=failures(404, 409),
)
async def change(
    the: ThePorts, context: Member, conversation_id: UUID, body: ConversationChange
) -> Conversation:
    """Rename it, pin it, archive it (which erases nothing), let another agent answer; or undo
    that."""
    await visible(the, context.scope, conversation_id)
    agent = None if body.agent is None else await the.agents.get(context.scope, body.agent)
    return await the.conversations.update(
        context.scope,
        conversation_id,
        title=body.title,
        archived=body.archived,
        pinned=body.pinned,
        agent=None if agent is None else agent.name,
    )


@router.delete(
    "/{conversation_id}",
    status_code=204,
    operation_id="deleteConversation",
    responses=failures(404),
)
async def delete(the: ThePorts, context: Member, conversation_id: UUID) -> None:
    """Erase it with everything that hangs on it; what runs there ends at once."""
    log_key = context.log(conversation_id)
    kind = await _kind(the, context.scope, conversation_id)
    if kind is ConversationKind.RUN:
        raise unknown_conversation()
    if kind is not None:
        # Before as well: should Redis be away afterwards, it has nothing that the store has erased.
        await the.feed.forget(log_key)
        with suppress(NotFoundError):  # somebody was faster, or a commit's answer was lost
            await the.conversations.delete(context.scope, conversation_id)
    # Only now: a run whose rows are gone ends by itself, but an open turn without its run never.
    # Also where nothing is left to erase: who erased it may have got no further.
    await the.engine.terminate(log_key, ConversationKind.CHAT)
    await the.feed.forget(log_key)
    if kind is None:
        raise unknown_conversation()


async def _kind(the: ThePorts, scope: Scope, log_id: UUID) -> ConversationKind | None:
    """None: there is nothing of that id in the space."""
    try:
        return (await the.conversations.get(scope, log_id)).kind
    except NotFoundError:
        return None


@router.get(
    "/{conversation_id}/messages",
    operation_id="listMessages",
    response_model=List[MessageView],
    responses=failures(404),
)
async def messages(
    the: ThePorts,
    context: Viewer,
    conversation_id: UUID,
    limit: Size = 50,
    cursor: PageCursor = None,
) -> object:
    """The history, oldest first."""
    await visible(the, context.scope, conversation_id)
    found = await the.conversations.messages(
        context.scope, conversation_id, limit=limit, cursor=cursor
    )
    return await remarked(the, context, conversation_id, found)


@router.post(
    "/{conversation_id}/stop",
    status_code=202,
    operation_id="stopConversation",
    openapi_extra=REPEATABLE,
    responses=failures(404),
)
async def stop(
    the: ThePorts,
    context: Member,
    conversation_id: UUID,
    turn_id: Annotated[
        UUID | None, Query(description="Only this turn; whichever runs or is next, unless given")
    ] = None,
) -> Stopping:
    """Stop the running turn; what it wrote so far is kept. Repeating it changes nothing."""
    await visible(the, context.scope, conversation_id)
    return await stopping(the, context, conversation_id, ConversationKind.CHAT, turn_id)


@router.post(
    "/{conversation_id}/close",
    status_code=202,
    operation_id="closeConversation",
    openapi_extra=REPEATABLE,
    responses=failures(404),
)
async def close(the: ThePorts, context: Member, conversation_id: UUID) -> Closing:
    """End the session now, or with the turn that runs; its summary follows. The next message
    opens another session."""
    await visible(the, context.scope, conversation_id)
    session = await the.conversations.close(context.scope, conversation_id)
    if session is None:
        return Closing(session_id=None)
    await the.engine.close_session(session)
    return Closing(session_id=session.session_id)


@router.post(
    "/{conversation_id}/clear",
    status_code=204,
    operation_id="clearConversation",
    openapi_extra=REPEATABLE,
    responses=failures(404, 409),
)
async def clear(the: ThePorts, context: Member, conversation_id: UUID) -> None:
    """Erase its messages; keep its id and title. Not while a turn runs (`conversation_busy`)."""
    await visible(the, context.scope, conversation_id)
    log_key = context.log(conversation_id)
    if await the.engine.is_open(log_key, ConversationKind.CHAT):
        raise ConflictError("A turn runs: stop it first.", code="conversation_busy")
    # Before as well: should Redis be away afterwards, it has nothing that the store has erased.
    await the.feed.forget(log_key)
    await the.conversations.clear(context.scope, conversation_id)
    await the.feed.forget(log_key)


@router.get(
    "/{conversation_id}/summary",
    operation_id="getSummary",
    responses=failures(404),
)
async def summary(the: ThePorts, context: Viewer, conversation_id: UUID) -> SummaryView:
    """The latest session's summary; 404 `not_summarised` before there is one."""
    await visible(the, context.scope, conversation_id)
    for session in await the.conversations.sessions(context.scope, conversation_id):
        if found := SummaryView.of(session):
            return found
    raise NotFoundError("No session has been summarised yet.", code="not_summarised")


@router.get(
    "/{conversation_id}/sessions",
    operation_id="listSessions",
    responses=failures(404),
)
async def sessions(the: ThePorts, context: Viewer, conversation_id: UUID) -> SessionList:
    """All sessions, newest first, with duration and summary."""
    await visible(the, context.scope, conversation_id)
    found = await the.conversations.sessions(context.scope, conversation_id)
    return SessionList(items=[SessionItem.of(session) for session in found])
