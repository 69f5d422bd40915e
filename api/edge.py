"""The edge over its ports: routes, failures and the envelope around them."""

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from importlib.metadata import version
from typing import Any, Final

from fastapi import FastAPI
from starlette.types import Receive, Scope, Send

from api import problems, reference
from api.behind import Behind
from api.bulk import Bulk
from api.envelope import Envelope
from api.guessing import GUESSES, READINGS, PerAddress
from api.metrics import Metrics
from api.origins import CrossOrigin
from api.ports import Limits, Ports
from api.progress import Watching
from api.routes import (
    about,
    ag_ui,
    agents,
    ai_sdk,
    api_keys,
    approvals,
    audit,
    branches,
    budgets,
    collections,
    connections,
    content,
    conversations,
    document_content,
    document_events,
    documents,
    events,
    feedback,
    health,
    mcp,
    messages,
    openai_chat,
    openai_models,
    openai_responses,
    origins,
    policy,
    queue,
    runs,
    search,
    session,
    shares,
    slack,
    slack_callbacks,
    space,
    turns,
    usage,
    ws,
)
from api.routes.documentation import shared_schemas
from api.site import Site
from api.socket.door import Hall
from api.strangers import Strangers
from api.streams import Streams
from api.viewing import Views
from api.web import WebApp

Lifespan = Callable[[FastAPI], AbstractAsyncContextManager[None]]

_TAGS: Final = {
    "conversations": "What is talked about, and how it went on",
    "ai sdk": "Chats in AI SDK's UI message stream v1",
    "ag-ui": "Agents as AG-UI's clients run them",
    "messages": "Say something; each message runs once, however often it is sent",
    "shares": "Links that show a stretch of a conversation to whoever has them",
    "feedback": "What people say of answers",
    "turns": "Turns taken apart: stages, calls, tokens, cost",
    "usage": "What was used and what it cost",
    "openai": "Agents as the models of OpenAI's clients",
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
    "session": "Signing in in a browser",
    "api keys": "What programs call with, each in one space",
    "origins": "From where other people's pages may call",
    "about": "This deployment",
    "operations": "For those who run it",
}
_DESCRIPTION: Final = """
Durable AI agents: a turn, once accepted, ends exactly once, whatever process dies.

Every request carries `Authorization: Bearer …` and `X-Space-Id`. Failures are RFC 9457 problem
details with a stable `code` and the `request_id`.
"""


# In the order of the API's pages. Where two paths match, the first one answers.
ROUTERS: Final = tuple(
    module.router
    for module in (
        conversations,
        branches,
        messages,
        queue,
        ai_sdk,
        ag_ui,
        openai_responses,
        openai_chat,
        openai_models,
        shares,
        feedback,
        turns,
        usage,
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
        ws,
        agents,
        session,
        api_keys,
        origins,
        about,
        health,
    )
)


class Application(FastAPI):
    """Streams run outside of it."""

    def __init__(self, *, lifespan: Lifespan | None) -> None:
        super().__init__(
            title="Holdfast",
            version=version("holdfast"),
            description=_DESCRIPTION,
            openapi_tags=[{"name": name, "description": text} for name, text in _TAGS.items()],
            lifespan=lifespan,
            # Its own load scripts from elsewhere, which would run beside our cookie.
            docs_url=None,
            redoc_url=None,
        )
        self._streams = Streams()

    def openapi(self) -> dict[str, Any]:
        if self.openapi_schema is None:
            components = super().openapi()["components"]
            components["schemas"] = {**shared_schemas(), **components["schemas"]}
        return super().openapi()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            await self._streams.serve(super().__call__, scope, receive, send)
        elif scope["type"] == "websocket":
            await self._streams.serve_socket(super().__call__, scope, receive, send)
        else:
            await super().__call__(scope, receive, send)


def build(
    ports: Ports | None = None,
    limits: Limits | None = None,
    *,
    site: Site | None = None,
    lifespan: Lifespan | None = None,
) -> FastAPI:
    """The application. Without ports its lifespan must set `app.state.ports`."""
    app = Application(lifespan=lifespan)
    app.state.metrics = Metrics()
    app.state.site = site or Site()
    app.state.limits = limits = limits or Limits()
    app.state.uploads = Bulk(limits.uploads, limits.bulk_seconds)
    app.state.bulk = Bulk(limits.bulk, limits.bulk_seconds)
    app.state.behind = Behind()
    app.state.strangers = Strangers()
    app.state.guesses = PerAddress(GUESSES, "too_many_guesses")
    app.state.readings = PerAddress(READINGS, "rate_limited")
    app.state.views = Views()
    app.state.hall = Hall(limits.socket_hall)
    app.state.watching = Watching(limits.document_streams, *limits.document_look)
    if ports is not None:
        app.state.ports = ports
    for router in ROUTERS:
        app.include_router(router)
    app.include_router(reference.router)
    if app.state.site.folder is not None:
        app.router.default = WebApp(app.state.site, app.state.site.folder, app.router.default)
    problems.install(app)
    app.add_middleware(CrossOrigin, site=app.state.site, ports=lambda: app.state.ports)
    app.add_middleware(Envelope, limits=app.state.limits, metrics=app.state.metrics)
    return app
