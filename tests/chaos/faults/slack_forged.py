"""Row 15: callbacks that Slack did not send, sent long ago, or sent otherwise."""

import asyncio
import time
from collections.abc import Sequence
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

import httpx2
import orjson
from slack_sdk.signature import SignatureVerifier

from domain.ports.audit import DEPLOYMENT
from local.slack.names import APP, FIRST, TEAM
from tests.chaos.fault import Fault
from tests.chaos.faults.inbox import Asked, ask, stands
from tests.chaos.scene import TURN_SECONDS, Scene
from tests.chaos.site import Site
from tests.chaos.stored import reading
from tests.chaos.timing import Times
from tests.chaos.violation import Violation

NOTES = 8
OLD = 301  # seconds
POSTED_SECONDS = 60.0
WRITTEN_SECONDS = 20.0
JUNK = ("", "now", "-1", "1e9", "0x10", "nan", "9" * 500, "1.5", "+1", "٣", "\x7f", "v0", "null")
_SIGNATURE, _TIME = "x-slack-signature", "x-slack-request-timestamp"
_SPACE = (
    "SELECT set_config('app.space_id', $1, false), set_config('app.organisation_id', $2, false)"
)
_TURNED_AWAY = """
SELECT coalesce(sum(n.value::integer), 0) FROM audit a, jsonb_each_text(a.details -> 'reasons') n
WHERE a.action = 'slack.refused'
"""
Headers = list[tuple[bytes, bytes]]


class SlackForged(Fault):
    """Each is answered with 401 and stands in the deployment's trail; nothing is decided by it.
    At last the same buttons, truly signed, decide."""

    number = 15
    recovery = "–"
    full_runs = 3

    def __init__(self, forgeries: int, *, short_runs: int, full_runs: int) -> None:
        self.name = f"Slack callbacks forged, old, altered, junk headers ({forgeries})"
        self.short_runs = short_runs
        self.full_runs = full_runs
        self._forgeries = forgeries
        self._asked: Sequence[Asked] = ()

    async def run(self, scene: Scene) -> None:
        site = scene.site
        secret = site.environment("edge")["HOLDFAST_SLACK__SIGNING_SECRET"]
        reader, self._asked = await ask(scene, NOTES)
        async with httpx2.AsyncClient(timeout=30, trust_env=False) as http:
            bodies = await _buttons(http, site, self._asked)
            before = await _turned_away(site)
            answers = [
                await _send(http, site, *_forged(scene, scene.random.choice(bodies), secret))
                for _ in range(self._forgeries)
            ]
            await self._turned_away(scene, answers, before)
            await self._undecided(scene)
            for body in bodies:
                timestamp = str(int(time.time()))
                genuine = _headers(timestamp, _signed(body, timestamp, secret))
                if (status := await _send(http, site, body, genuine)) != 200:
                    _wrong(scene, "a genuine callback", f"was answered {status}")
        await reader.ended(TURN_SECONDS)
        scene.facts["forgeries"] = len(answers)

    async def _turned_away(self, scene: Scene, answers: Sequence[int], before: int) -> None:
        accepted = [status for status in answers if status not in {400, 401}]
        if accepted:
            _wrong(scene, "a forged callback", f"was answered {accepted}")
        # The server itself refuses headers that are none, before anybody reads them.
        due, found = answers.count(401), -1
        until = time.monotonic() + WRITTEN_SECONDS
        while found != due and time.monotonic() < until:
            await asyncio.sleep(0.1)
            found = await _turned_away(scene.site) - before
        if found != due:
            _wrong(scene, "the deployment's trail", f"tells of {found} of {due}")

    async def _undecided(self, scene: Scene) -> None:
        for approval_id, found in (await stands(scene.site, self._asked)).items():
            if (found.state, found.notes) != ("pending", 0):
                _wrong(scene, f"approval {approval_id}", f"is {found.state} by a forgery")

    async def verify(self, scene: Scene) -> None:
        stored = await stands(scene.site, self._asked)
        for one in self._asked:
            found = stored.get(one.approval_id)
            if found is None or (found.state, found.notes, len(found.audits)) != ("approved", 1, 1):
                _wrong(scene, f"approval {one.approval_id}", f"ended as {found}")

    def times(self, scene: Scene) -> Times:
        return Times()


