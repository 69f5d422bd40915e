"""Conversations and their sessions."""

from datetime import timedelta
from uuid import UUID, uuid4

import pytest

from domain.ports.conversations import ConversationKind, ConversationState, Message, SessionView
from models.errors import UnavailableError
from models.payloads.agent import AgentPlan
from models.payloads.chat import Role
from models.payloads.session import ActionItem, SessionStart
from models.payloads.turn import IncomingMessage
from tests.api.conftest import Scene
from tests.api.fakes.clock import NOW
from tests.api.fakes.turns import RunningTurn


def running(scene: Scene, number: int = 1) -> RunningTurn:
    message = IncomingMessage(
        message_id=uuid4(),
        turn_id=uuid4(),
        user_id=uuid4(),
        body_hash="",
        agent=AgentPlan(name="general"),
    )
    return scene.fakes.turns.begin(scene.scope, message, number)


async def test_a_conversation_is_made_read_renamed_archived_and_erased(scene: Scene) -> None:
    body = {"title": "Spring", "agent": "direct"}
    made = await scene.client.post("/v1/conversations", json=body)
    url = made.headers["location"]
    assert made.status_code == 201
    assert (await scene.client.get(url)).json() == made.json()
    changed = await scene.client.patch(url, json={"title": "Summer", "archived": True})
    assert (changed.json()["title"], changed.json()["state"]) == ("Summer", "archived")

    assert (await scene.client.delete(url)).status_code == 204
    assert (await scene.client.get(url)).status_code == 404
    log = scene.log(UUID(made.json()["id"]))
    assert scene.fakes.engine.terminated == [log]
    assert scene.fakes.feed.forgotten == [log, log]


async def test_erasing_what_is_not_there_ends_what_an_earlier_try_left(scene: Scene) -> None:
    gone = uuid4()
    answer = await scene.client.delete(f"/v1/conversations/{gone}")
    assert (answer.status_code, answer.json()["code"]) == (404, "conversation_not_found")
    assert scene.fakes.engine.terminated == [scene.log(gone)]
    assert scene.fakes.feed.forgotten == [scene.log(gone)]


async def test_a_run_is_no_conversation_that_can_be_erased(scene: Scene) -> None:
    run = str(uuid4())
    await scene.client.post("/v1/runs", json={"id": run, "input": "work"})
    answer = await scene.client.delete(f"/v1/conversations/{run}")
    assert (answer.status_code, answer.json()["code"]) == (404, "conversation_not_found")
    assert scene.fakes.engine.terminated == scene.fakes.feed.forgotten == []


async def test_a_conversation_made_twice_with_one_key_is_one(scene: Scene) -> None:
    key = {"idempotency-key": "first"}
    one = await scene.client.post("/v1/conversations", headers=key)
    two = await scene.client.post("/v1/conversations", json={}, headers=key)
    assert one.json()["id"] == two.json()["id"]
    message = await scene.client.post("/v1/messages", json={"content": "hi"}, headers=key)
    assert message.json()["conversation_id"] != one.json()["id"]


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"title": ""}, "request_invalid"),
        ({"title": "a" * 201}, "request_invalid"),
        ({"title": "a\x00"}, "text_invalid"),
        ({"agent": "nobody"}, "agent_unknown"),
        ({"nonsense": 1}, "request_invalid"),
    ],
)
async def test_a_conversation_that_cannot_be_is_refused(
    scene: Scene, body: dict[str, object], code: str
) -> None:
    answer = await scene.client.post("/v1/conversations", json=body)
    assert (answer.status_code, answer.json()["code"]) == (422, code)


async def test_lists_come_in_pages(scene: Scene) -> None:
    made = [await scene.conversation() for _ in range(3)]
    first = (await scene.client.get("/v1/conversations?limit=2")).json()
    rest = (await scene.client.get(f"/v1/conversations?cursor={first['next_cursor']}")).json()
    assert {UUID(row["id"]) for row in first["items"] + rest["items"]} == set(made)
    assert rest["next_cursor"] is None


