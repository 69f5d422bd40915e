"""How often a caller may ask: counted once for each request, whatever its route."""

import asyncio
import re
from typing import Final

from fastapi import Request

from api.admission import Context
from api.metrics import Metrics
from api.ports import Ports
from domain.ports.identity import Caller
from domain.ports.places import Place
from domain.ports.rates import Kind, Standing
from models.errors import LimitError

# Where a request keeps how its caller stands, for the headers of its answer; and its place.
STANDING: Final = "rate_standing"
PLACE: Final = "stream_place"

# Posts that begin no work; all others do, new ones too, and so do new versions of documents.
_LIGHT: Final = re.compile(
    r"/v1/(?:conversations|agents|collections|content|api-keys|stream-tickets)/?"
    r"|/v1/approvals/[^/]+/?|/v1/(?:connections|slack)/.*"
    # An agent may have any of these names.
    r"|(?!/v1/ag-ui/).*/(?:stop|close|clear|cancel|leaf|shares|rollback|submit|try)/?"
)
_DOCUMENT: Final = re.compile(r"/v1/documents/[^/]+/?")
_STREAMED: Final = re.compile(r"/v1/(?:ai-sdk/chat|ag-ui/.*)/?")
_FOLLOWED: Final = re.compile(r".*/(?:events|stream)/?")


async def count(request: Request, context: Context) -> None:
    """LimitError("rate_limited"), ("too_many_streams") for what would stay open."""
    state, path = request.app.state, request.url.path
    # Both at once: before a first token, one trip to Redis is taken and not two.
    holding = asyncio.create_task(hold(request, context)) if _stays_open(request, path) else None
    try:
        kind = kind_of(request.method, path)
        standing = await ask(state.ports, state.metrics, context.caller, kind)
        setattr(request.state, STANDING, standing)
        refuse(standing)
    finally:
        if holding is not None:
            await holding


async def hold(request: Request, context: Context) -> None:
    """Take one of the caller's places for streams, for as long as the answer takes.
    LimitError("too_many_streams")."""
    if getattr(request.state, PLACE, None) is None:
        caller = context.caller
        taken = await request.app.state.ports.places.take(caller.organisation_id, caller.user_id)
        setattr(request.state, PLACE, taken)


async def let_go(state: dict[str, object]) -> None:
    """Of a request that is over."""
    place = state.pop(PLACE, None)
    if place is not None:
        held: Place = place  # type: ignore[assignment]  # `hold` put it there
        await held.give_back()


async def ask(ports: Ports, metrics: Metrics, caller: Caller, kind: Kind) -> Standing | None:
    """None: nothing is counted here, or the count is out of reach."""
    if ports.rates is None:
        return None
    standing = await ports.rates.ask(caller, kind)
    if standing is None:
        metrics.rates_uncounted.inc()
    elif standing.wait:
        metrics.rates_refused.labels(standing.lacks).inc()
    return standing


def refuse(standing: Standing | None) -> None:
    """LimitError("rate_limited") when it is one too many."""
    if standing is None or not standing.wait:
        return
    spent = (
        f"{standing.limit:,} such requests a minute are yours"
        if standing.lacks == "requests"
        else "This minute's tokens are spent"
    )
    raise LimitError(
        f"{spent}: ask again in {standing.wait} s.",
        code="rate_limited",
        retry_after=float(standing.wait),
    )


def kind_of(method: str, path: str) -> Kind:
    begins = (method == "POST" and not _LIGHT.fullmatch(path)) or (
        method == "PUT" and _DOCUMENT.fullmatch(path)
    )
    return Kind.WORK if begins else Kind.READ


def headers(standing: Standing) -> dict[str, str]:
    return {
        "x-ratelimit-limit": str(standing.limit),
        "x-ratelimit-remaining": str(standing.remaining),
        "x-ratelimit-reset": str(standing.reset),
    }


def _stays_open(request: Request, path: str) -> bool:
    if request.method == "GET":
        return _FOLLOWED.fullmatch(path) is not None
    streams = "text/event-stream" in request.headers.get("accept", "").lower()
    return request.method == "POST" and (streams or _STREAMED.fullmatch(path) is not None)
