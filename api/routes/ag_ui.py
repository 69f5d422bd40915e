"""Agents for AG-UI's clients: one address for each, as `HttpAgent` and CopilotKit's runtime
expect it."""

from dataclasses import replace
from typing import Annotated, Any, Final, Literal
from uuid import uuid4

from fastapi import APIRouter, Path, Query
from starlette.responses import Response

from api import resuming
from api.ag_ui.asking import Asking, transcript
from api.dependencies import Context, Edge, Member, TheEdge, Viewer
from api.dialects import sse
from api.dialects.ag_ui import Encoder, Run
from api.event_schemas import stream_of
from api.relaying import Followed, relay
from api.resuming import Approvals
from api.routes.documentation import failures
from api.schemas.ag_ui import RunAgentInput
from models import ids
from models.payloads.events import START, EventId

router = APIRouter(prefix="/v1/ag-ui", tags=["ag-ui"])

Interrupts = Annotated[
    Literal["event", "outcome"],
    Query(
        description="How clients from before 1.0 are asked for a verdict: by the custom event"
        " `on_interrupt`, or by the run's outcome, which 0.0.59 and CopilotKit know"
    ),
]

_KIND: Final = "text/event-stream"
_STREAM: Final[dict[str, Any]] = {
    "description": "AG-UI's events",
    "content": {**stream_of(None)},
}


@router.post(
    "/{agent}",
    operation_id="runAgUi",
    response_class=Response,
    responses={200: _STREAM, **failures(404, 409, 410, 413, 429)},
)
async def run(
    edge: TheEdge,
    context: Member,
    agent: Annotated[str, Path(min_length=1, max_length=80)],
    body: RunAgentInput,
    approvals: Approvals = "close",
    interrupts: Interrupts = "event",
) -> Response:
    """Answer the thread's newest message, or take up a run that waited for verdicts. The same
    message again shows the same turn."""
    asking = Asking(edge, context, agent, body)
    turn, seen = await asking.begin()
    shown = replace(asking.run(), outcomes=interrupts == "outcome")
    return _stream(edge, context, replace(turn, stays=approvals == "wait"), shown, seen)


@router.get(
    "/threads/{thread_id}/stream",
    operation_id="resumeAgUi",
    response_class=Response,
    responses={200: _STREAM, 204: {"description": "Nothing runs"}, **failures()},
)
async def resume(
    edge: TheEdge,
    context: Viewer,
    thread_id: Annotated[str, Path(min_length=1, max_length=200)],
    approvals: Approvals = "close",
    version: Annotated[
        Literal["0.0", "1.0"], Query(description="The protocol that the client speaks")
    ] = "0.0",
    interrupts: Interrupts = "event",
    idle: Annotated[
        Literal["none", "messages"],
        Query(description="`messages`: when nothing runs, a run that shows the thread, not 204"),
    ] = "none",
) -> Response:
    """The run that is under way, from its start, behind the thread's newest messages; 204 when
    there is none."""
    conversation_id = ids.chat_id(context.scope.space_id, thread_id)
    turn = await resuming.open_turn(edge, context, conversation_id)
    if turn is None and idle == "none":
        return Response(status_code=204)
    running = turn.turn_id if turn else None
    shown = Run(
        thread_id,
        str(running or uuid4()),
        await transcript(edge.ports, context, conversation_id, running),
        current=version == "1.0",
        outcomes=interrupts == "outcome",
        fresh=True,
    )
    if turn is None:
        return Response(b"".join(map(sse.unnamed, Encoder(shown).idle())), media_type=_KIND)
    return _stream(edge, context, replace(turn, stays=approvals == "wait"), shown, START)


def _stream(edge: Edge, context: Context, turn: Followed, run: Run, seen: EventId) -> Response:
    return edge.stream(relay(edge, context, turn, Encoder(run, seen, turn.settled)))