@pytest.mark.parametrize("limit", ["0", "-1", "201", "many"])
async def test_a_page_has_a_size(scene: Scene, limit: str) -> None:
    answer = await scene.client.get(f"/v1/conversations?limit={limit}")
    assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, "/query/limit")


async def test_the_history_has_the_documented_shape(scene: Scene) -> None:
    conversation = await scene.conversation()
    message = Message(uuid4(), Role.USER, "hi", None, uuid4(), NOW)
    scene.fakes.conversations.history[scene.scope.space_id, conversation] = [message]
    answer = await scene.client.get(f"/v1/conversations/{conversation}/messages")
    assert answer.json()["items"] == [
        {
            "id": str(message.id),
            "role": "user",
            "content": "hi",
            "parent_id": None,
            "turn_id": str(message.turn_id),
            "created_at": "2026-11-20T12:00:00Z",
            "sources": [],
            "siblings": [],
            "attachments": [],
            "feedback": None,
        }
    ]


async def test_a_stop_takes_the_fast_and_the_durable_path(scene: Scene) -> None:
    conversation = await scene.conversation()
    turn = running(scene).message.turn_id
    answer = await scene.client.post(f"/v1/conversations/{conversation}/stop")
    assert (answer.status_code, answer.json()) == (202, {"turn_id": str(turn)})
    assert scene.fakes.flags.raised == [turn]
    assert scene.fakes.engine.stopped == [turn]


async def test_a_stop_works_without_redis(scene: Scene) -> None:
    conversation = await scene.conversation()
    turn = running(scene).message.turn_id
    scene.fakes.flags.failure = UnavailableError("Away.")
    answer = await scene.client.post(f"/v1/conversations/{conversation}/stop")
    assert answer.status_code == 202
    assert scene.fakes.engine.stopped == [turn]


async def test_a_stop_with_nothing_running_is_fine_and_may_be_repeated(scene: Scene) -> None:
    conversation = await scene.conversation()
    for _ in range(2):
        answer = await scene.client.post(f"/v1/conversations/{conversation}/stop")
        assert (answer.status_code, answer.json()) == (202, {"turn_id": None})


@pytest.mark.parametrize(("number", "meant"), [(1, True), (2, False)])
async def test_a_stop_before_its_turn_has_begun_is_felt_by_that_turn_alone(
    scene: Scene,
    number: int,
    meant: bool,  # noqa: FBT001 -- a parameter of the test
) -> None:
    conversation = await scene.conversation()
    begun: list[UUID] = []
    scene.fakes.engine.open = True
    scene.fakes.engine.on_stop = lambda: begun.append(running(scene, number).message.turn_id)
    answer = await scene.client.post(f"/v1/conversations/{conversation}/stop")
    assert answer.json() == {"turn_id": str(begun[0]) if meant else None}
    assert scene.fakes.flags.raised == (begun if meant else [])
    assert scene.fakes.engine.stopped == [None]


async def test_a_stop_for_a_turn_that_is_over_leaves_the_next_one_alone(scene: Scene) -> None:
    conversation = await scene.conversation()
    running(scene)
    answer = await scene.client.post(f"/v1/conversations/{conversation}/stop?turn_id={uuid4()}")
    assert answer.json() == {"turn_id": None}
    assert scene.fakes.engine.stopped == scene.fakes.flags.raised == []


async def test_closing_wakes_the_open_session(scene: Scene) -> None:
    conversation = await scene.conversation()
    url = f"/v1/conversations/{conversation}/close"
    assert (await scene.client.post(url)).json() == {"session_id": None}
    session = SessionStart(
        scope=scene.scope, conversation_id=conversation, session_id=uuid4(), number=1
    )
    scene.fakes.conversations.open[scene.scope.space_id, conversation] = session
    answer = await scene.client.post(url)
    assert (answer.status_code, answer.json()) == (202, {"session_id": str(session.session_id)})
    assert scene.fakes.engine.closed == [session]


async def test_clearing_erases_messages_and_what_redis_has(scene: Scene) -> None:
    conversation = await scene.conversation()
    answer = await scene.client.post(f"/v1/conversations/{conversation}/clear")
    assert answer.status_code == 204
    assert scene.fakes.feed.forgotten == [scene.log(conversation)] * 2


