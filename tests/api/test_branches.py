"""Sending where a message says, and asking for another answer, at the edge."""

from uuid import UUID, uuid4

import pytest

from domain.ports.conversations import Message
from domain.ports.identity import Role
from domain.ports.remarks import DELETED, Attachment, Remarks
from models.payloads.chat import Role as Speaker
from models.payloads.turn import ROOT, IncomingMessage
from tests.api.conftest import Scene
from tests.api.fakes.clock import NOW


async def talked(scene: Scene) -> tuple[UUID, UUID, UUID]:
    """A conversation with a question and its answer."""
    conversation, asked, answered = await scene.conversation(), uuid4(), uuid4()
    scene.fakes.conversations.history[scene.scope.space_id, conversation] = [
        Message(asked, Speaker.USER, "Which one?", None, uuid4(), NOW),
        Message(answered, Speaker.ASSISTANT, "That one.", asked, uuid4(), NOW),
    ]
    return conversation, asked, answered


def sent(scene: Scene) -> list[IncomingMessage]:
    return [start.messages[0] for start in scene.fakes.engine.sent]


@pytest.mark.parametrize("which", [0, 1])
async def test_a_message_and_its_answer_are_asked_again_alike(scene: Scene, which: int) -> None:
    conversation, *messages = await talked(scene)
    path = f"/v1/conversations/{conversation}/messages/{messages[which]}/regenerate"
    answer = await scene.client.post(path)
    assert answer.status_code == 202
    (message,) = sent(scene)
    assert (message.regenerates, message.content) == (messages[0], "Which one?")
    assert answer.json()["message_id"] == str(message.message_id) != str(messages[0])


async def test_an_answer_is_given_again_with_the_documents_that_its_question_names(
    scene: Scene,
) -> None:
    conversation, asked, answered = await talked(scene)
    documents = uuid4(), uuid4()
    scene.fakes.remarks.kept[asked] = Remarks(
        (Attachment(documents[0], "Guide", "ready"), Attachment(documents[1], None, DELETED))
    )
    path = f"/v1/conversations/{conversation}/messages/{answered}/regenerate"
    assert (await scene.client.post(path)).status_code == 202
    assert [message.references for message in sent(scene)] == [documents]


async def test_a_message_follows_the_one_that_it_names(scene: Scene) -> None:
    conversation, _, answered = await talked(scene)
    path = f"/v1/conversations/{conversation}/messages"
    for parent in (str(answered), "root", None):
        body = {"content": "Then?", "parent_id": parent}
        assert (await scene.client.post(path, json=body)).status_code == 202
    assert [message.parent_id for message in sent(scene)] == [answered, ROOT, None]


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"content": "x", "parent_id": str(uuid4())}, "parent_unknown"),
        ({"content": "x", "parent_id": "root", "on_busy": "steer"}, "steer_branches"),
        ({"content": "x", "parent_id": "leaf"}, "request_invalid"),
    ],
)
async def test_a_branch_that_cannot_be_is_refused_by_name(
    scene: Scene, body: dict[str, str], code: str
) -> None:
    conversation, *_ = await talked(scene)
    answer = await scene.client.post(f"/v1/conversations/{conversation}/messages", json=body)
    assert (answer.status_code, answer.json()["code"]) == (422, code)
    assert sent(scene) == []


async def test_a_message_id_that_came_under_another_parent_is_another_body(scene: Scene) -> None:
    conversation, _, answered = await talked(scene)
    path, body = f"/v1/conversations/{conversation}/messages", {"id": str(uuid4()), "content": "x"}
    await scene.client.post(path, json=body)
    scene.fakes.turns.begin(scene.scope, sent(scene)[0], 1)
    answer = await scene.client.post(path, json={**body, "parent_id": str(answered)})
    assert (answer.status_code, answer.json()["code"]) == (422, "message_reused")


async def test_only_members_ask_again_and_only_for_what_is_there(scene: Scene) -> None:
    conversation, asked, _ = await talked(scene)
    path = f"/v1/conversations/{conversation}/messages/{{}}/regenerate"
    unknown = await scene.client.post(path.format(uuid4()))
    assert (unknown.status_code, unknown.json()["code"]) == (404, "message_not_found")
    viewer = scene.sign_in(Role.VIEWER)
    refused = await scene.client.post(path.format(asked), headers=viewer)
    assert (refused.status_code, refused.json()["code"]) == (403, "role_required")
