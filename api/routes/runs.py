"""Agent runs without a conversation: a run is a log of one turn, whose message has the run's id."""

from typing import Literal
from uuid import UUID, uuid4

from fastapi import APIRouter
from starlette.responses import Response

from api import following, sending
from api.dependencies import (
    IdempotencyKey,
    Member,
    RunReader,
    TheEdge,
    ThePorts,
    Viewer,
    visible_run,
)
from api.routes.documentation import EVENT_STREAM, REPEATABLE, failures
from api.routes.events import After, LastEventId, Until
from api.routes.messages import ANSWERS, Manner, reply
from api.schemas.conversations import MessageView, Stopping
from api.schemas.turns import Accepted, NewMessage, NewRun, RunView, TurnUsage, error_of
from api.stopping import stopping
from api.text import checked_message
from domain.catalogue import DEFAULT
from domain.ports.conversations import ConversationKind
from models import ids
from models.errors import ConflictError

router = APIRouter(prefix="/v1/runs", tags=["runs"])


@router.post(
    "",
    status_code=202,
    operation_id="startRun",
    response_model=Accepted,
    responses=ANSWERS,
)
async def start(
    edge: TheEdge,
    context: Member,
    body: NewRun,
    key: IdempotencyKey,
    manner: Manner,
) -> Response:
    """Let an agent work on one input. Answers in the same three manners as a message; the
    `conversation_id` that it names is the run's id."""
    the = edge.ports
    checked_message(body.input, edge.limits.message_characters)
    agent = await the.agents.get(context.scope, body.agent or DEFAULT)
    run_id = _id(context.scope.space_id, body.id, key)
    making = the.conversations.create(
        context.scope,
        context.caller.user_id,
        conversation_id=run_id,
        title=None,
        agent=agent.name,
        kind=ConversationKind.RUN,
    )
    place = await sending.stand_in_new(the, context, making, run_id)
    if place.conversation.kind is not ConversationKind.RUN:
        raise ConflictError("A conversation has this id.", code="id_taken")
    said = NewMessage(content=body.input, agent=body.agent)
    sent = await sending.send_apart(edge, context, place, said, agent.plan())
    return await reply(edge, context, sent, f"/v1/runs/{run_id}/events", manner)


@router.get("/{run_id}", operation_id="getRun", responses=failures(404))
async def get(the: ThePorts, context: Viewer, run_id: UUID) -> RunView:
    """How it stands, and its answer once it has ended."""
    run = await visible_run(the, context.scope, run_id)
    turn = await the.turns.view(context.scope, run_id, ids.turn_id(run_id, run_id))
    if turn is None:
        return RunView(id=run_id, agent=run.agent, status="queued")
    status: Literal["running", "ended"] = "running" if turn.outcome is None else "ended"
    return RunView(
        id=run_id,
        agent=turn.agent,
        status=status,
        outcome=turn.outcome,
        finish_reason=turn.finish,
        message=None if turn.answer is None else MessageView.model_validate(turn.answer),
        usage=TurnUsage.model_validate(turn),
        error=error_of(turn),
    )


@router.get(
    "/{run_id}/events",
    operation_id="followRun",
    response_class=Response,
    tags=["events"],
    responses={
        200: EVENT_STREAM,
        204: {"description": "The run has ended and the reader has everything"},
        **failures(404),
    },
)
async def follow(
    edge: TheEdge,
    context: RunReader,
    run_id: UUID,
    after: After = None,
    last_event_id: LastEventId = None,
    until: Until = None,  # noqa: ARG001 - a run's stream always ends when it is idle
) -> Response:
    """The run's events until it ends."""
    place = following.cursor(after, last_event_id)
    await visible_run(edge.ports, context.scope, run_id)
    frames = await following.frames(
        edge.ports,
        context,
        run_id,
        place,
        at_most=edge.limits.longest_stream,
        idle=following.idling(edge.ports, context, run_id, ConversationKind.RUN),
    )
    if frames is None:
        return Response(status_code=204)
    return edge.stream(frames)


@router.post(
    "/{run_id}/stop",
    status_code=202,
    operation_id="stopRun",
    openapi_extra=REPEATABLE,
    responses=failures(404),
)
async def stop(the: ThePorts, context: Member, run_id: UUID) -> Stopping:
    """Stop it; what it wrote so far is kept."""
    await visible_run(the, context.scope, run_id)
    return await stopping(the, context, run_id, ConversationKind.RUN, None)


def _id(space_id: UUID, given: UUID | None, key: str | None) -> UUID:
    if given is not None:
        return given
    if key is None:
        return uuid4()
    return ids.conversation_id_for(space_id, ids.message_id_from_key(f"run:{key}"))
