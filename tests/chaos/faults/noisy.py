"""Row 28: one space sends a hundred times what each other space sends."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from uuid import UUID, uuid4

import httpx2
from holdfast_client.client import ApiError

from tests.chaos.fault import Fault
from tests.chaos.scene import TURN_SECONDS, Scene, question
from tests.chaos.timing import Times, quantile
from tests.chaos.violation import Violation

TIMES = 100
TOKENS, GAP_MS = 20, 10
LONGEST_BACKLOG = 400
ENDS = ("turn.completed", "turn.failed", "turn.stopped")


@dataclass
class Heard:
    """Seconds of each turn, from its POST."""

    first: list[float] = field(default_factory=list)
    whole: list[float] = field(default_factory=list)


class Noisy(Fault):
    """Quiet spaces talk alone, then beside the noisy one; how much later do their tokens come?"""

    number = 28
    recovery = "–"
    short_runs = 0
    full_runs = 1

    def __init__(self, *, spaces: int, rate: float, seconds: float) -> None:
        """`rate` is the noisy space's, in messages a second; each phase lasts so many seconds."""
        self._spaces = spaces
        self._pause = TIMES / rate
        self._seconds = seconds
        self.name = f"one space sends {rate:g}/s, {TIMES} times what each of {spaces} others does"

    async def run(self, scene: Scene) -> None:
        quiet = await self._phase(scene)
        scene.strike()
        over = asyncio.Event()
        sending = asyncio.create_task(self._send(scene, over))
        try:
            beside = await self._phase(scene)
        finally:
            over.set()
            await sending
        scene.facts |= {
            "quiet turns alone": len(quiet.first),
            "quiet turns beside it": len(beside.first),
            "its turns": len(scene.sent),
        }
        for name, before, after in (
            ("first token", quiet.first, beside.first),
            ("turn", quiet.whole, beside.whole),
        ):
            scene.facts |= _compared(name, before, after)

    async def _send(self, scene: Scene, over: asyncio.Event) -> None:
        """An open loop: it does not wait for answers, and drops nothing that was taken."""
        interval = self._pause / TIMES
        loop = asyncio.get_running_loop()
        began, sent, tasks = loop.time(), 0, set[asyncio.Task[None]]()
        while not over.is_set():
            await asyncio.sleep(max(0.0, began + sent * interval - loop.time()))
            sent += 1
            if len(tasks) < LONGEST_BACKLOG:
                task = asyncio.create_task(self._message(scene))
                tasks.add(task)
                task.add_done_callback(tasks.discard)
        scene.facts["its messages per second"] = sent / (loop.time() - began)
        await asyncio.gather(*tasks)

    async def _message(self, scene: Scene) -> None:
        message_id = uuid4()
        body = {"id": str(message_id), "content": question(message_id, TOKENS, GAP_MS)}
        try:
            answer = await scene.client.post("/v1/messages", {**body, "agent": "direct"})
        except ApiError as error:
            if error.status not in (429, 503):
                raise
            refused = "its messages refused"
            scene.facts[refused] = scene.facts.get(refused, 0) + 1
            return
        conversation_id, turn_id = answer["conversation_id"], answer["turn_id"]
        scene.told(UUID(conversation_id), message_id, UUID(turn_id), tokens=TOKENS)

    async def _phase(self, scene: Scene) -> Heard:
        heard = Heard()
        until = asyncio.get_running_loop().time() + self._seconds
        await asyncio.gather(*(self._quiet(scene, heard, until) for _ in range(self._spaces)))
        return heard

    async def _quiet(self, scene: Scene, heard: Heard, until: float) -> None:
        """One quiet space, with one person who thinks between turns."""
        loop = asyncio.get_running_loop()
        token, space = scene.site.stranger()
        headers = {
            "Authorization": f"Bearer {token}",
            "X-Space-Id": str(space),
            "Accept": "text/event-stream",
        }
        async with httpx2.AsyncClient(
            base_url=scene.site.api, headers=headers, trust_env=False, timeout=TURN_SECONDS
        ) as http:
            # Not all at once: each begins somewhere within its first pause.
            await asyncio.sleep(scene.random.uniform(0, min(self._pause, self._seconds)))
            while loop.time() < until:
                try:
                    await _turn(http, heard)
                except (httpx2.HTTPError, _UnexpectedError) as error:
                    said = f"{type(error).__name__}: {error}"
                    scene.violations.append(Violation("row 28", f"space {space}", said))
                await asyncio.sleep(self._pause * scene.random.uniform(0.5, 1.5))

    def times(self, scene: Scene) -> Times:
        return Times()


class _UnexpectedError(Exception):
    """A turn that did not go as every turn must."""


async def _turn(http: httpx2.AsyncClient, heard: Heard) -> None:
    loop = asyncio.get_running_loop()
    message_id = uuid4()
    body = {"id": str(message_id), "content": question(message_id, TOKENS, GAP_MS)}
    began = loop.time()
    first, end = None, ""
    while not end and loop.time() < began + TURN_SECONDS:
        async with http.stream("POST", "/v1/messages", json={**body, "agent": "direct"}) as answer:
            if answer.status_code in (429, 503):  # the time until it is taken counts too
                await asyncio.sleep(float(answer.headers["retry-after"]))
                continue
            if answer.status_code != 200:
                raise _UnexpectedError(f"status {answer.status_code}")
            async for line in answer.aiter_lines():
                if line == "event: text.delta" and first is None:
                    first = loop.time() - began
                if line.startswith("event: ") and line.removeprefix("event: ") in ENDS:
                    end = line.removeprefix("event: ")
    if first is None or end != "turn.completed":
        raise _UnexpectedError(f"message {message_id} ended with {end or 'nothing'}")
    heard.first.append(first)
    heard.whole.append(loop.time() - began)


def _compared(name: str, before: Sequence[float], after: Sequence[float]) -> dict[str, float]:
    found = {}
    for share in (0.5, 0.95):
        alone, beside = quantile(before, share), quantile(after, share)
        if alone is not None and beside is not None:
            found[f"{name} p{share * 100:.0f} alone s"] = alone
            found[f"{name} p{share * 100:.0f} beside it, times"] = beside / alone
    return found
