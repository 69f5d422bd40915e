"""Row 26: places in a log that are none, or none of this log's."""

import asyncio
from dataclasses import dataclass, field
from urllib.parse import quote
from uuid import UUID

import httptools
import orjson

from models.payloads.events import START, EventId
from tests.chaos.evidence import Frame, event_of
from tests.chaos.fault import Fault
from tests.chaos.faults.crowds import gather, plain
from tests.chaos.reading import Events, Reader
from tests.chaos.scene import Scene
from tests.chaos.violation import Violation

SECONDS = 30.0
RANDOM = 40
LONGEST_RANDOM = 60
JUNK = (
    "x", "1", "1.", ".1", "1.1.1", "-1.1", "1.-1", "+1.1", "1 .1", "1,1", "1e3.1", "0x1.1", "NaN.1",
    "9" * 17 + ".1", "1." + "9" * 40, f"{2**63}.{2**63}", "1.1;2.2", "' OR 1=1 --", "../1.1",
    "١.١", "１.１", "1.①", "🦀", "1.1\u2028", "null", "undefined", "[object Object]",
)  # fmt: skip
LETTERS = [chr(n) for n in range(0x21, 0x7F) if chr(n) not in ".0123456789"]
MEGABYTE = 1_000_000
LARGEST = 2**53 - 1


@dataclass(slots=True)
class Answer:
    """`status` 0: the edge hung up."""

    status: int = 0
    body: bytearray = field(default_factory=bytearray)
    over: bool = False

    def on_body(self, data: bytes) -> None:
        self.body += data

    def on_message_complete(self) -> None:
        self.over = True

    @property
    def code(self) -> str:
        try:
            return str(orjson.loads(bytes(self.body)).get("code", ""))
        except (ValueError, AttributeError):
            return ""

    @property
    def frames(self) -> list[Frame]:
        return Events().feed(bytes(self.body), 0.0)


