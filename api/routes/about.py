"""What there is to use: this deployment's limits, tickets for streams."""

from importlib.metadata import version
from typing import Final

from fastapi import APIRouter

from api.dependencies import TheEdge, ThePorts, Viewer
from api.routes.documentation import failures
from api.routes.search import QUERY_CHARACTERS
from api.schemas.about import Format, Info, NewTicket, Ticket
from api.schemas.naming import KEYWORDS
from api.schemas.search import TOP_K
from api.schemas.turns import REFERENCES
from domain.parsing import kinds
from domain.ports.identity import PROFILE_CHARACTERS
from models.payloads.turn import BusyPolicy

router = APIRouter(prefix="/v1")

# Of this version, by the names that its pages of documentation use.
_FEATURES: Final = (
    *("ag-ui", "agents", "ai-sdk", "api-keys", "approvals", "branches", "budgets", "collections"),
    *("connections", "document-events", "documents", "feedback", "mcp", "openai", "pictures"),
    *("policies", "queue", "references", "runs", "search", "sessions", "shares", "slack"),
    *("space-profile", "stream-tickets", "teams", "usage", "websocket"),
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
            "picture_bytes": limits.picture_bytes,
            "query_characters": QUERY_CHARACTERS,
            "top_k": TOP_K,
            "references": REFERENCES,
            "keywords": KEYWORDS,
            "profile_characters": PROFILE_CHARACTERS,
            "document_streams": limits.document_streams,
            "approval_window_seconds": int(limits.approval_window.total_seconds()),
            "idle_window_seconds": int(limits.idle_window.total_seconds()),
        },
        formats=_formats(),
        features=[*_FEATURES] + [f"on_busy:{policy.value}" for policy in BusyPolicy],
    )


@router.post(
    "/stream-tickets",
    status_code=201,
    operation_id="createStreamTicket",
    responses=failures(404),
    tags=["events"],
)
async def ticket(the: ThePorts, context: Viewer, body: NewTicket) -> Ticket:
    """For readers that can set no headers: opens one stream of that conversation, or of that
    document, as `…/events?ticket=`, once, within 60 s."""
    if body.document_id is not None:
        stream = (await the.documents.get(context.scope, body.document_id)).id
    elif body.conversation_id is not None:
        stream = (await the.conversations.get(context.scope, body.conversation_id)).id
    return Ticket(ticket=await the.tickets.issue(context.caller, context.scope, stream))


def _formats() -> list[Format]:
    found: dict[str, list[str]] = {}
    for extension, media_type in kinds.BY_EXTENSION.items():
        found.setdefault(media_type, []).append(extension)
    return [Format(media_type=kind, extensions=some) for kind, some in found.items()]
