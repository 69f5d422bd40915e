"""What Slack sends to the app: signed over the body, with a second and a third try of events."""

import asyncio
import secrets
import time
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import urlencode

import httpx2
import orjson
import structlog
from slack_sdk.signature import SignatureVerifier

from local.slack.names import APP, TEAM

# As long as Slack waits.
PATIENCE: Final = 3.0  # seconds
# Slack's own are at once, a minute and five minutes.
RETRIES: Final = (0.2, 2.0, 5.0)  # seconds
log = structlog.get_logger("local.slack")


@dataclass(frozen=True)
class Answer:
    status: int
    """0: none came in time."""
    body: Any = None


class Callbacks:
    def __init__(self, app_url: str, secret: str, client: httpx2.AsyncClient) -> None:
        """`app_url` is the edge's address."""
        self._url = app_url.rstrip("/")
        self._verifier = SignatureVerifier(secret)
        self._client = client
        self._sending: set[asyncio.Task[None]] = set()

    async def interaction(self, payload: dict[str, Any], headers: dict[str, str]) -> Answer:
        body = urlencode({"payload": orjson.dumps(payload).decode()}).encode()
        kind = "application/x-www-form-urlencoded"
        return await self._send("/v1/slack/interactions", body, kind, headers)

    def event(self, happened: dict[str, Any]) -> None:
        """Sent behind, and again when it was not taken."""
        sent = {
            "token": "none",
            "team_id": TEAM,
            "api_app_id": APP,
            "type": "event_callback",
            "event_id": f"Ev{secrets.token_hex(6).upper()}",
            "event_time": int(time.time()),
            "event": happened,
        }
        task = asyncio.create_task(self._event(orjson.dumps(sent)))
        self._sending.add(task)
        task.add_done_callback(self._sending.discard)

    async def _event(self, body: bytes) -> None:
        answer = await self._send("/v1/slack/events", body, "application/json", {})
        for number, pause in enumerate(RETRIES, start=1):
            if answer.status == 200:
                return
            await asyncio.sleep(pause)
            why = "http_timeout" if answer.status == 0 else "http_error"
            headers = {"x-slack-retry-num": str(number), "x-slack-retry-reason": why}
            answer = await self._send("/v1/slack/events", body, "application/json", headers)

    async def _send(self, path: str, body: bytes, kind: str, headers: dict[str, str]) -> Answer:
        timestamp = str(int(time.time()))
        signature = self._verifier.generate_signature(timestamp=timestamp, body=body)
        signed = {
            "content-type": kind,
            "x-slack-request-timestamp": timestamp,
            "x-slack-signature": str(signature),
            **headers,
        }
        try:
            answer = await self._client.post(
                self._url + path, content=body, headers=signed, timeout=PATIENCE
            )
        except httpx2.HTTPError as error:
            log.warning("slack.app_silent", path=path, error=type(error).__name__)
            return Answer(0)
        log.info("slack.called_back", path=path, status=answer.status_code)
        return Answer(answer.status_code, orjson.loads(answer.content) if answer.content else None)
