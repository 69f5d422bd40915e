"""Row 4: the Temporal server is killed, and comes back 1, 20 or 60 s later."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from functools import partial
from uuid import UUID, uuid4

import httpx2

from tests.chaos.fault import Fault
from tests.chaos.faults.load import streams
from tests.chaos.scene import TURN_SECONDS, Scene, question
from tests.chaos.timing import Times
from tests.chaos.violation import Violation

STREAMS = 8
GAP_MS = 50
NOTES = 3
MESSAGES = 24
TOKENS = 10
# A send waits 2 s for a worker and as long again for the durable path; whoever waits for longer
# than this has not been told anything.
ANSWER_SECONDS = 20.0
LONGEST_WAIT = 10.0  # a Retry-After beyond it would be no help


@dataclass
class _Message:
    """One that somebody wants to send, and what the edge said to it, in order."""

    message_id: UUID = field(default_factory=uuid4)
    answers: list[str] = field(default_factory=list)
    accepted_at: float | None = None


class TemporalDown(Fault):
    """A POST meanwhile gets 503 with Retry-After, or is durable; running turns go on."""

    number = 4
    recovery = "accepted again"
    short_runs = 0
    full_runs = 1

    def __init__(self, seconds: float) -> None:
        self.name = f"Temporal SIGKILL, back after {seconds:g} s"
        self._seconds = seconds
        self._messages: list[_Message] = []
        self._back_at = 0.0

    async def run(self, scene: Scene) -> None:
        self._messages = [_Message() for _ in range(MESSAGES)]
        waiting = await asyncio.gather(*(scene.note() for _ in range(NOTES)))
        for reader in waiting:
            await reader.until(TURN_SECONDS, "approval.requested")
        await streams(scene, STREAMS, tokens=(80, 240), gap_ms=GAP_MS, spread=1.0)
        await asyncio.sleep(scene.random.uniform(0.1, 1.0))
        scene.strike()
        # The verdict is Postgres's; the waiting run hears of it when there is a Temporal again.
        for reader in waiting:
            scene.begin(self._later(scene, partial(scene.approve, reader)))
        sending = [self._later(scene, partial(self._send, scene, one)) for one in self._messages]
        await asyncio.gather(self._outage(scene), *sending)
        refused = [one for one in self._messages if len(one.answers) > 1]
        scene.facts["messages"] = MESSAGES
        scene.facts["of them refused at first"] = len(refused)

    async def _outage(self, scene: Scene) -> None:
        await scene.site.away("temporal", self._seconds)
        self._back_at = asyncio.get_running_loop().time()

    async def _later(self, scene: Scene, work: Callable[[], Awaitable[None]]) -> None:
        await asyncio.sleep(scene.random.uniform(0.0, self._seconds))
        await work()

    async def _send(self, scene: Scene, message: _Message) -> None:
        """Send as a careful client does: the same id again, when it was told to."""
        url, headers = f"{scene.site.api}/v1/messages", scene.site.headers()
        body = {
            "id": str(message.message_id),
            "content": question(message.message_id, TOKENS, GAP_MS),
            "agent": scene.random.choice(["direct", "general"]),
        }
        async with (
            httpx2.AsyncClient(trust_env=False, timeout=ANSWER_SECONDS) as http,
            asyncio.timeout(self._seconds + TURN_SECONDS),
        ):
            while True:
                try:
                    response = await http.post(url, json=body, headers=headers)
                except httpx2.TransportError as error:
                    message.answers.append(repr(error))
                    await asyncio.sleep(1.0)
                    continue
                after = response.headers.get("retry-after")
                message.answers.append(f"{response.status_code} {after}")
                if response.status_code != 503:
                    break
                await asyncio.sleep(min(float(after or 1.0), LONGEST_WAIT))
        if not response.is_success:
            return
        message.accepted_at = asyncio.get_running_loop().time()
        answer = response.json()
        conversation_id = UUID(answer["conversation_id"])
        scene.told(conversation_id, message.message_id, UUID(answer["turn_id"]), tokens=TOKENS)
        await scene.watch(conversation_id)

    async def verify(self, scene: Scene) -> None:
        for message in self._messages:
            *refusals, last = message.answers or ["nothing"]
            fair = all(one.startswith("503 ") and one != "503 None" for one in refusals)
            if not fair or message.accepted_at is None:
                said = ", ".join([*refusals, last])
                subject = f"message {message.message_id}"
                scene.violations.append(Violation("row 4", subject, f"was answered with {said}"))

    def times(self, scene: Scene) -> Times:
        """From Temporal's return, for messages that had been refused."""
        late = [
            one.accepted_at - self._back_at
            for one in self._messages
            if one.accepted_at is not None and one.accepted_at > self._back_at
        ]
        return Times(recovery=late)
