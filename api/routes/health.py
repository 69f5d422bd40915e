"""For those who run it: is it up, do its dependencies answer, what did it count."""

import asyncio
from typing import Final

import structlog
from fastapi import APIRouter
from fastapi.responses import JSONResponse, PlainTextResponse
from prometheus_client import CONTENT_TYPE_LATEST
from starlette.responses import Response

from api.dependencies import TheEdge
from api.ports import Check

router = APIRouter(tags=["operations"])
log = structlog.get_logger(__name__)

UP: Final = "ok"


@router.get("/healthz", operation_id="isUp")
async def up() -> dict[str, str]:
    """The process is up; asks nobody else."""
    return {"status": UP}


@router.get(
    "/readyz",
    operation_id="isReady",
    responses={503: {"description": "A dependency does not answer; `checks` names it"}},
)
async def ready(edge: TheEdge) -> JSONResponse:
    """Its dependencies answer, each named."""
    names = list(edge.ports.checks)
    found = await asyncio.gather(
        *(_state(name, edge.ports.checks[name], edge.limits.readiness) for name in names)
    )
    checks = dict(zip(names, found, strict=True))
    fine = all(state == UP for state in found)
    return JSONResponse(
        {"status": UP if fine else "unavailable", "checks": checks}, 200 if fine else 503
    )


async def _state(name: str, check: Check, seconds: float) -> str:
    try:
        async with asyncio.timeout(seconds):
            await check()
    except Exception as error:  # noqa: BLE001 - whatever it is, the dependency is not ready
        # The text could name addresses and users: it is for the log.
        log.warning("dependency.away", dependency=name, error=repr(error)[:500])
        return "no answer in time" if isinstance(error, TimeoutError) else "failed"
    return UP


@router.get("/metrics", operation_id="getMetrics", response_class=PlainTextResponse)
async def metrics(edge: TheEdge) -> Response:
    """Prometheus's text format."""
    return Response(edge.metrics.text(), media_type=CONTENT_TYPE_LATEST)
