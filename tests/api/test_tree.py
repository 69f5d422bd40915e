"""A conversation's tree through the edge: walked, forked, pinned, searched."""

from typing import Any
from uuid import uuid4

import pytest

from domain.ports.conversations import Message, Sought
from domain.ports.export import ExportedCall, ExportedMessage
from domain.ports.identity import Role
from models.errors import ConflictError
from models.payloads.chat import Role as Speaker
from models.payloads.sources import Source
from models.payloads.turn import CallStatus
from tests.api.conftest import Scene
from tests.api.fakes.clock import NOW


async def test_the_leaf_goes_where_it_is_sent(scene: Scene) -> None:
    conversation, message, turn = await scene.conversation(), uuid4(), uuid4()
    url = f"/v1/conversations/{conversation}/leaf"

    rewound = await scene.client.put(url, json={"message_id": str(message)})
    walked = await scene.client.put(url, json={"turn_id": str(turn)})

    assert (rewound.status_code, rewound.json()) == (200, {"leaf_id": str(message)})
    assert walked.json() == {"leaf_id": str(turn)}


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({}, "leaf_invalid"),
        ({"message_id": str(uuid4()), "turn_id": str(uuid4())}, "leaf_invalid"),
        ({"message_id": "root"}, "request_invalid"),
        ({"message_id": str(uuid4()), "newest": "often"}, "request_invalid"),
    ],
)
async def test_a_leaf_that_says_nothing_clear_is_refused(
    scene: Scene, body: dict[str, object], code: str
) -> None:
    url = f"/v1/conversations/{await scene.conversation()}/leaf"
    answer = await scene.client.put(url, json=body)
    assert (answer.status_code, answer.json()["code"]) == (422, code)


async def test_the_leaf_stays_while_a_turn_runs(scene: Scene) -> None:
    scene.fakes.branches.failure = ConflictError("Busy.", code="conversation_busy")
    url = f"/v1/conversations/{await scene.conversation()}/leaf"
    answer = await scene.client.put(url, json={"message_id": str(uuid4())})
    assert (answer.status_code, answer.json()["code"]) == (409, "conversation_busy")


async def test_a_fork_is_another_conversation_and_one_for_each_key(scene: Scene) -> None:
    conversation = await scene.conversation()
    url = f"/v1/conversations/{conversation}/fork"

    plain = await scene.client.post(url)
    keyed = [
        await scene.client.post(url, json={"title": "Other"}, headers={"idempotency-key": "k"})
        for _ in range(2)
    ]

    assert plain.status_code == 201
    assert plain.headers["location"] == f"/v1/conversations/{plain.json()['id']}"
    assert plain.json()["forked_from"] == str(conversation)
    assert keyed[0].json() == keyed[1].json()
    assert keyed[0].json()["title"] == "Other"
    assert keyed[0].json()["id"] != plain.json()["id"]


async def test_viewers_walk_nothing_and_fork_nothing(scene: Scene) -> None:
    headers = scene.sign_in(Role.VIEWER)
    url = f"/v1/conversations/{await scene.conversation()}"
    answers = [
        await scene.client.put(f"{url}/leaf", json={"message_id": str(uuid4())}, headers=headers),
        await scene.client.post(f"{url}/fork", headers=headers),
        await scene.client.patch(url, json={"pinned": True}, headers=headers),
    ]
    assert {(one.status_code, one.json()["code"]) for one in answers} == {(403, "role_required")}


@pytest.mark.parametrize("path", ["PUT leaf", "POST fork", "GET export"])
async def test_a_conversation_that_is_not_here_has_no_tree(scene: Scene, path: str) -> None:
    method, _, name = path.partition(" ")
    body = {"message_id": str(uuid4())} if name == "leaf" else None
    answer = await scene.client.request(method, f"/v1/conversations/{uuid4()}/{name}", json=body)
    assert (answer.status_code, answer.json()["code"]) == (404, "conversation_not_found")


