"""The edge over its ports: routes, failures and the envelope around them."""

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from importlib.metadata import version
from typing import Any, Final

from fastapi import FastAPI
from starlette.types import Receive, Scope, Send

from api import problems
from api.behind import Behind
from api.bulk import Bulk
from api.envelope import Envelope
from api.metrics import Metrics
from api.ports import Limits, Ports
from api.progress import Watching
from api.routes import (
    about,
    agents,
    approvals,
    audit,
    budgets,
    collections,
    connections,
    content,
    conversations,
    document_content,
    document_events,
    documents,
    events,
    health,
    mcp,
    messages,
    policy,
    runs,
    search,
    slack,
    slack_callbacks,
    space,
)
from api.routes.documentation import problem_schemas
from api.strangers import Strangers
from api.streams import Streams

Lifespan = Callable[[FastAPI], AbstractAsyncContextManager[None]]

_TAGS: Final = {
    "conversations": "What is talked about, and how it went on",
    "messages": "Say something; each message runs once, however often it is sent",
    "events": "One ordered log per conversation, resumable from any event",
    "runs": "An agent at work without a conversation",
    "approvals": "What waits for a person",
    "audit": "What was done, by whom: numbered, sealed, never changed",
    "policy": "What agents may do unasked, what is taken out of answers, what may be spent",
    "documents": "What answers are drawn from",
    "collections": "Documents that agents and searches name together",
    "search": "Find passages, and pictures",
    "space": "What a space says of its business",
    "mcp": "Servers of the Model Context Protocol, and which of their tools agents may have",
    "connections": "Other services that the space may use, by somebody's grant",
    "content": "What is drafted for publishing, reviewed, and found again once approved",
    "slack": "Asking people where they are: the app in their workspace, and its callbacks",
    "agents": "Who answers",
    "about": "This deployment",
    "operations": "For those who run it",
}
_DESCRIPTION: Final = """
Durable AI agents: a turn, once accepted, ends exactly once, whatever process dies.

Every request carries `Authorization: Bearer …` and `X-Space-Id`. Failures are RFC 9457 problem
details with a stable `code` and the `request_id`.
"""


class Application(FastAPI):
    """Streams run outside of it."""

    def __init__(self, *, lifespan: Lifespan | None) -> None:
        super().__init__(
            title="Holdfast",
            version=version("holdfast"),
            description=_DESCRIPTION,
            openapi_tags=[{"name": name, "description": text} for name, text in _TAGS.items()],
            lifespan=lifespan,
        )
        self._streams = Streams()

    def openapi(self) -> dict[str, Any]:
        if self.openapi_schema is None:
            super().openapi()["components"]["schemas"].update(problem_schemas())
        return super().openapi()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            await self._streams.serve(super().__call__, scope, receive, send)
        else:
            await super().__call__(scope, receive, send)


def build(
    ports: Ports | None = None, limits: Limits | None = None, *, lifespan: Lifespan | None = None
) -> FastAPI:
    """The application. Without ports its lifespan must set `app.state.ports`."""
    app = Application(lifespan=lifespan)
    app.state.metrics = Metrics()
    app.state.limits = limits = limits or Limits()
    app.state.uploads = Bulk(limits.uploads, limits.bulk_seconds)
    app.state.bulk = Bulk(limits.bulk, limits.bulk_seconds)
    app.state.behind = Behind()
    app.state.strangers = Strangers()
    app.state.watching = Watching(limits.document_streams, *limits.document_look)
    if ports is not None:
        app.state.ports = ports
    for module in (
        conversations,
        messages,
        events,
        runs,
        approvals,
        audit,
        policy,
        budgets,
        document_content,
        documents,
        document_events,
        collections,
        search,
        space,
        connections,
        mcp,
        content,
        slack,
        slack_callbacks,
        agents,
        about,
        health,
    ):
        app.include_router(module.router)
    problems.install(app)
    app.add_middleware(Envelope, limits=app.state.limits, metrics=app.state.metrics)
    return app