class CursorJunk(Fault):
    """Each is refused by name, or stands for a place: nothing before it comes, nothing foreign."""

    number = 26
    name = "Last-Event-ID unknown, future, another conversation's, NUL, 1 MB"
    full_runs = 3

    async def run(self, scene: Scene) -> None:
        self._scene = scene
        self._checks = 0
        mine, theirs = await scene.conversation(), await scene.conversation()
        [reader] = await gather(scene, [mine], 1, plain(scene), turns=2)
        [other] = await gather(scene, [theirs], 1, plain(scene), turns=3)
        await asyncio.gather(self._turns(scene, reader, 1), self._turns(scene, other, 3))
        await self._refused(mine)
        await self._places(mine, reader, other)
        await self._ahead(mine, reader)
        scene.facts["requests"] = self._checks

    async def _turns(self, scene: Scene, reader: Reader, count: int) -> None:
        for number in range(1, count + 1):
            await scene.ask(reader.seen.conversation_id, 8, 5)
            await reader.ended(SECONDS, number)

    async def _refused(self, mine: UUID) -> None:
        for text in (*JUNK, *(self._random() for _ in range(RANDOM))):
            await self._expect(mine, header=text.encode(), wanted={(400, "cursor_invalid")})
            await self._expect(mine, after=text, wanted={(422, "cursor_invalid")})
        for text in ("\0", "1.1\0", "1\0.1"):
            # A server may refuse it before we see it.
            await self._expect(mine, header=text.encode(), wanted={(400, "")})
            await self._expect(mine, after=text, wanted={(422, "cursor_invalid")})
        for text in ("1" * MEGABYTE, "1." + "1" * MEGABYTE):
            refusals = {(400, ""), (431, "headers_too_large"), (0, "")}
            await self._expect(mine, header=text.encode(), wanted=refusals)
            refusals = {(422, "cursor_invalid"), (400, ""), (414, ""), (0, "")}
            await self._expect(mine, after=text, wanted=refusals)

    def _random(self) -> str:
        chance = self._scene.random
        inside = chance.choices([*LETTERS, ".", "1"], k=chance.randint(1, LONGEST_RANDOM))
        return "".join(inside) + chance.choice(LETTERS)

    async def _places(self, mine: UUID, reader: Reader, other: Reader) -> None:
        """Real ids, of this log and of another; the header counts before the parameter."""
        places = {event_of(one).id for one in (*reader.seen.frames, *other.seen.frames)}
        places |= {START, EventId(1, 500), EventId(9, 1), EventId(LARGEST, LARGEST)}
        for place in sorted(places):
            text = str(place)
            await self._shown(mine, reader, place, await self._ask(mine, header=text.encode()))
            await self._shown(mine, reader, place, await self._ask(mine, after=text))
            both = await self._ask(mine, header=text.encode(), after="1.3")
            await self._shown(mine, reader, place, both)
        await self._expect(mine, header=b"x", after="1.1", wanted={(400, "cursor_invalid")})
        # An empty one is none.
        await self._shown(mine, reader, START, await self._ask(mine, header=b"", after=""))

    async def _shown(self, mine: UUID, reader: Reader, place: EventId, answer: Answer) -> None:
        due = [one.id for one in reader.seen.frames if EventId.parse(one.id) > place]
        if not due and answer.status == 204:
            return
        got = [one.id for one in answer.frames]
        if answer.status != 200 or got != due:
            found = f"{answer.status} {answer.code}, {got} instead of {due}"
            self._wrong(f"conversation {mine} from {place}", found)
        foreign = {event_of(one).turn_id for one in answer.frames}
        if extra := foreign - {event_of(one).turn_id for one in reader.seen.frames}:
            self._wrong(f"conversation {mine} from {place}", f"foreign turns {extra}")

    async def _ahead(self, mine: UUID, reader: Reader) -> None:
        """One that stands in the future sees nothing until the log passes it."""
        place = EventId(2, 4)
        ahead = asyncio.create_task(self._ask(mine, header=str(place).encode(), idle=False))
        await self._scene.ask(mine, 8, 20)
        await reader.ended(SECONDS, 2)
        await self._shown(mine, reader, place, await ahead)

    async def _expect(
        self,
        mine: UUID,
        *,
        wanted: set[tuple[int, str]],
        header: bytes | None = None,
        after: str | None = None,
    ) -> None:
        answer = await self._ask(mine, header=header, after=after)
        if (answer.status, answer.code) not in wanted:
            given = f"header {(header or b'')[:80]!r}, after {(after or '')[:80]!r}"
            self._wrong(given, f"{answer.status} {answer.code!r} instead of {wanted}")

    def _wrong(self, subject: str, found: str) -> None:
        self._scene.violations.append(Violation("26", subject, found))

    async def _ask(
        self,
        mine: UUID,
        *,
        header: bytes | None = None,
        after: str | None = None,
        idle: bool = True,
    ) -> Answer:
        """Until the answer's end; of one that has none, until a turn ends."""
        self._checks += 1
        site = self._scene.site
        host, port = site.api.removeprefix("http://").split(":")
        query = ["until=idle"] if idle else []
        query += [] if after is None else [f"after={quote(after)}"]
        lines = [f"GET /v1/conversations/{mine}/events?{'&'.join(query)} HTTP/1.1".encode()]
        lines += [f"{name}: {value}".encode() for name, value in site.headers().items()]
        lines += [b"host: x", b"connection: close"]
        lines += [] if header is None else [b"last-event-id: " + header]
        answer = Answer()
        parser = httptools.HttpResponseParser(answer)
        reader, writer = await asyncio.open_connection(host, int(port))
        try:
            async with asyncio.timeout(SECONDS):
                writer.write(b"\r\n".join([*lines, b"", b""]))
                while not answer.over and (data := await reader.read(65_536)):
                    parser.feed_data(data)
                    if not idle and b"event: turn.completed" in answer.body:
                        break
            answer.status = parser.get_status_code()
        except (ConnectionError, httptools.HttpParserError):
            answer.status = 0
        finally:
            writer.close()
        return answer
