"""Load: people who talk on, and now and then let a note be published, until it is over."""

import asyncio
from dataclasses import dataclass
from uuid import UUID, uuid4

import orjson
from holdfast_client.client import ApiError

from tests.chaos.reading import Reader
from tests.chaos.scene import TURN_SECONDS, Scene

LONGEST_PAUSE = 0.3  # seconds between an answer and the next question


@dataclass(frozen=True, slots=True)
class People:
    """How many they are and what they do; each has a conversation and a reader of their own."""

    count: int
    tokens: int
    gap_ms: int
    notes: float = 0.25
    """The share of turns that publish a note, which its asker approves."""

    async def talk(self, scene: Scene, over: asyncio.Event) -> None:
        """Returns when everyone has seen the end of their last turn."""
        try:
            async with asyncio.TaskGroup() as group:
                for _ in range(self.count):
                    group.create_task(self._one(scene, over))
        except ExceptionGroup as failures:
            # The first is what happened; whoever brings the fault knows errors by their own class.
            raise failures.exceptions[0] from None

    async def _one(self, scene: Scene, over: asyncio.Event) -> None:
        conversation_id = await scene.conversation("general")
        reader = await scene.watch(conversation_id, turns=10**6)
        turns = notes = 0
        # Once at least: what hits the very first requests can be over before somebody has asked.
        while turns == 0 or not over.is_set():
            if scene.random.random() < self.notes:
                notes += 1
                await _note(scene, conversation_id, reader, notes)
            else:
                await scene.ask(conversation_id, self.tokens, self.gap_ms)
            turns += 1
            await reader.ended(TURN_SECONDS, turns)
            await asyncio.sleep(scene.random.uniform(0.0, LONGEST_PAUSE))
        reader.expect(turns)


async def _note(scene: Scene, conversation_id: UUID, reader: Reader, count: int) -> None:
    """The `count`th note of this conversation."""
    message_id = uuid4()
    arguments = orjson.dumps({"title": str(message_id), "body": "chaos"}).decode()
    content = f"chaos {message_id}\n@offline call=publish_note args={arguments}"
    await scene.send(conversation_id, content, message_id=message_id, notes=1)
    frame = await reader.until(TURN_SECONDS, "approval.requested", count)
    asked = orjson.loads(frame.data)["approval_id"]
    try:
        await scene.client.post(f"/v1/approvals/{asked}", {"decision": "approve"})
    except ApiError as error:
        if error.code != "already_decided":  # an earlier yes of ours, whose answer was lost
            raise
