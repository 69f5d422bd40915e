"""Row 27: spaces asked for by those who are not in them, and connections that all spaces share."""

import asyncio
import json
import random
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID, uuid4

import httpx2

from tests.chaos.fault import Fault
from tests.chaos.faults.space_storm import blow
from tests.chaos.faults.tenants import Tenant, foreign, others, settle
from tests.chaos.scene import Scene
from tests.chaos.timing import Times
from tests.chaos.violation import Violation

KEPT_CONNECTIONS = 8
ANSWER_SECONDS = 30.0
BUSY_WAIT = 0.2
NO_SPACES = (
    "",
    "x",
    "null",
    "00000000-0000-0000-0000-00000000000g",
    "{%s}",
    "urn:uuid:%s",
    "%s,%s",
)
Headers = list[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Way:
    """One thing to ask for, and the answer that must come."""

    name: str
    status: int
    code: str | None
    method: str
    path: str
    headers: Headers
    body: object = None
    shows_own: bool = False
    """The answer holds the space's own mark."""


class SpaceCrossed(Fault):
    """Two levels, since the wall is tried where it stands. Over HTTP: kept-alive connections on
    which requests of all spaces follow each other, errors among them, with every wrong header.
    Below: transactions through the product's own `Database` and pool, as the application's role,
    of tasks of all spaces that share few connections, with errors, cancellations and rollbacks in
    between. `requests` counts the first, `transactions` the second; together they make the row's
    100,000."""

    number = 27
    recovery = "–"

    def __init__(
        self, spaces: int, requests: int, transactions: int, *, short_runs: int, full_runs: int
    ) -> None:
        self.name = f"{spaces} spaces interleaved ({requests + transactions:,} times)"
        self.short_runs = short_runs
        self.full_runs = full_runs
        self._spaces = spaces
        self._requests = requests
        self._transactions = transactions
        self._left = 0

    async def run(self, scene: Scene) -> None:
        tenants = await settle(scene.site, self._spaces)
        self._left = self._requests
        asked: Counter[str] = Counter()
        await asyncio.gather(*(self._talk(scene, tenants, asked) for _ in range(KEPT_CONNECTIONS)))
        facts = json.loads((scene.site.folder / "stack.json").read_text())
        seed = scene.random.randrange(2**32)
        found = await blow(facts["database_url"], tenants, self._transactions, seed)
        scene.violations += found.violations
        scene.facts["requests"] = sum(asked.values())
        scene.facts["transactions"] = found.transactions

    async def _talk(self, scene: Scene, tenants: Sequence[Tenant], asked: Counter[str]) -> None:
        """One connection, whoever's turn it is."""
        one = httpx2.Limits(max_connections=1, max_keepalive_connections=1)
        async with httpx2.AsyncClient(
            base_url=scene.site.api, limits=one, timeout=ANSWER_SECONDS, trust_env=False
        ) as http:
            while self._left > 0:
                self._left -= 1
                me = scene.random.choice(tenants)
                way = _way(me, scene.random.choice(others(tenants, me)), scene.random)
                asked[way.name] += 1
                scene.violations += await _tried(http, me, way)

    def times(self, scene: Scene) -> Times:
        return Times()


async def _tried(http: httpx2.AsyncClient, me: Tenant, way: Way) -> list[Violation]:
    while True:
        response = await http.request(
            way.method, way.path, headers=way.headers, content=_content(way.body)
        )
        if response.status_code != 503:
            break
        await asyncio.sleep(BUSY_WAIT)
    code = None
    if response.status_code >= 400:
        code = response.json().get("code")
    wrong = [f"shows {mark}" for mark in foreign(response.text, me)]
    if (response.status_code, code) != (way.status, way.code):
        wrong.append(f"{response.status_code} {code} instead of {way.status} {way.code}")
    if way.shows_own and me.mark not in response.text:
        wrong.append(f"does not show its own: {response.text[:200]}")
    subject = f"space {me.scope.space_id}, {way.name}: {way.method} {way.path}"
    return [Violation("I4", subject, one) for one in wrong]


def _content(body: object) -> bytes | None:
    if body is None:
        return None
    return body if isinstance(body, bytes) else json.dumps(body).encode()


def _way(me: Tenant, other: Tenant, chance: random.Random) -> Way:
    kinds = (_own, _own, _foreign, _foreign, _changing, _headers, _headers, _mistaken)
    return chance.choice(kinds)(me, other, chance)


def _signed(me: Tenant, *spaces: str) -> Headers:
    json_type = ("Content-Type", "application/json")
    named = [("X-Space-Id", space) for space in spaces]
    return [("Authorization", f"Bearer {me.token}"), json_type, *named]


def _proper(me: Tenant) -> Headers:
    return _signed(me, str(me.scope.space_id))


def _own(me: Tenant, other: Tenant, chance: random.Random) -> Way:
    talk = me.conversations[0]
    name, path = chance.choice(
        [
            ("list conversations", "/v1/conversations"),
            ("list documents", "/v1/documents"),
            ("read a conversation", f"/v1/conversations/{chance.choice(me.conversations)}"),
            ("read messages", f"/v1/conversations/{talk}/messages"),
            ("read a document", f"/v1/documents/{me.documents[0]}"),
        ]
    )
    return Way(name, 200, None, "GET", path, _proper(me), shows_own=True)


def _foreign(me: Tenant, other: Tenant, chance: random.Random) -> Way:
    """Another space's things, by their right names."""
    talk: UUID = chance.choice(other.conversations)
    base = f"/v1/conversations/{talk}"
    paths = [base, *(f"{base}/{part}" for part in ("messages", "events", "summary", "sessions"))]
    document = f"/v1/documents/{other.documents[0]}"
    path = chance.choice([*paths, document])
    code = "document_not_found" if path == document else "conversation_not_found"
    return Way("read a foreign thing", 404, code, "GET", path, _proper(me))


def _changing(me: Tenant, other: Tenant, chance: random.Random) -> Way:
    talk = chance.choice(other.conversations)
    base = f"/v1/conversations/{talk}"
    said = {"id": str(uuid4()), "content": me.mark}
    ways: list[tuple[str, str, str, object, int, str | None]] = [
        ("talk in a foreign conversation", "POST", f"{base}/messages", said, 404, _NO_TALK),
        ("stop a foreign turn", "POST", f"{base}/stop", None, 404, _NO_TALK),
        ("clear a foreign conversation", "POST", f"{base}/clear", None, 404, _NO_TALK),
        ("rename a foreign conversation", "PATCH", base, {"title": me.mark}, 404, _NO_TALK),
        ("search for a foreign word", "POST", "/v1/search", {"query": other.mark}, 200, None),
    ]
    name, method, path, body, status, code = chance.choice(ways)
    return Way(name, status, code, method, path, _proper(me), body)


_NO_TALK = "conversation_not_found"


def _headers(me: Tenant, other: Tenant, chance: random.Random) -> Way:
    own, theirs = str(me.scope.space_id), str(other.scope.space_id)
    path = chance.choice(
        ["/v1/conversations", f"/v1/conversations/{other.conversations[0]}", "/v1/approvals"]
    )
    none = chance.choice(NO_SPACES).replace("%s", theirs)
    name, status, code, spaces = chance.choice(
        [
            ("not the token's space", 403, "space_forbidden", [theirs]),
            ("no space", 400, "space_required", []),
            ("two spaces", 400, "space_invalid", [own, theirs]),
            ("the same space twice", 400, "space_invalid", [own, own]),
            ("what is no UUID", 400, "space_invalid", [none]),
        ]
    )
    return Way(name, status, code, "GET", path, _signed(me, *spaces))


def _mistaken(me: Tenant, other: Tenant, chance: random.Random) -> Way:
    """Errors, so that what comes next on the connection comes after one."""
    talk = f"/v1/conversations/{me.conversations[1]}/messages"
    ways: list[tuple[str, str, str, object, int, str]] = [
        ("broken JSON", "POST", talk, b'{"content": "', 400, "json_invalid"),
        ("nothing said", "POST", talk, {"content": " "}, 422, "message_empty"),
        ("an invented cursor", "GET", "/v1/conversations?cursor=x", None, 422, "cursor_invalid"),
        ("no such route", "GET", "/v1/nothing", None, 404, "route_not_found"),
    ]  # fmt: skip
    name, method, path, body, status, code = chance.choice(ways)
    return Way(name, status, code, method, path, _proper(me), body)
