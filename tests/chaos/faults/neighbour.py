"""Another space's turns, measured while something is wrong with somebody else's."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID, uuid4

import orjson
from holdfast_client.client import Client

from tests.chaos.reading import Reader
from tests.chaos.scene import TURN_SECONDS, Scene, question
from tests.chaos.timing import quantile
from tests.chaos.tokens import numbered
from tests.chaos.violation import Violation

CLIENTS = 2
TOKENS = 20
GAP_MS = 5
THINK_SECONDS = (0.05, 0.3)  # between two turns of one client


@dataclass(frozen=True, slots=True)
class Turn:
    """When it was sent, when its first text came, and its end, in seconds of the loop's clock."""

    sent: float
    first: float
    ended: float


class Neighbour:
    """Clients of another space that talk until they are told to stop."""

    def __init__(self, scene: Scene) -> None:
        self.turns: list[Turn] = []
        self._scene = scene
        self._over = asyncio.Event()
        self._token, self._space = scene.site.stranger()

    async def talk(self, turns: int | None = None) -> None:
        """So many turns of each client, or until `hush`."""
        self._over.clear()
        await asyncio.gather(*(self._client(turns) for _ in range(CLIENTS)))

    def hush(self) -> None:
        self._over.set()

    def between(self, start: float, end: float) -> list[Turn]:
        """Those sent in that time."""
        return [turn for turn in self.turns if start <= turn.sent < end]

    async def _client(self, turns: int | None) -> None:
        site = self._scene.site
        async with Client(site.api, self._token, self._space, patience=TURN_SECONDS) as client:
            made = await client.post("/v1/conversations", {"agent": "direct"}, key=uuid4())
            conversation_id = UUID(made["id"])
            headers = {"Authorization": f"Bearer {self._token}", "X-Space-Id": str(self._space)}
            reader = Reader(
                site.api, headers, conversation_id, name="a neighbour", turns=turns or 10**6
            )
            reading = asyncio.create_task(reader.run())
            try:
                done = 0
                while not self._over.is_set() and (turns is None or done < turns):
                    done += 1
                    await self._turn(client, reader, conversation_id, done)
                    await asyncio.sleep(self._scene.random.uniform(*THINK_SECONDS))
            finally:
                reading.cancel()
                await asyncio.gather(reading, return_exceptions=True)

    async def _turn(
        self, client: Client, reader: Reader, conversation_id: UUID, number: int
    ) -> None:
        loop = asyncio.get_running_loop()
        sent, message_id = loop.time(), uuid4()
        body = {"id": str(message_id), "content": question(message_id, TOKENS, GAP_MS)}
        await client.post(f"/v1/conversations/{conversation_id}/messages", body)
        await reader.ended(TURN_SECONDS, number)
        frames = [frame for frame in reader.seen.frames if frame.at >= sent]
        said = [orjson.loads(one.data)["text"] for one in frames if one.kind == "text.completed"]
        if [text.rstrip() for text in said] != [numbered(TOKENS).rstrip()]:
            self._scene.violations.append(
                Violation("neighbours", f"message {message_id}", f"was answered with {said}")
            )
            return
        first = next(frame.at for frame in frames if frame.kind.startswith("text."))
        self.turns.append(Turn(sent, first, frames[-1].at))

    def measured(self, name: str, turns: Sequence[Turn]) -> None:
        """Put their times among the run's facts, in milliseconds."""
        figures = {
            "first token": [turn.first - turn.sent for turn in turns],
            "turn": [turn.ended - turn.sent for turn in turns],
        }
        for figure, values in figures.items():
            for share in (0.5, 0.95):
                seconds = quantile(values, share)
                key = f"neighbours' {figure} p{share * 100:.0f} ms {name}"
                self._scene.facts[key] = -1 if seconds is None else round(seconds * 1_000)
