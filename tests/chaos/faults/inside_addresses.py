"""Row 21: addresses that lead inside, as documents, in messages, and behind redirects."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

import orjson
from holdfast_client.client import ApiError

from models.payloads.events import RetrievalCompleted, RetrievalStream
from tests.adapters.web.inside import ELSEWHERE, LOOPBACK, Canary, canary
from tests.adapters.web.site import Site as Page
from tests.adapters.web.site import plain, redirect, served
from tests.chaos.evidence import event_of
from tests.chaos.fault import Fault
from tests.chaos.scene import Scene
from tests.chaos.site import Site
from tests.chaos.violation import Violation

SECONDS = 120.0
# Documents sent at once.
AT_ONCE = 16
# What an address may come to: refused at the door, or by the fetch.
REFUSED = frozenset({"url_forbidden", "url_invalid", "url_redirects"})
TOKENS = 12
# Of the notations, those that stand in a message too: three in each, as many as are read.
IN_MESSAGES = ("127.0.0.1", "2130706433", "0x7f.1", "[::1]", "[::ffff:7f00:1]", "localhost")


@dataclass(frozen=True, slots=True)
class Outcome:
    address: str
    code: str


class InsideAddresses(Fault):
    """Somebody listens at every address of this machine, at a port that pages may have: only the
    check of addresses stands before it. A public site, as far as the workers know, leads there."""

    number = 21
    name = "addresses that lead inside, in every notation and behind redirects"
    recovery = "–"
    short_runs = 1
    full_runs = 1

    def __init__(self) -> None:
        self._bird = Canary()
        self._page = Page()
        self._outcomes: list[Outcome] = []

    @asynccontextmanager
    async def around(self, site: Site) -> AsyncIterator[None]:
        async with canary() as bird, served() as page:
            self._bird, self._page = bird, page
            self._page.pages = dict(_leading(bird.port))
            settings = {
                "HOLDFAST_WEB__PORTS": orjson.dumps([80, 443, bird.port]).decode(),
                "HOLDFAST_WEB__ALLOWED": orjson.dumps([f"127.0.0.1:{page.port}"]).decode(),
            }
            async with site.exchanged(worker=settings):
                yield

    async def run(self, scene: Scene) -> None:
        port = self._bird.port
        inside = [f"http://{host}:{port}/" for host in LOOPBACK + ELSEWHERE]
        leading = [f"http://127.0.0.1:{self._page.port}{path}" for path in self._page.pages]
        places = asyncio.Semaphore(AT_ONCE)
        scene.strike()
        self._outcomes = await asyncio.gather(
            *(_taken_in(scene, address, places) for address in inside + leading)
        )
        for first in range(0, len(IN_MESSAGES), 3):
            hosts = IN_MESSAGES[first : first + 3]
            await _asked(scene, " ".join(f"http://{host}:{port}/secret" for host in hosts))

    async def verify(self, scene: Scene) -> None:
        scene.facts["addresses"] = len(self._outcomes)
        scene.facts["connections at the canary"] = self._bird.connections
        if self._bird.connections:
            said = f"{self._bird.connections} connections from the workers"
            scene.violations.append(Violation("row 21", "canary", said))
        scene.violations += self._otherwise()
        scene.violations += self._unread(scene)
        if not self._page.connections:
            said = "no redirect was ever followed: nothing is proved by it"
            scene.violations.append(Violation("row 21", "public site", said))

    def _otherwise(self) -> Iterator[Violation]:
        for outcome in self._outcomes:
            if outcome.code not in REFUSED:
                yield Violation("row 21", outcome.address, f"came to {outcome.code!r}")

    def _unread(self, scene: Scene) -> Iterator[Violation]:
        """The pages of messages were tried, and refused by name."""
        for reader in scene.readers:
            events = [event_of(frame).event for frame in reader.seen.frames]
            found = [event for event in events if isinstance(event, RetrievalCompleted)]
            codes = [
                stream.error
                for event in found
                for stream in event.streams
                if stream.stream is RetrievalStream.PAGES
            ]
            if codes != ["url_forbidden"]:
                yield Violation("row 21", reader.seen.reader, f"its pages came to {codes}")


def _leading(port: int) -> Iterator[tuple[str, bytes]]:
    """Pages of a public site that lead to the canary."""
    for index, host in enumerate(("127.0.0.1", "localhost", "[::1]", "0x7f.1", "2130706433")):
        yield f"/to/{index}", redirect(f"http://{host}:{port}/")
    yield "/twice", redirect("/to/0")
    yield "/relative", redirect(f"//127.0.0.1:{port}/")
    yield "/scheme", redirect("file:///etc/passwd")
    yield "/gopher", redirect(f"gopher://127.0.0.1:{port}/_INFO")
    yield "/refresh", plain(b"", f"Refresh: 0; url=http://127.0.0.1:{port}/", status="302 Found")


async def _taken_in(scene: Scene, address: str, places: asyncio.Semaphore) -> Outcome:
    async with places:
        try:
            made = await scene.client.post("/v1/documents", {"url": address}, key=uuid4())
        except ApiError as error:
            return Outcome(address, error.code)
        return Outcome(address, await _end(scene, made["id"]))


async def _end(scene: Scene, document: str) -> str:
    """The code of a failed document, else its status."""
    async with asyncio.timeout(SECONDS):
        while True:
            now: dict[str, Any] = await scene.client.get(f"/v1/documents/{document}")
            if now["status"] in {"ready", "failed"}:
                return str((now.get("error") or {}).get("code") or now["status"])
            await asyncio.sleep(0.2)


async def _asked(scene: Scene, addresses: str) -> None:
    conversation_id = await scene.conversation("general")
    await scene.watch(conversation_id)
    message_id = uuid4()
    content = f"chaos {message_id}\n{addresses}\n@offline tokens={TOKENS}"
    await scene.send(conversation_id, content, message_id=message_id, tokens=TOKENS)
