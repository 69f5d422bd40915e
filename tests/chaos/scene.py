"""One run of a fault: its own conversations, what its clients send, what its readers see."""

import asyncio
import random
from collections.abc import Coroutine
from dataclasses import dataclass
from typing import Any
from uuid import UUID, uuid4

import httpx2
import orjson
from holdfast_client.client import ApiError, Client

from models.payloads.events import START, EventId
from tests.chaos import stored
from tests.chaos.evidence import Evidence, Seen, Sent, event_of
from tests.chaos.readers import resumed_anywhere
from tests.chaos.reading import Reader
from tests.chaos.site import Site
from tests.chaos.tokens import numbered
from tests.chaos.violation import Violation

# A turn that has not ended by then never will: the slowest fault here lasts half a minute.
TURN_SECONDS = 120.0
SETTLE_SECONDS = 20.0
LATE_READERS = 6
LATE_SECONDS = 30.0


@dataclass(slots=True)
class Failures:
    """Requests that got no answer, and were sent again."""

    count: int = 0

    def up(self) -> None:
        """An answer came."""

    def down(self) -> None:
        self.count += 1


class Scene:
    """Enter it; what was begun inside is over when it is left."""

    def __init__(self, site: Site, seed: int) -> None:
        self.site = site
        self.random = random.Random(seed)  # noqa: S311 - a seed makes a run repeatable
        self.sent: dict[UUID, Sent] = {}
        self.readers: list[Reader] = []
        self.violations: list[Violation] = []
        self.facts: dict[str, float] = {}
        self.fault_at: float | None = None
        self.failures = Failures()
        self.client = Client(
            site.api, site.token, site.space_id, patience=TURN_SECONDS, link=self.failures
        )
        self._tasks: dict[asyncio.Task[Any], Reader | None] = {}

    def strike(self) -> None:
        """The fault happens now."""
        self.fault_at = asyncio.get_running_loop().time()

    def begin(self, work: Coroutine[Any, Any, Any], reader: Reader | None = None) -> None:
        self._tasks[asyncio.create_task(work)] = reader

    async def conversation(self, agent: str = "direct") -> UUID:
        made = await self.client.post("/v1/conversations", {"agent": agent}, key=uuid4())
        return UUID(made["id"])

    async def watch(self, conversation_id: UUID, *, turns: int = 1) -> Reader:
        """A new reader, once its stream is open."""
        name = f"reader {len(self.readers) + 1} of conversation {conversation_id}"
        reader = Reader(self.site.api, self.site.headers(), conversation_id, name=name, turns=turns)
        self.readers.append(reader)
        self.begin(reader.run(), reader)
        async with asyncio.timeout(TURN_SECONDS):
            await reader.opened.wait()
        return reader

    async def send(
        self,
        conversation_id: UUID,
        content: str,
        *,
        message_id: UUID | None = None,
        tokens: int | None = None,
        notes: int = 0,
    ) -> Sent:
        """Send until it is answered, always under the same id."""
        message_id = message_id or uuid4()
        body = {"id": str(message_id), "content": content}
        answer = await self.client.post(f"/v1/conversations/{conversation_id}/messages", body)
        return self.told(
            conversation_id, message_id, UUID(answer["turn_id"]), tokens=tokens, notes=notes
        )

    def told(
        self,
        conversation_id: UUID,
        message_id: UUID,
        turn_id: UUID,
        *,
        tokens: int | None = None,
        notes: int = 0,
    ) -> Sent:
        """Note an acceptance."""
        before = self.sent.get(message_id)
        told = frozenset({turn_id}) | (before.told if before else frozenset())
        text = None if tokens is None else numbered(tokens)
        sent = self.sent[message_id] = Sent(conversation_id, message_id, told, text, tokens, notes)
        return sent

    async def ask(
        self, conversation_id: UUID, tokens: int, gap_ms: int, message_id: UUID | None = None
    ) -> Sent:
        """A question that is answered with so many numbered tokens."""
        message_id = message_id or uuid4()
        content = question(message_id, tokens, gap_ms)
        return await self.send(conversation_id, content, message_id=message_id, tokens=tokens)

    async def answered(
        self, tokens: int, gap_ms: int, *, agent: str = "direct", readers: int = 1
    ) -> list[Reader]:
        """A conversation of one turn, watched from before its first event."""
        conversation_id = await self.conversation(agent)
        watching = [await self.watch(conversation_id) for _ in range(readers)]
        await self.ask(conversation_id, tokens, gap_ms)
        return watching

    async def note(self) -> Reader:
        """A turn that waits for the approval of a note."""
        conversation_id = await self.conversation("general")
        reader = await self.watch(conversation_id)
        message_id = uuid4()
        arguments = orjson.dumps({"title": str(message_id), "body": "chaos"}).decode()
        content = f"chaos {message_id}\n@offline call=publish_note args={arguments}"
        await self.send(conversation_id, content, message_id=message_id, notes=1)
        return reader

    async def approve(self, reader: Reader) -> None:
        """Say yes, as often as it takes to be heard; an earlier yes of ours is one too."""
        asked = orjson.loads((await reader.until(TURN_SECONDS, "approval.requested")).data)
        try:
            await self.client.post(f"/v1/approvals/{asked['approval_id']}", {"decision": "approve"})
        except ApiError as error:
            if error.code != "already_decided":
                raise

    async def settled(self) -> None:
        """Until every reader has seen everything and no turn is open, within a bound."""
        waiting = {
            task
            for task, reader in self._tasks.items()
            if reader is None or not reader.seen.finished
        }
        if waiting:
            await asyncio.wait(waiting, timeout=TURN_SECONDS)
        for task in self._tasks:
            task.cancel()
        for result in await asyncio.gather(*self._tasks, return_exceptions=True):
            if isinstance(result, Exception):
                self.violations.append(Violation("run", "a client", repr(result)))
        self._tasks.clear()
        loop = asyncio.get_running_loop()
        until = loop.time() + SETTLE_SECONDS
        while await stored.still_open(self.site, self._conversations()) and loop.time() < until:  # noqa: ASYNC110 - Postgres sets no event
            await asyncio.sleep(0.2)

    async def evidence(self) -> Evidence:
        return Evidence(
            sent=list(self.sent.values()),
            seen=[reader.seen for reader in self.readers],
            logs=await stored.logs(self.site, self._conversations()),
        )

    def _conversations(self) -> set[UUID]:
        return {sent.conversation_id for sent in self.sent.values()}

    async def come_late(self, evidence: Evidence) -> None:
        """Readers that left at some event, and come back when all is over."""
        seen = [one for one in evidence.seen if one.finished]
        chosen = self.random.sample(seen, min(LATE_READERS, len(seen)))
        for one in chosen:
            self.violations += await self._late(one, evidence)

    async def _late(self, one: Seen, evidence: Evidence) -> list[Violation]:
        events = [event_of(frame) for frame in one.frames if frame.id]
        left = self.random.randrange(len(events))
        before = events[:left]
        after: EventId = before[-1].id if before else START
        name = f"late {one.reader}, back from {after}"
        reader = Reader(
            self.site.api, self.site.headers(), one.conversation_id,
            name=name, after=after, until_idle=True,
        )  # fmt: skip
        try:
            async with asyncio.timeout(LATE_SECONDS):
                seen = await reader.run()
        except TimeoutError:
            return [Violation("I3", name, f"was not told that all is over: {_told(reader.seen)}")]
        rest = [event_of(frame) for frame in seen.frames if frame.id]
        return list(resumed_anywhere(name, before, rest, evidence.logs[one.conversation_id]))

    async def estranged(self) -> None:
        """I4: another space of the same organisation sees nothing of what happened here."""
        if not self.sent:
            return
        own = self.random.choice(list(self.sent.values()))
        token, space = self.site.stranger()
        async with Client(self.site.api, token, space, patience=TURN_SECONDS) as stranger:
            one = f"/v1/conversations/{own.conversation_id}"
            for path in (one, f"{one}/messages", f"{one}/events"):
                await self._refused(stranger, path)
            for path in ("/v1/conversations", "/v1/approvals", "/v1/documents"):
                if items := (await stranger.get(path)).get("items"):
                    self.violations.append(Violation("I4", path, f"shows another space {items}"))
            found = await stranger.post("/v1/search", {"query": "chaos w1 w2", "top_k": 5})
            if found.get("items"):
                self.violations.append(Violation("I4", "search", f"shows another space {found}"))

    async def _refused(self, stranger: Client, path: str) -> None:
        try:
            await stranger.ask("GET", path)
        except ApiError as error:
            if error.status == 404:
                return
            self.violations.append(Violation("I4", path, f"{error.status} instead of 404"))
        else:
            self.violations.append(Violation("I4", path, "shown to another space"))

    async def model_calls(self) -> dict[UUID, int]:
        """New answers that the model server was asked for, by message."""
        async with httpx2.AsyncClient(trust_env=False, timeout=30) as http:
            calls = {}
            for message_id in self.sent:
                query = {"kind": "responses.create", "marker": str(message_id)}
                answer = await http.get(self.site.ledger_url, params=query)
                calls[message_id] = int(answer.json()["count"])
            return calls

    async def close(self) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self.client.__aexit__()


def question(message_id: UUID, tokens: int, gap_ms: int) -> str:
    return f"chaos {message_id}\n@offline tokens={tokens} gap_ms={gap_ms}"


async def answers(client: Client, conversation_id: UUID) -> list[str]:
    """What the assistant said, once it said something. TimeoutError."""
    async with asyncio.timeout(TURN_SECONDS):
        while True:
            items = (await client.get(f"/v1/conversations/{conversation_id}/messages"))["items"]
            if said := [str(one["content"]) for one in items if one["role"] == "assistant"]:
                return said
            await asyncio.sleep(0.1)


def _told(seen: Seen) -> str:
    return "; ".join(
        f"status {one.status}, {len(one.frames)} events, {one.ending}" for one in seen.connections
    )
