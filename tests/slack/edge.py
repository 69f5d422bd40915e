"""The edge as it is started, as an app of the workspace in this process, which calls it back."""

import json
import re
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from logging import getLogger
from pathlib import Path
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

import httpx2
import orjson
import pytest
import structlog
from fastapi import FastAPI
from joserfc import jwt
from pydantic import SecretStr
from slack_sdk.signature import SignatureVerifier

from adapters.store.database import Database
from adapters.vault import KeyringVault, new_key
from api.app import create
from local.ports import listening
from local.slack.names import APP, CLIENT, TEAM
from local.slack.workspace import Message, Workspace
from local.stack import Stack
from models.states import Role
from tests.api.real import KEY
from tests.slack.town import (
    CHANNEL,
    CLIENT_SECRET,
    SIGNING_SECRET,
    Town,
    address,
    serving,
    slack_app,
)
from tests.waiting import PATIENCE

# One request a minute that begins work.
SLOW = "slow"
# Slack's own patience, and how the edge keeps within it: what a press does is done once the press
# is answered, however slow the machine is.
DEADLINES = (
    "api.routes.slack_callbacks.ACKNOWLEDGE",
    "local.slack.callbacks.PATIENCE",
    "local.slack.desk.TRIGGER_SECONDS",
)
LINK = re.compile(r"holdfast slack link ([\w.-]+)")


@dataclass
class Square(Town):
    """A space whose people press buttons, and the edge that hears of it."""

    edge_url: str = ""
    http: httpx2.AsyncClient = field(default_factory=httpx2.AsyncClient)
    app: FastAPI = field(default_factory=FastAPI)
    keys: tuple[SecretStr, ...] = ()
    """Of the vault."""

    def headers(self, user_id: UUID, role: Role = Role.ADMIN, tier: str = "") -> dict[str, str]:
        """Of a member who is signed in."""
        claims = {
            "iss": "holdfast-local",
            "aud": "holdfast",
            "sub": str(user_id),
            "org": str(self.scope.organisation_id),
            "spaces": {str(self.scope.space_id): role.value},
            "jti": "test",
            "tier": tier,
            "iat": 0,
            "exp": 2**33,
        }
        token = jwt.encode({"alg": "RS256", "kid": "one"}, claims, KEY)
        return {"authorization": f"Bearer {token}", "x-space-id": str(self.scope.space_id)}

    async def press(
        self, message: Message, action: str, user: str = "UADA", *, repeat: bool = False
    ) -> None:
        form = {"as": user, "channel": CHANNEL, "ts": message.ts, "action": f"approval.{action}"}
        answer = await self.http.post(
            f"{self.slack_url}/press", data={**form, **({"repeat": "1"} if repeat else {})}
        )
        assert answer.status_code == 303, answer.text

    async def state(self) -> dict[str, Any]:
        found: dict[str, Any] = (await self.http.get(f"{self.slack_url}/state")).json()
        return found

    async def signed(
        self,
        payload: dict[str, Any],
        path: str = "interactions",
        *,
        secret: str = SIGNING_SECRET,
        at: float | None = None,
        headers: dict[str, str] | None = None,
    ) -> httpx2.Response:
        """Send a callback of our own making, signed as Slack signs."""
        said = orjson.dumps(payload)
        body = said if path == "events" else urlencode({"payload": said.decode()}).encode()
        timestamp = str(int(time.time() if at is None else at))
        signature = SignatureVerifier(secret).generate_signature(timestamp=timestamp, body=body)
        sent = {
            "content-type": "application/x-www-form-urlencoded",
            "x-slack-request-timestamp": timestamp,
            "x-slack-signature": str(signature),
            **(headers or {}),
        }
        raw = {name.encode(): value.encode() for name, value in sent.items()}
        return await self.http.post(f"{self.edge_url}/v1/slack/{path}", content=body, headers=raw)

    def pressed(self, message: Message, action: str, **changes: Any) -> dict[str, Any]:  # noqa: ANN401
        """What Slack says of a button."""
        [value] = {
            one["value"]
            for block in message.blocks
            for one in block.get("elements", ())
            if one.get("action_id") == f"approval.{action}"
        }
        return {
            "type": "block_actions",
            "api_app_id": APP,
            "team": {"id": TEAM},
            "user": {"id": "UADA", "name": "ada", "team_id": TEAM},
            "channel": {"id": CHANNEL},
            "actions": [{"action_id": f"approval.{action}", "value": value}],
            **changes,
        }


@asynccontextmanager
async def square(stack: Stack, database: Database, folder: Path) -> AsyncIterator[Square]:
    keys, vault = folder / "jwks.json", new_key()
    keys.write_text(json.dumps({"keys": [KEY.as_dict(private=False)]}))
    held, edge = listening(0), listening(0)
    workspace = Workspace(None)
    slack = slack_app(workspace, held, address(edge))
    told = {
        "DATABASE_URL": stack.database_url,
        "REDIS_URL": stack.redis_url,
        "TEMPORAL__ADDRESS": stack.temporal_address,
        "IDENTITY__JWKS_FILE": str(keys),
        "ORIGINALS__URL": str(folder),
        "EMBEDDING__BASE_URL": stack.model_base_url,
        "VAULT__KEYS": json.dumps([vault]),
        "RATES__TIERS__SLOW__REQUESTS": "1",
        "RATES__TIERS__SLOW__TOKENS": "1000000",
        "SLACK__APP_ID": APP,
        "SLACK__CLIENT_ID": CLIENT,
        "SLACK__CLIENT_SECRET": CLIENT_SECRET,
        "SLACK__SIGNING_SECRET": SIGNING_SECRET,
        "SLACK__API_URL": f"{address(held)}/api/",
        "SLACK__AUTHORIZE_URL": f"{address(held)}/oauth/v2/authorize",
        "SLACK__HOOKS_URL": f"{address(held)}/hooks/",
        "SLACK__REDIRECT_URL": f"{address(edge)}/v1/slack/oauth",
    }
    logging, root = structlog.get_config(), getLogger()
    handlers, level = root.handlers[:], root.level
    with pytest.MonkeyPatch.context() as patch:
        for name, value in told.items():
            patch.setenv(f"HOLDFAST_{name}", value)
        for name in DEADLINES:
            patch.setattr(name, PATIENCE)
        app = create()
        async with (
            serving(slack, held),
            serving(app, edge),
            httpx2.AsyncClient(timeout=2 * PATIENCE) as http,
        ):
            yield Square(
                database,
                workspace,
                address(held),
                KeyringVault([vault]),
                edge_url=address(edge),
                http=http,
                app=app,
                keys=(SecretStr(vault),),
            )
    # Logging belongs to the whole process: leave it as it was.
    root.handlers, root.level = handlers, level
    structlog.configure(**logging)