def _forged(scene: Scene, body: bytes, secret: str) -> tuple[bytes, Headers]:
    chance, now = scene.random, int(time.time())
    timestamp = str(now)
    good = _signed(body, timestamp, secret)
    match chance.randrange(8):
        case 0:
            return body, _headers(timestamp, _signed(body, timestamp, secret + "x"))
        case 1:
            past = str(now - OLD - chance.randrange(10**6))
            return body, _headers(past, _signed(body, past, secret))
        case 2:
            future = str(now + OLD + chance.randrange(10**6))
            return body, _headers(future, _signed(body, future, secret))
        case 3:
            place = chance.randrange(len(body))
            other = bytes([body[place] ^ (1 << chance.randrange(7))])
            return body[:place] + other + body[place + 1 :], _headers(timestamp, good)
        case 4:
            return body, _headers(str(now - 1), good)
        case 5:
            return body, _headers(chance.choice(JUNK), good)
        case 6:
            return body, _headers(timestamp, chance.choice([*JUNK, good[:-1], good.upper()]))
        case _:
            whole = _headers(timestamp, good)
            return body, chance.choice([[], whole[:1], whole[1:], [*whole, whole[1]]])


def _signed(body: bytes, timestamp: str, secret: str) -> str:
    return str(SignatureVerifier(secret).generate_signature(timestamp=timestamp, body=body))


def _headers(timestamp: str, signature: str) -> Headers:
    return [(_TIME.encode(), timestamp.encode()), (_SIGNATURE.encode(), signature.encode())]


async def _send(http: httpx2.AsyncClient, site: Site, body: bytes, headers: Headers) -> int:
    """The status; 400 where no server takes such headers."""
    kind = (b"content-type", b"application/x-www-form-urlencoded")
    url = f"{site.api}/v1/slack/interactions"
    try:
        return (await http.post(url, content=body, headers=[kind, *headers])).status_code
    except httpx2.LocalProtocolError:
        return 400


async def _buttons(http: httpx2.AsyncClient, site: Site, asked: Sequence[Asked]) -> list[bytes]:
    """What Slack would send for each approval's first button, once all of them stand there."""
    wanted = {str(one.approval_id) for one in asked}
    async with asyncio.timeout(POSTED_SECONDS):
        while not wanted <= (values := await _values(http, site)).keys():  # noqa: ASYNC110 - another process
            await asyncio.sleep(0.1)
    return [_pressed(values[approval]) for approval in sorted(wanted)]


async def _values(http: httpx2.AsyncClient, site: Site) -> dict[str, str]:
    channels = (await http.get(f"{site.slack}/state")).json()["channels"]
    found: dict[str, str] = {}
    for message in (one for channel in channels.values() for one in channel["messages"]):
        about = ((message["metadata"] or {}).get("event_payload") or {}).get("approval_id")
        for block in message["blocks"]:
            if about and block["type"] == "actions":
                found[about] = block["elements"][0]["value"]
    return found


def _pressed(value: str) -> bytes:
    payload: dict[str, Any] = {
        "type": "block_actions",
        "api_app_id": APP,
        "team": {"id": TEAM},
        "user": {"id": FIRST, "team_id": TEAM},
        "actions": [{"action_id": "approval.approve", "value": value}],
    }
    return urlencode({"payload": orjson.dumps(payload).decode()}).encode()


async def _turned_away(site: Site) -> int:
    ids: tuple[UUID, UUID] = (DEPLOYMENT.space_id, DEPLOYMENT.organisation_id)
    async with reading(site) as connection:
        await connection.fetch(_SPACE, *map(str, ids))
        return int(await connection.fetchval(_TURNED_AWAY))


def _wrong(scene: Scene, subject: str, found: str) -> None:
    scene.violations.append(Violation("row 15", subject, found))
