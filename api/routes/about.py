"""What there is to use: agents, this deployment's limits, tickets for streams."""

from importlib.metadata import version

from fastapi import APIRouter

from api.dependencies import TheEdge, ThePorts, Viewer
from api.routes.documentation import failures
from api.schemas.about import AgentLimits, AgentList, AgentView, Info, NewTicket, Ticket
from models.payloads.turn import BusyPolicy

router = APIRouter(prefix="/v1")


@router.get("/agents", operation_id="listAgents", responses=failures(), tags=["agents"])
async def agents(the: ThePorts, context: Viewer) -> AgentList:
    """The agents that the caller may use."""
    return AgentList(
        items=[
            AgentView(
                name=agent.name,
                version=agent.version,
                description=agent.description,
                tools=agent.tools,
                retrieves=agent.retrieves,
                limits=AgentLimits(
                    iteration_limit=agent.iteration_limit,
                    token_budget=agent.token_budget,
                    deadline_seconds=agent.deadline.total_seconds(),
                    output_tokens=agent.output_tokens,
                ),
            )
            for agent in await the.agents.all(context.scope)
        ]
    )


@router.get("/info", operation_id="getInfo", responses=failures(), tags=["about"])
async def info(edge: TheEdge, context: Viewer) -> Info:  # noqa: ARG001 - for members of a space
    """Version, models, limits and features of this deployment."""
    limits = edge.limits
    return Info(
        version=version("holdfast"),
        models=dict(edge.ports.info),
        limits={
            "message_characters": limits.message_characters,
            "body_bytes": limits.body_bytes,
            "document_bytes": limits.document_bytes,
            "approval_window_seconds": int(limits.approval_window.total_seconds()),
            "idle_window_seconds": int(limits.idle_window.total_seconds()),
        },
        features=["approvals", "documents", "runs", "sessions", "stream-tickets"]
        + [f"on_busy:{policy.value}" for policy in BusyPolicy],
    )


@router.post(
    "/stream-tickets",
    status_code=201,
    operation_id="createStreamTicket",
    responses=failures(404),
    tags=["events"],
)
async def ticket(the: ThePorts, context: Viewer, body: NewTicket) -> Ticket:
    """For readers that can set no headers: opens one stream of that conversation as
    `…/events?ticket=`, once, within 60 s."""
    await the.conversations.get(context.scope, body.conversation_id)
    issued = await the.tickets.issue(context.caller, context.scope, body.conversation_id)
    return Ticket(ticket=issued)
