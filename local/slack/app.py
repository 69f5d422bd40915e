"""The server: the Web API, the page, and what tests ask of both."""

import base64
import binascii
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, Final
from urllib.parse import urlencode, urlsplit

import httpx2
import orjson
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, RedirectResponse, Response
from starlette.routing import Route

from local.slack.callbacks import Callbacks
from local.slack.desk import Desk
from local.slack.limits import Limits, RateLimitedError
from local.slack.methods import Methods
from local.slack.names import FIRST
from local.slack.page import Page
from local.slack.workspace import SlackError, Workspace

LARGEST: Final = 1024 * 1024  # bytes of a call


class Server:
    def __init__(
        self,
        workspace: Workspace,
        callbacks: Callbacks,
        own_url: str,
        client: tuple[str, str],
        limits: Limits,
    ) -> None:
        client_id, client_secret = client
        self._workspace = workspace
        self._client_id = client_id
        self._desk = Desk(workspace, callbacks, own_url)
        self._methods = Methods(workspace, self._desk, client_id, client_secret)
        self._limits = limits
        self._page = Page(workspace, self._desk)

    def routes(self) -> list[Route]:
        return [
            Route("/api/{method}", self.call, methods=["GET", "POST"]),
            Route("/oauth/v2/authorize", self.consent, methods=["GET", "POST"]),
            Route("/hooks/actions/{team}/{name}", self.answered, methods=["POST"]),
            Route("/", self.show, methods=["GET"]),
            Route("/press", self.press, methods=["POST"]),
            Route("/submit", self.submit, methods=["POST"]),
            Route("/close", self.close, methods=["POST"]),
            Route("/say", self.say, methods=["POST"]),
            Route("/state", self.state, methods=["GET"]),
            Route("/limit", self.limit, methods=["POST"]),
            Route("/leave", self.leave, methods=["POST"]),
            Route("/healthz", _health, methods=["GET"]),
        ]

    async def call(self, request: Request) -> Response:
        """`{"ok": true, …}`, or Slack's word for what is wrong, with status 200 as there."""
        method = request.path_params["method"]
        try:
            given = await _arguments(request)
            self._limits.spend(method, str(given.get("channel") or ""))
            return JSONResponse({"ok": True, **await self._called(method, request, given)})
        except RateLimitedError as error:
            wait = {"retry-after": str(error.seconds)}
            return JSONResponse({"ok": False, "error": "ratelimited"}, 429, headers=wait)
        except SlackError as error:
            return JSONResponse({"ok": False, "error": error.word, **error.more})

    async def _called(self, method: str, request: Request, given: dict[str, Any]) -> dict[str, Any]:
        if method == "oauth.v2.access":
            return self._methods.exchanged(*_client(request, given), str(given.get("code") or ""))
        scheme, _, token = request.headers.get("authorization", "").partition(" ")
        self._methods.signed_in(token.strip() if scheme == "Bearer" else "")
        if method not in self._methods.known:
            raise SlackError("unknown_method", req_method=method)
        return await self._methods.known[method](given)

    async def consent(self, request: Request) -> Response:
        """Where an admin of the workspace says yes; there is nobody else here, so a POST does."""
        asked = request.query_params
        if asked.get("client_id") != self._client_id:
            return PlainTextResponse("Slack knows no such app.", 400)
        if request.method == "GET":
            return self._page.consent(asked.get("scope", "").split(","), str(request.url.query))
        _same_site(request)
        back = {"code": self._workspace.allow(), "state": asked.get("state", "")}
        return RedirectResponse(f"{asked['redirect_uri']}?{urlencode(back)}", 302)

    async def answered(self, request: Request) -> Response:
        said = orjson.loads(await request.body())
        self._desk.answered(
            request.path_params["name"],
            str(said.get("text") or ""),
            ephemeral=said.get("response_type", "ephemeral") == "ephemeral",
        )
        return PlainTextResponse("ok")

    async def show(self, request: Request) -> Response:
        return self._page.shown(
            request.query_params.get("as", FIRST),
            request.query_params.get("channel", "CAPPROVALS"),
            request.query_params.get("thread", ""),
        )

    async def press(self, request: Request) -> Response:
        form = await _form(request)
        repeat = {"x-slack-retry-num": "1"} if form.get("repeat") else {}
        await self._desk.press(form["as"], form["channel"], form["ts"], form["action"], repeat)
        return _back(form)

    async def submit(self, request: Request) -> Response:
        form = await _form(request)
        await self._desk.submit(form["as"], form["window"], form)
        return _back(form)

    async def close(self, request: Request) -> Response:
        form = await _form(request)
        self._desk.windows.pop(form["window"], None)
        return _back(form)

    async def say(self, request: Request) -> Response:
        form = await _form(request)
        said = self._desk.say(form["as"], form["channel"], form["text"], form.get("thread", ""))
        return _back(form, {"x-message": said.ts})

    async def state(self, _request: Request) -> Response:
        """For tests: everything but the token."""
        held = self._workspace.held.model_dump(exclude={"token", "codes"})
        windows = [
            {"id": one.id, "user": one.user, "view": one.view, "errors": one.errors}
            for one in self._desk.windows.values()
        ]
        installed = bool(self._workspace.held.token)
        said = {**held, "windows": windows, "installed": installed, "trouble": self._desk.trouble}
        return Response(orjson.dumps(said), media_type="application/json")

    async def limit(self, request: Request) -> Response:
        """For tests: refuse the next calls of a method with 429."""
        asked = orjson.loads(await request.body())
        self._limits.order(asked["method"], int(asked["seconds"]), int(asked["times"]))
        return Response(status_code=204)

    async def leave(self, request: Request) -> Response:
        _same_site(request)
        self._desk.leave()
        return Response(status_code=204)


