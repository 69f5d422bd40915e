"""What waits behind a running turn, at the edge."""

from uuid import UUID, uuid4

import pytest

from domain.ports.identity import Role
from models import ids
from models.errors import UnavailableError
from models.payloads.turn import Outcome, QueuedMessage
from tests.api.conftest import Scene
from tests.api.test_conversations import running


def waits(
    scene: Scene, conversation: UUID, content: str | None, user: UUID | None = None
) -> QueuedMessage:
    message = uuid4()
    queued = QueuedMessage(
        message_id=message,
        turn_id=ids.turn_id(conversation, message),
        user_id=user or scene.caller.user_id,
        agent="general",
        content=content,
    )
    scene.fakes.engine.waiting.setdefault(conversation, []).append(queued)
    return queued


async def test_a_viewer_sees_what_waits_in_its_order_and_whole(scene: Scene) -> None:
    conversation = await scene.conversation()
    url = f"/v1/conversations/{conversation}/queue"
    viewer = scene.sign_in(Role.VIEWER)
    assert (await scene.client.get(url, headers=viewer)).json() == {"items": []}
    short, long = waits(scene, conversation, "Short"), waits(scene, conversation, None, uuid4())
    scene.fakes.turns.texts[long.message_id] = "Long" * 1_000
    answer = await scene.client.get(url, headers=viewer)
    assert answer.json()["items"] == [
        {
            "message_id": str(one.message_id),
            "turn_id": str(one.turn_id),
            "position": position,
            "content": text,
            "agent": "general",
            "user_id": str(one.user_id),
        }
        for position, (one, text) in enumerate([(short, "Short"), (long, "Long" * 1_000)], 1)
    ]


async def test_a_sender_takes_a_message_back_and_once_more_changes_nothing(scene: Scene) -> None:
    conversation = await scene.conversation()
    one = waits(scene, conversation, "Oh no", scene.caller.user_id)
    url = f"/v1/conversations/{conversation}/queue/{one.message_id}"
    assert (await scene.client.delete(url)).status_code == 204
    assert scene.fakes.engine.withdrawn == [one.message_id]
    gone = await scene.client.delete(url)
    assert (gone.status_code, gone.json()["code"]) == (409, "already_started")
    ended = running(scene)
    scene.fakes.turns.turns[scene.scope.space_id, one.turn_id] = ended
    ended.outcome = Outcome.WITHDRAWN
    assert (await scene.client.delete(url)).status_code == 204


@pytest.mark.parametrize(
    ("role", "status", "code"),
    [
        (Role.VIEWER, 403, "role_required"),
        (Role.MEMBER, 403, "not_the_sender"),
        (Role.APPROVER, 403, "not_the_sender"),
        (Role.ADMIN, 204, None),
    ],
)
async def test_somebody_else_takes_it_back_only_as_admin(
    scene: Scene, role: Role, status: int, code: str | None
) -> None:
    conversation = await scene.conversation()
    one = waits(scene, conversation, "Mine")
    url = f"/v1/conversations/{conversation}/queue/{one.message_id}"
    answer = await scene.client.delete(url, headers=scene.sign_in(role))
    assert answer.status_code == status
    if code is not None:
        assert answer.json()["code"] == code
        assert scene.fakes.engine.withdrawn == []


async def test_a_conversation_of_another_tenant_has_no_queue(scene: Scene) -> None:
    conversation = uuid4()
    waits(scene, conversation, "Not yours")
    url = f"/v1/conversations/{conversation}/queue"
    for answer in (await scene.client.get(url), await scene.client.delete(f"{url}/{uuid4()}")):
        assert (answer.status_code, answer.json()["code"]) == (404, "conversation_not_found")
    assert scene.fakes.engine.withdrawn == []


async def test_with_no_worker_up_the_queue_is_not_known(scene: Scene) -> None:
    conversation = await scene.conversation()
    scene.fakes.engine.failure = UnavailableError("No worker is up.", code="no_worker")
    url = f"/v1/conversations/{conversation}/queue"
    for answer in (await scene.client.get(url), await scene.client.delete(f"{url}/{uuid4()}")):
        assert (answer.status_code, answer.json()["code"]) == (503, "no_worker")
