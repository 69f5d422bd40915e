"""A server of Google's shape: OAuth 2 with PKCE, and the Analytics Data API's `runReport`."""

import asyncio
import base64
import hashlib
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any
from urllib.parse import urlencode
from uuid import uuid4

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import Route

from local.ports import KEEP, listening

CLIENT_ID = "client-id"
CLIENT_SECRET = "client-secret-of-the-deployment"
ACCOUNT = "figures@customer.example"
SCOPES = "openid email https://www.googleapis.com/auth/analytics.readonly"


class Google:
    """What it gave, what it was asked, and how it misbehaves."""

    def __init__(self) -> None:
        self.address = ""
        self.codes: dict[str, dict[str, str]] = {}
        self.refresh_tokens: set[str] = set()
        self.access_tokens: set[str] = set()
        self.secrets: set[str] = {CLIENT_SECRET}
        """Everything that must be seen nowhere."""
        self.token_calls: list[str] = []
        self.reports: list[dict[str, Any]] = []
        self.lasts = 3_600
        self.scopes = SCOPES
        self.rotating = False
        self.failing = 0
        """Answers of the token endpoint still to fail with 503."""
        self.slowness = 0.0
        self.refreshing = asyncio.Event()
        """A refresh has come."""
        self.report: Response | None = None

    def _new(self, kind: str) -> str:
        token = f"{kind}-{uuid4().hex}"
        self.secrets.add(token)
        return token

    async def authorize(self, request: Request) -> Response:
        asked = dict(request.query_params)
        assert asked["client_id"] == CLIENT_ID
        assert asked["response_type"] == "code"
        assert asked["code_challenge_method"] == "S256"
        assert asked["access_type"] == "offline"
        code = self._new("code")
        self.codes[code] = asked
        back = urlencode({"state": asked["state"], "code": code})
        return RedirectResponse(f"{asked['redirect_uri']}?{back}")

    async def token(self, request: Request) -> Response:
        form = {name: str(value) for name, value in (await request.form()).items()}
        self.token_calls.append(form["grant_type"])
        if form["grant_type"] == "refresh_token":
            self.refreshing.set()
        await asyncio.sleep(self.slowness)
        if self.failing:
            self.failing -= 1
            return Response("upstream connect error", 503)
        if (form["client_id"], form["client_secret"]) != (CLIENT_ID, CLIENT_SECRET):
            return _error("invalid_client", 401)
        if form["grant_type"] == "authorization_code":
            return self._exchange(form)
        if form["refresh_token"] not in self.refresh_tokens:
            return _error("invalid_grant", description=f"{form['refresh_token']} was revoked")
        if not self.rotating:
            return self._grant(None)
        self.refresh_tokens.remove(form["refresh_token"])
        return self._grant(self._refresh_token())

    def _exchange(self, form: dict[str, str]) -> Response:
        asked = self.codes.pop(form["code"], None)
        digest = hashlib.sha256(form["code_verifier"].encode()).digest()
        challenge = base64.urlsafe_b64encode(digest).decode().rstrip("=")
        if asked is None or asked["code_challenge"] != challenge:
            return _error("invalid_grant")
        if asked["redirect_uri"] != form["redirect_uri"]:
            return _error("redirect_uri_mismatch")
        self.secrets.add(form["code_verifier"])
        return self._grant(self._refresh_token())

    def _refresh_token(self) -> str:
        token = self._new("refresh")
        self.refresh_tokens.add(token)
        return token

    def _grant(self, refresh_token: str | None) -> Response:
        access = self._new("access")
        self.access_tokens.add(access)
        claims = base64.urlsafe_b64encode(json.dumps({"email": ACCOUNT}).encode()).decode()
        said = {
            "access_token": access,
            "expires_in": self.lasts,
            "token_type": "Bearer",
            "scope": self.scopes,
            "id_token": f"e30.{claims.rstrip('=')}.sig",
        }
        return JSONResponse(
            said if refresh_token is None else said | {"refresh_token": refresh_token}
        )

    async def revoke(self, request: Request) -> Response:
        self.take_back()
        return JSONResponse({})

    def take_back(self) -> None:
        """As a person does in the account's settings."""
        self.refresh_tokens.clear()
        self.access_tokens.clear()

    async def run_report(self, request: Request) -> Response:
        token = request.headers["authorization"].removeprefix("Bearer ")
        if token not in self.access_tokens:
            return JSONResponse({"error": {"code": 401, "status": "UNAUTHENTICATED"}}, 401)
        body = await request.json()
        self.reports.append({"property": request.path_params["property"], **body})
        return self.report or JSONResponse(_answer(body))


def _error(code: str, status: int = 400, description: str = "") -> Response:
    return JSONResponse({"error": code, "error_description": description}, status)


def _answer(body: dict[str, Any]) -> dict[str, Any]:
    """As the REST reference shows it."""
    dimensions, metrics = body["dimensions"], body["metrics"]
    return {
        "dimensionHeaders": dimensions,
        "metricHeaders": [metric | {"type": "TYPE_INTEGER"} for metric in metrics],
        "rows": [
            {
                "dimensionValues": [{"value": f"{one['name']} {row}"} for one in dimensions],
                "metricValues": [{"value": str(row)} for _ in metrics],
            }
            for row in range(3)
        ],
        "rowCount": 12,
        "metadata": {"currencyCode": "CHF", "timeZone": "Europe/Zurich"},
        "kind": "analyticsData#runReport",
    }


@asynccontextmanager
async def google_server() -> AsyncIterator[Google]:
    google = Google()
    app = Starlette(
        routes=[
            Route("/o/oauth2/v2/auth", google.authorize),
            Route("/token", google.token, methods=["POST"]),
            Route("/revoke", google.revoke, methods=["POST"]),
            Route("/v1beta/properties/{property}:runReport", google.run_report, methods=["POST"]),
        ]
    )
    held = listening(0)
    server = uvicorn.Server(
        uvicorn.Config(
            app, log_config=None, timeout_keep_alive=KEEP, lifespan="off", access_log=False
        )
    )
    serving = asyncio.create_task(server.serve(sockets=[held]))
    google.address = f"http://127.0.0.1:{held.getsockname()[1]}"
    try:
        yield google
    finally:
        server.should_exit = True
        await serving
        held.close()