async def _arguments(request: Request) -> dict[str, Any]:
    """Of the address, a form or JSON: Slack takes all three."""
    given: dict[str, Any] = dict(request.query_params)
    body = await request.body()
    if len(body) > LARGEST:
        raise SlackError("request_too_large")
    kind = request.headers.get("content-type", "")
    if body and kind.startswith("application/json"):
        try:
            found = orjson.loads(body)
        except orjson.JSONDecodeError:
            raise SlackError("invalid_json") from None
        given |= found if isinstance(found, dict) else {}
    elif body:
        given |= dict(await request.form())
    return given


def _client(request: Request, given: dict[str, Any]) -> tuple[str, str]:
    scheme, _, encoded = request.headers.get("authorization", "").partition(" ")
    if scheme == "Basic":
        try:
            name, _, secret = base64.b64decode(encoded).decode().partition(":")
        except (binascii.Error, UnicodeDecodeError):
            raise SlackError("invalid_client_id") from None
        return name, secret
    return str(given.get("client_id") or ""), str(given.get("client_secret") or "")


async def _form(request: Request) -> dict[str, str]:
    _same_site(request)
    return {name: str(value) for name, value in (await request.form()).items()}


def _same_site(request: Request) -> None:
    """Another site in the same browser must not press our buttons."""
    host = request.headers.get("host", "")
    origin = request.headers.get("origin")
    if host.rpartition(":")[0] not in {"127.0.0.1", "localhost"} or (
        origin is not None and urlsplit(origin).netloc != host
    ):
        raise PermissionError("from elsewhere")


def _back(form: dict[str, str], headers: dict[str, str] | None = None) -> Response:
    kept = ("as", "channel", "thread")
    where = urlencode({name: form[name] for name in kept if form.get(name)})
    return RedirectResponse(f"/?{where}", 303, headers)


async def _health(_request: Request) -> Response:
    return PlainTextResponse("ok")


async def _elsewhere(_request: Request, _error: Exception) -> Response:
    return PlainTextResponse("This came from another site.", 403)


async def _incomplete(_request: Request, error: Exception) -> Response:
    return PlainTextResponse(f"Missing: {error}", 400)


async def _refused(_request: Request, error: Exception) -> Response:
    return PlainTextResponse(str(error), 404)


def build_app(
    own_url: str,
    app_url: str,
    *,
    signing_secret: str,
    client_id: str,
    client_secret: str,
    workspace: Workspace,
    limits: Limits | None = None,
) -> Starlette:
    """`own_url` is where this server answers, `app_url` where the app's edge does."""
    # The edge is on this machine: nothing is encrypted, and certificates take long to read.
    client = httpx2.AsyncClient(transport=httpx2.AsyncHTTPTransport(verify=False))
    callbacks = Callbacks(app_url, signing_secret, client)
    server = Server(workspace, callbacks, own_url, (client_id, client_secret), limits or Limits())

    @asynccontextmanager
    async def lifespan(_app: Starlette) -> AsyncIterator[None]:
        async with client:
            yield

    return Starlette(
        lifespan=lifespan,
        routes=server.routes(),
        exception_handlers={
            PermissionError: _elsewhere,
            KeyError: _incomplete,
            SlackError: _refused,
        },
    )
