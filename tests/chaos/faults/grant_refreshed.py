"""Row 30: a grant that many turns refresh at once, and one that a person took back."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from urllib.parse import parse_qs, urlsplit
from uuid import uuid4

import httpx2

from adapters.connections.google import ANALYTICS
from adapters.connections.oauth import OAuthConnections
from adapters.connections.registry import connections
from adapters.events.connection import connect
from adapters.store.database import Database
from domain.catalogue.team import STRATEGY
from domain.ports.connections import ConnectionState
from models.payloads.events import ToolCompleted, ToolFailed
from models.payloads.scope import Scope
from tests.chaos.evidence import event_of
from tests.chaos.fault import Fault
from tests.chaos.reading import Reader
from tests.chaos.scene import TURN_SECONDS, Scene
from tests.chaos.site import Site
from tests.chaos.timing import Times
from tests.chaos.violation import Violation
from tests.connections.google import CLIENT_ID, CLIENT_SECRET, Google, google_server

AT_ONCE = 20
BACK = "http://app.example/v1/connections/callback"
REPORT = (
    '@offline call=run_report args={"property_id": "7", "metrics": ["sessions"],'
    ' "start": "2026-10-01", "end": "2026-10-31"}'
)
_AGE = "UPDATE connection SET expires_at = now() + interval '4 minutes' WHERE space_id = $1"
_ROWS = "SELECT * FROM connection WHERE space_id = $1"


class GrantRefreshed(Fault):
    """Twenty turns on two workers find that the token ends in four minutes; then the grant is
    taken back at the provider, and twenty more ask. The provider is slow meanwhile."""

    number = 30
    name = f"{AT_ONCE} turns refresh one grant at once; the grant is taken back"
    recovery = "–"
    short_runs = 1
    full_runs = 5

    def __init__(self) -> None:
        self._google = Google()
        self._refreshed: list[ToolCompleted | ToolFailed] = []
        self._revoked: list[ToolCompleted | ToolFailed] = []
        self._calls: list[str] = []
        self._rows = ""
        self._state: ConnectionState | None = None

    @asynccontextmanager
    async def around(self, site: Site) -> AsyncIterator[None]:
        async with google_server() as self._google:
            address = self._google.address
            settings = {
                "HOLDFAST_GOOGLE__CLIENT_ID": CLIENT_ID,
                "HOLDFAST_GOOGLE__CLIENT_SECRET": CLIENT_SECRET,
                "HOLDFAST_GOOGLE__REDIRECT_URL": BACK,
                "HOLDFAST_GOOGLE__TOKENS_URL": address,
                "HOLDFAST_GOOGLE__ANALYTICS_URL": address,
            }
            async with site.exchanged(worker=settings):
                yield

    async def run(self, scene: Scene) -> None:
        site, google = scene.site, self._google
        google.slowness = 0.5
        environment = site.environment("worker")
        database = Database(environment["HOLDFAST_DATABASE_URL"], pool_size=1)
        redis = connect(site.redis_url)
        keyring = _keys(environment["HOLDFAST_VAULT__KEY_FILE"])
        registration = {
            "client_id": CLIENT_ID,
            "client_secret": CLIENT_SECRET,
            "redirect_url": BACK,
            "accounts_url": google.address,
            "tokens_url": google.address,
        }
        grants = connections(database, redis, keyring, google_as=registration)
        scope = Scope(organisation_id=site.organisation_id, space_id=site.space_id)
        try:
            await _connect(grants, scope)
            google.token_calls.clear()
            async with database.transaction(scope) as session:
                await session.fetch(_AGE, scope.space_id)
            scene.strike()
            self._refreshed = await _asked(scene)
            self._calls = list(google.token_calls)
            google.take_back()
            self._revoked = await _asked(scene)
            (self._state,) = [one.state for one in await grants.all(scope)]
            async with database.transaction(scope) as session:
                self._rows = repr(await session.fetch(_ROWS, scope.space_id))
        finally:
            await redis.aclose()
            await database.close()

    async def verify(self, scene: Scene) -> None:
        scene.facts["refreshes"] = len(self._calls)
        scene.facts["reports"] = sum(isinstance(one, ToolCompleted) for one in self._refreshed)
        scene.facts["told to reconnect"] = sum(map(_told, self._revoked))
        wanted = {"refreshes": 1, "reports": AT_ONCE, "told to reconnect": AT_ONCE}
        for name, count in wanted.items():
            if scene.facts[name] != count:
                said = f"{scene.facts[name]:g}, not {count}"
                scene.violations.append(Violation("row 30", name, said))
        if self._state is not ConnectionState.RECONNECT:
            scene.violations.append(Violation("row 30", "state", f"{self._state}"))
        seen = {
            "rows": self._rows,
            "log lines": _lines(scene.site.folder),
            "events": "".join(
                frame.data.decode() for reader in scene.readers for frame in reader.seen.frames
            ),
        }
        for place, text in seen.items():
            count = sum(secret in text for secret in self._google.secrets)
            if count or not text:
                said = f"{count} secrets in {len(text)} characters"
                scene.violations.append(Violation("row 30", place, said))

    def times(self, scene: Scene) -> Times:
        return Times()


def _told(end: ToolCompleted | ToolFailed) -> bool:
    return isinstance(end, ToolFailed) and "connect it again" in end.detail


def _keys(file: str) -> list[str]:
    return Path(file).read_text().split()


def _lines(folder: Path) -> str:
    return "".join(path.read_text(errors="replace") for path in (folder / "logs").iterdir())


async def _connect(grants: OAuthConnections, scope: Scope) -> None:
    address = await grants.begin(scope, ANALYTICS, by=uuid4())
    plain = httpx2.AsyncHTTPTransport(verify=False)
    async with httpx2.AsyncClient(transport=plain) as browser:
        answer = await browser.get(address)
    back = parse_qs(urlsplit(answer.headers["location"]).query)
    await grants.complete(back["state"][0], back["code"][0])


async def _asked(scene: Scene) -> list[ToolCompleted | ToolFailed]:
    """How each turn's report ended."""
    readers = await asyncio.gather(*(_report(scene) for _ in range(AT_ONCE)))
    await asyncio.gather(*(reader.ended(TURN_SECONDS) for reader in readers))
    return [
        event
        for reader in readers
        for event in (event_of(frame).event for frame in reader.seen.frames)
        if isinstance(event, ToolCompleted | ToolFailed)
    ]


async def _report(scene: Scene) -> Reader:
    conversation_id = await scene.conversation(STRATEGY.name)
    reader = await scene.watch(conversation_id)
    await scene.send(conversation_id, f"chaos {uuid4()}\n{REPORT}")
    return reader
