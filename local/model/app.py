"""The server's routes, put together."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import orjson
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from local.model.answering import Desk, plain
from local.model.chat import ChatRoutes
from local.model.embeddings import EmbeddingRoutes
from local.model.plan import Pace
from local.model.problems import ProblemError, error_body, problem_response
from local.model.responses import ResponseRoutes

MODELS = ("offline-quote", "offline-embed")
MOST_LISTED = 10_000


class LedgerRoutes:
    def __init__(self, desk: Desk) -> None:
        self._ledger = desk.ledger

    def routes(self) -> list[Route]:
        return [
            Route("/ledger", self.read, methods=["GET"]),
            Route("/ledger", self.clear, methods=["DELETE"]),
        ]

    async def read(self, request: Request) -> Response:
        """`count` is how many calls match; `items` holds the newest of them, oldest first."""
        found = list(
            self._ledger.find(request.query_params.get("kind"), request.query_params.get("marker"))
        )
        return plain({"items": found[-MOST_LISTED:], "count": len(found)})

    async def clear(self, _request: Request) -> Response:
        self._ledger.clear()
        return Response(status_code=204)


async def health(_request: Request) -> Response:
    return plain({"status": "ok"})


async def models(_request: Request) -> Response:
    listed = [
        {"id": name, "object": "model", "created": 0, "owned_by": "holdfast"} for name in MODELS
    ]
    return plain({"object": "list", "data": listed})


async def _problem(_request: Request, error: Exception) -> Response:
    assert isinstance(error, ProblemError)  # noqa: S101 - Starlette types handlers by Exception
    return problem_response(error)


async def _http_error(_request: Request, error: Exception) -> Response:
    status = error.status_code if isinstance(error, HTTPException) else 500
    body = error_body(str(error), "invalid_request_error", param=None, code=None)
    return Response(orjson.dumps(body), status, media_type="application/json")


async def _broken(_request: Request, _error: Exception) -> Response:
    body = error_body("The offline server broke.", "server_error", param=None, code="broken")
    return Response(orjson.dumps(body), 500, media_type="application/json")


def build_app(pace: Pace | None = None) -> Starlette:
    desk = Desk(pace=pace or Pace())
    embeddings = EmbeddingRoutes(desk)

    @asynccontextmanager
    async def lifespan(_app: Starlette) -> AsyncIterator[None]:
        embeddings.warm()
        yield
        embeddings.close()

    return Starlette(
        lifespan=lifespan,
        routes=[
            *ResponseRoutes(desk).routes(),
            *ChatRoutes(desk).routes(),
            *embeddings.routes(),
            *LedgerRoutes(desk).routes(),
            Route("/v1/models", models, methods=["GET"]),
            Route("/healthz", health, methods=["GET"]),
        ],
        exception_handlers={
            ProblemError: _problem,
            HTTPException: _http_error,
            Exception: _broken,
        },
    )
