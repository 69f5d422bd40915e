"""Row 23: two thousand messages at one run that waits for a person."""

import asyncio
from collections import Counter
from dataclasses import replace
from uuid import UUID, uuid4

import httpx2

from tests.chaos.fault import Fault
from tests.chaos.faults.long_talk import small
from tests.chaos.scene import TURN_SECONDS, Scene, question
from tests.chaos.timing import Times
from tests.chaos.violation import Violation

MESSAGES = 2_000
AT_ONCE = 64
ROOM = 16
AGAIN = 10
# What a sender may be told who shall come again.
RETRYABLE = frozenset({(429, "queue_full"), (429, "conversation_crowded")})
TOKENS = 2
# A turn with an approval, and each message that waits behind it.
EVENTS, BYTES = 60 + 5 * ROOM, (32 + ROOM) * 1024


class Crowded(Fault):
    """Each is taken, or its sender is told to come again; what was taken is answered."""

    number = 23
    name = f"{MESSAGES:,} messages at one run, {AT_ONCE} at once"
    recovery = "–"
    short_runs = 0
    full_runs = 1

    async def run(self, scene: Scene) -> None:
        reader = await scene.note()
        await reader.until(TURN_SECONDS, "approval.requested")
        path = f"/v1/conversations/{reader.seen.conversation_id}/messages"
        said: Counter[str] = Counter()
        refused: list[UUID] = []
        waiting = [uuid4() for _ in range(MESSAGES)]
        async with httpx2.AsyncClient(
            base_url=scene.site.api,
            headers=scene.site.headers(),
            trust_env=False,
            timeout=TURN_SECONDS,
            limits=httpx2.Limits(max_connections=AT_ONCE),
        ) as http:

            async def client() -> None:
                while waiting:
                    message_id = waiting.pop()
                    what = await self._message(scene, http, path, message_id)
                    said[what] += 1
                    if what.startswith("429"):
                        refused.append(message_id)

            await asyncio.gather(*(client() for _ in range(AT_ONCE)))
        scene.facts |= {f"told {what}": count for what, count in said.items()}
        ended = 1 + said["queued"] + said["accepted"]
        # A reader that has seen everything leaves: it stays for those that come again.
        reader.expect(ended + min(AGAIN, len(refused)))
        await scene.approve(reader)
        await reader.ended(TURN_SECONDS, ended)
        if not said["queued"] + said["accepted"] >= ROOM:
            scene.violations.append(Violation("row 23", "the run", f"took {dict(said)}"))
        # They were promised nothing; the same ids are taken now, under the same rules.
        for number, message_id in enumerate(refused[:AGAIN], start=1):
            body = question(message_id, TOKENS, 0)
            conversation_id = reader.seen.conversation_id
            await scene.send(conversation_id, body, message_id=message_id, tokens=TOKENS)
            await reader.ended(TURN_SECONDS, ended + number)

    async def _message(
        self, scene: Scene, http: httpx2.AsyncClient, path: str, message_id: UUID
    ) -> str:
        """What the sender was told: a status of ours, or a refusal."""
        body = {"id": str(message_id), "content": question(message_id, TOKENS, 0)}
        answer = await http.post(path, json=body)
        told = answer.json()
        if answer.status_code == 202:
            conversation_id, turn_id = UUID(told["conversation_id"]), UUID(told["turn_id"])
            sent = scene.told(conversation_id, message_id, turn_id, tokens=TOKENS)
            if told["status"] == "accepted":
                # By signal, when no worker answered in time: one too many ends as a turn that
                # says so.
                scene.sent[message_id] = replace(sent, may_end=frozenset({"queue_full"}))
            return str(told["status"])
        refusal = (answer.status_code, told.get("code"))
        if refusal not in RETRYABLE or "retry-after" not in answer.headers:
            text = f"got {refusal}, Retry-After {answer.headers.get('retry-after')}"
            scene.violations.append(Violation("row 23", f"message {message_id}", text))
        return f"{refusal[0]} {refusal[1]}"

    def times(self, scene: Scene) -> Times:
        return Times()

    async def verify(self, scene: Scene) -> None:
        await small(scene, EVENTS, BYTES)
