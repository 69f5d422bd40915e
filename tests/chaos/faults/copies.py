"""Row 12: one message, sent many times: at once, after a restart, changed, in another space."""

import asyncio
import signal
from uuid import UUID, uuid4

from holdfast_client.client import ApiError, Client

from tests.chaos.fault import Fault
from tests.chaos.scene import TURN_SECONDS, Scene, answers, question
from tests.chaos.violation import Violation

COPIES = 50
TOKENS = 20
GAP_MS = 20


class Copies(Fault):
    """Whatever happens to its copies, a message has one turn and one answer."""

    number = 12
    full_runs = 2
    name = "one POST 50 times in parallel, after a restart, changed, elsewhere"
    recovery = "–"

    async def run(self, scene: Scene) -> None:
        conversation_id = await scene.conversation(scene.random.choice(["direct", "general"]))
        await scene.watch(conversation_id)
        message_id = uuid4()
        path = f"/v1/conversations/{conversation_id}/messages"
        await self._copies(scene, path, message_id)
        first = uuid4()
        await self._copies(scene, "/v1/messages", first)
        await scene.readers[0].ended(TURN_SECONDS)
        await self._after_restart(scene, {path: message_id, "/v1/messages": first})
        for place, one in ((path, message_id), ("/v1/messages", first)):
            await self._changed(scene, place, one)
            await self._elsewhere(scene, one)

    async def _copies(self, scene: Scene, path: str, message_id: UUID, count: int = COPIES) -> None:
        body = {"id": str(message_id), "content": question(message_id, TOKENS, GAP_MS)}
        answers = await asyncio.gather(*(scene.client.post(path, body) for _ in range(count)))
        for answer in answers:
            scene.told(
                UUID(answer["conversation_id"]), message_id, UUID(answer["turn_id"]), tokens=TOKENS
            )

    async def _after_restart(self, scene: Scene, messages: dict[str, UUID]) -> None:
        """Nothing of what decides may have been in a process that is gone."""
        for name in ("edge", "worker"):
            for pid in scene.site.pids(name):
                scene.site.signal(pid, signal.SIGKILL)
        for path, message_id in messages.items():
            await self._copies(scene, path, message_id, 10)
        await scene.site.up("edge")
        await scene.site.up("worker")
        for path, message_id in messages.items():
            await self._copies(scene, path, message_id, 10)

    async def _changed(self, scene: Scene, path: str, message_id: UUID) -> None:
        body = {"id": str(message_id), "content": f"something else than {message_id}"}
        try:
            answer = await scene.client.post(path, body)
        except ApiError as error:
            if (error.status, error.code) != (422, "message_reused"):
                said = f"another body got {error.status} {error.code}"
                scene.violations.append(Violation("row 12", f"message {message_id}", said))
        else:
            said = f"another body was accepted: {answer}"
            scene.violations.append(Violation("row 12", f"message {message_id}", said))

    async def _elsewhere(self, scene: Scene, message_id: UUID) -> None:
        """The same id in another space is another message, with an answer of its own."""
        token, space = scene.site.stranger()
        async with Client(scene.site.api, token, space, patience=TURN_SECONDS) as stranger:
            made = await stranger.post("/v1/conversations", {"agent": "direct"}, key=uuid4())
            path = f"/v1/conversations/{made['id']}"
            body = {"id": str(message_id), "content": "elsewhere\n@offline tokens=3"}
            answer = await stranger.post(f"{path}/messages", body)
            own = scene.sent[message_id]
            if UUID(answer["turn_id"]) in own.told:
                said = f"another space was answered with this turn: {answer}"
                scene.violations.append(Violation("I4", f"message {message_id}", said))
            heard = await answers(stranger, UUID(made["id"]))
        if [text.rstrip() for text in heard] != ["w0 w1 w2"]:
            subject = f"message {message_id} in another space"
            scene.violations.append(Violation("row 12", subject, f"was answered with {heard}"))