async def test_a_conversation_is_pinned_and_given_another_agent(scene: Scene) -> None:
    url = f"/v1/conversations/{await scene.conversation()}"
    pinned = await scene.client.patch(url, json={"pinned": True})
    changed = await scene.client.patch(url, json={"agent": "direct"})
    unknown = await scene.client.patch(url, json={"agent": "nobody"})

    assert (pinned.json()["pinned"], changed.json()["agent"]) == (True, "direct")
    assert (unknown.status_code, unknown.json()["code"]) == (422, "agent_unknown")
    assert (await scene.client.get(url)).json()["agent"] == "direct"


@pytest.mark.parametrize(
    ("asked", "sought"),
    [
        ("", Sought()),
        ("?query=%20spring%20", Sought("spring")),
        ("?query=%20&archived=true", Sought(archived=True)),
        ("?archived=any&pinned=true", Sought(archived=None, pinned=True)),
        ("?pinned=false", Sought(pinned=False)),
    ],
)
async def test_a_list_is_of_what_was_asked_for(scene: Scene, asked: str, sought: Sought) -> None:
    answer = await scene.client.get(f"/v1/conversations{asked}")
    assert answer.status_code == 200
    assert scene.fakes.conversations.sought == sought


@pytest.mark.parametrize(
    ("asked", "code"),
    [
        ("?archived=maybe", "request_invalid"),
        ("?pinned=often", "request_invalid"),
        (f"?query={'a' * 201}", "request_invalid"),
        ("?query=a%00b", "text_invalid"),
    ],
)
async def test_a_list_that_cannot_be_is_refused(scene: Scene, asked: str, code: str) -> None:
    answer = await scene.client.get(f"/v1/conversations{asked}")
    assert (answer.status_code, answer.json()["code"]) == (422, code)


def exported(text: str, role: Speaker = Speaker.USER, **fields: Any) -> ExportedMessage:  # noqa: ANN401 - fields of ExportedMessage
    said = Message(uuid4(), role, text, None, uuid4(), NOW)
    kept = {"step": None, "agent": "general", "outcome": None, "last": False, "calls": ()}
    return ExportedMessage(**{"message": said, **kept, **fields})


async def test_a_conversation_is_taken_out_as_markdown(scene: Scene) -> None:
    conversation = await scene.conversation()
    await scene.client.patch(f"/v1/conversations/{conversation}", json={"title": 'A/b "c"\r\nü'})
    scene.fakes.exports.messages = [exported("# hi <script>"), exported("yes", Speaker.ASSISTANT)]

    answer = await scene.client.get(f"/v1/conversations/{conversation}/export")

    assert answer.status_code == 200
    assert answer.headers["content-type"] == "text/markdown; charset=utf-8"
    named = answer.headers["content-disposition"]
    assert named == "attachment; filename=\"Ab c _.md\"; filename*=UTF-8''Ab%20c%20%C3%BC.md"
    assert "> # hi &lt;script>\n" in answer.text
    assert "\n## Assistant (general), 2026-11-20 12:00 UTC\n" in answer.text


async def test_a_conversation_is_taken_out_as_json(scene: Scene) -> None:
    conversation = await scene.conversation()
    call = ExportedCall(
        *("call_1", "publish", {"a": 1}, '{"a":1}', "ask", uuid4()),
        *(CallStatus.COMPLETED, "done", NOW, NOW),
    )
    source = Source(mark=1, passage_id=uuid4(), document_id=uuid4(), title="T", snippet="S")
    said = Message(uuid4(), Speaker.ASSISTANT, "yes", None, uuid4(), NOW, sources=(source,))
    scene.fakes.exports.messages = [exported("hi"), exported("", message=said, calls=(call,))]

    answer = await scene.client.get(f"/v1/conversations/{conversation}/export?format=json")

    assert answer.headers["content-disposition"].startswith("attachment;")
    found = answer.json()
    assert found["conversation"]["id"] == str(conversation)
    assert found["active_leaf"] == str(said.id)
    assert [one["content"] for one in found["messages"]] == ["hi", "yes"]
    assert found["messages"][1]["sources"][0]["title"] == "T"
    assert found["messages"][1]["calls"][0]["arguments"] == {"a": 1}
    assert found["turns"] == []


async def test_an_export_has_one_of_two_forms(scene: Scene) -> None:
    conversation = await scene.conversation()
    answer = await scene.client.get(f"/v1/conversations/{conversation}/export?format=pdf")
    assert (answer.status_code, answer.json()["code"]) == (422, "request_invalid")