async def test_a_busy_conversation_is_not_cleared(scene: Scene) -> None:
    conversation = await scene.conversation()
    scene.fakes.engine.open = True
    answer = await scene.client.post(f"/v1/conversations/{conversation}/clear")
    assert (answer.status_code, answer.json()["code"]) == (409, "conversation_busy")
    assert scene.fakes.feed.forgotten == []


async def test_the_summary_is_the_latest_sessions_that_has_one(scene: Scene) -> None:
    conversation = await scene.conversation()
    url = f"/v1/conversations/{conversation}"
    missing = await scene.client.get(f"{url}/summary")
    assert (missing.status_code, missing.json()["code"]) == (404, "not_summarised")

    ended = SessionView(
        uuid4(), 1, NOW, NOW + timedelta(minutes=5), NOW, "Spring", "We planned.", (),
        (ActionItem(text="Write it"),),
    )  # fmt: skip
    opened = SessionView(uuid4(), 2, NOW, NOW, None, None, None)
    scene.fakes.conversations.ended[scene.scope.space_id, conversation] = [opened, ended]
    summary = (await scene.client.get(f"{url}/summary")).json()
    assert (summary["number"], summary["title"]) == (1, "Spring")
    assert summary["action_items"] == [{"text": "Write it", "owner": ""}]
    sessions = (await scene.client.get(f"{url}/sessions")).json()["items"]
    assert [session["duration_seconds"] for session in sessions] == [0, 300]
    assert sessions[0]["summary"] is None


async def test_a_run_is_started_once_and_its_answer_can_be_read(scene: Scene) -> None:
    run = uuid4()
    for _ in range(2):
        answer = await scene.client.post("/v1/runs", json={"id": str(run), "input": "work"})
        assert answer.status_code == 202
        assert answer.json()["events"] == f"/v1/runs/{run}/events"
    url = f"/v1/runs/{run}"
    assert (await scene.client.get(url)).json()["status"] == "queued"
    start = scene.fakes.engine.runs[0]
    assert (start.run_id, start.message.content) == (run, "work")

    scene.fakes.turns.begin(scene.scope, start.message, 1)
    assert (await scene.client.get(url)).json()["status"] == "running"
    stopped = await scene.client.post(f"{url}/stop")
    assert stopped.json() == {"turn_id": str(start.message.turn_id)}
    again = await scene.client.post("/v1/runs", json={"id": str(run), "input": "other"})
    assert again.json()["code"] == "message_reused"
    listed = await scene.client.get("/v1/conversations")
    assert listed.json()["items"] == []


async def test_a_run_with_a_key_is_one_run(scene: Scene) -> None:
    key, body = {"idempotency-key": "once"}, {"input": "work"}
    answers = [await scene.client.post("/v1/runs", json=body, headers=key) for _ in range(2)]
    assert len({answer.json()["turn_id"] for answer in answers}) == 1


async def test_a_run_cannot_take_a_conversations_id(scene: Scene) -> None:
    conversation = await scene.conversation()
    answer = await scene.client.post("/v1/runs", json={"id": str(conversation), "input": "x"})
    assert (answer.status_code, answer.json()["code"]) == (409, "id_taken")
    missing = await scene.client.get(f"/v1/runs/{conversation}")
    assert (missing.status_code, missing.json()["code"]) == (404, "run_not_found")


async def test_a_closed_conversation_lets_go_of_readers_that_have_everything(
    scene: Scene,
) -> None:
    conversation = await scene.conversation()
    key = (scene.scope.space_id, conversation)
    row = scene.fakes.conversations.rows[key]
    assert row.kind is ConversationKind.CHAT
    closed = row.__class__(row.id, None, row.agent, row.kind, ConversationState.COMPLETED, NOW, NOW)
    scene.fakes.conversations.rows[key] = closed
    answer = await scene.client.get(f"/v1/conversations/{conversation}/events")
    assert answer.status_code == 204
