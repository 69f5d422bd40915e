"""A message is sent once, in three manners."""

import asyncio
from uuid import UUID, uuid4

import pytest

from api.schemas.turns import NewMessage
from api.sending import hash_of
from domain.ports.conversations import ConversationKind
from models import ids
from models.errors import ConflictError, LimitError, UnavailableError
from models.payloads.events import (
    EventId,
    StepStarted,
    TextCompleted,
    TextDelta,
    TurnCompleted,
    TurnStarted,
)
from models.payloads.scope import Scope
from models.payloads.turn import BusyPolicy, Outcome, SendStatus, TurnStart
from tests.api.conftest import LIMITS, Scene
from tests.api.stream import all_of

SSE = {"accept": "text/event-stream"}


def answering(scene: Scene, number: int = 1, *, finish: bool = True) -> None:
    """Let each sent message be answered by a turn, as workers would."""

    async def play(start: TurnStart) -> None:
        message = start.messages[0]
        log, turn = scene.log(start.conversation_id), message.turn_id
        scene.fakes.turns.begin(scene.scope, message, number)
        add = scene.fakes.feed.add
        started = TurnStarted(message_id=message.message_id, agent="general")
        await add(log, turn, EventId(number, 1), started)
        await add(log, turn, EventId(number, 2), StepStarted(step=1))
        await add(log, turn, EventId(number, 3), TextDelta(step=1, text="Hello\u2028there"))
        if finish:
            text = TextCompleted(step=1, text="Hello there", message_id=uuid4())
            await add(log, turn, EventId(number, 4), text)
            scene.fakes.turns.turns[scene.scope.space_id, turn].answer = "Hello there"
            scene.fakes.turns.turns[scene.scope.space_id, turn].outcome = Outcome.COMPLETED
            await add(log, turn, EventId(number, 5), TurnCompleted(outcome=Outcome.COMPLETED))

    scene.fakes.engine.on_send = play


@pytest.mark.parametrize("policy", ["interrupt", "rollback"])
async def test_a_message_raises_the_flag_of_the_turn_that_its_run_told_to_end(
    scene: Scene, policy: str
) -> None:
    """And of no other: which one runs by now the edge cannot know."""
    answering(scene, finish=False)
    path = f"/v1/conversations/{await scene.conversation()}/messages"
    await scene.client.post(path, json={"content": "one"})
    await scene.client.post(path, json={"content": "two", "on_busy": policy})
    assert scene.fakes.flags.raised == []
    scene.fakes.engine.stops = told = uuid4()
    await scene.client.post(path, json={"content": "three", "on_busy": policy})
    assert scene.fakes.flags.raised == [told]


async def test_a_plain_post_is_taken_and_tells_where_to_follow_it(scene: Scene) -> None:
    conversation, message = await scene.conversation(), uuid4()
    answer = await scene.client.post(
        f"/v1/conversations/{conversation}/messages", json={"id": str(message), "content": "hi"}
    )
    assert answer.status_code == 202
    assert answer.json() == {
        "conversation_id": str(conversation),
        "turn_id": str(ids.turn_id(conversation, message)),
        "message_id": str(message),
        "status": "started",
        "position": 0,
        "events": f"/v1/conversations/{conversation}/events",
    }
    sent = scene.fakes.engine.sent[0]
    assert sent.messages[0].content == "hi"
    assert sent.messages[0].user_id == scene.caller.user_id
    assert sent.messages[0].request_id == answer.headers["x-request-id"]
    assert sent.limits.approval_window == LIMITS.approval_window


async def test_a_streaming_post_gets_its_turn_until_it_ends(scene: Scene) -> None:
    answering(scene)
    conversation = await scene.conversation()
    async with scene.client.stream(
        "POST", f"/v1/conversations/{conversation}/messages", json={"content": "hi"}, headers=SSE
    ) as answer:
        seen = await all_of(answer)

    assert answer.headers["content-type"] == "text/event-stream; charset=utf-8"
    assert [event.kind for event in seen] == [
        "turn.started",
        "step.started",
        "text.delta",
        "text.completed",
        "turn.completed",
    ]
    assert [event.id for event in seen] == ["1.1", "1.2", "1.3", "1.4", "1.5"]
    assert seen[2].data["text"] == "Hello\u2028there"
    assert scene.fakes.feed.following == 0


async def test_a_queued_message_is_told_its_place_and_sees_no_other_turn(scene: Scene) -> None:
    conversation = await scene.conversation()
    log, other = scene.log(conversation), uuid4()
    await scene.fakes.feed.add(log, other, EventId(1, 1), TextDelta(step=1, text="old"))

    async def queue(start: TurnStart) -> None:
        await scene.fakes.feed.add(log, other, EventId(1, 2), TextDelta(step=1, text="theirs"))
        turn = start.messages[0].turn_id
        ended = TurnCompleted(outcome=Outcome.COMPLETED)
        await scene.fakes.feed.add(log, turn, EventId(2, 1), ended)

    scene.fakes.engine.on_send = queue
    scene.fakes.engine.status, scene.fakes.engine.position = SendStatus.QUEUED, 3
    async with scene.client.stream(
        "POST", f"/v1/conversations/{conversation}/messages", json={"content": "hi"}, headers=SSE
    ) as answer:
        seen = await all_of(answer)

    assert [(event.id, event.kind) for event in seen] == [
        (None, "turn.queued"),
        ("2.1", "turn.completed"),
    ]
    assert seen[0].data["position"] == 3


async def test_a_steered_message_gets_the_running_turn_from_its_start(scene: Scene) -> None:
    answering(scene, finish=False)
    conversation = await scene.conversation()
    url = f"/v1/conversations/{conversation}/messages"
    first = await scene.client.post(url, json={"content": "hi"})
    running = UUID(first.json()["turn_id"])

    async def steer(start: TurnStart) -> None:
        ended = TurnCompleted(outcome=Outcome.COMPLETED)
        await scene.fakes.feed.add(scene.log(conversation), running, EventId(1, 4), ended)

    scene.fakes.engine.on_send = steer
    scene.fakes.engine.status, scene.fakes.engine.steers_to = SendStatus.STEERED, running
    body = {"content": "shorter", "on_busy": "steer"}
    async with scene.client.stream("POST", url, json=body, headers=SSE) as answer:
        seen = await all_of(answer)
    assert [event.id for event in seen] == ["1.1", "1.2", "1.3", "1.4"]


async def test_waiting_gives_the_finished_message_with_usage_and_finish(scene: Scene) -> None:
    answering(scene)
    conversation = await scene.conversation()
    answer = await scene.client.post(
        f"/v1/conversations/{conversation}/messages",
        json={"content": "hi"},
        headers={"prefer": "respond-async, wait=5"},
    )
    found = answer.json()
    assert (answer.status_code, answer.headers["preference-applied"]) == (200, "wait=5")
    assert (found["outcome"], found["finish_reason"]) == ("completed", "stop")
    assert found["message"]["content"] == "Hello there"
    assert found["usage"]["input_tokens"] == 7


async def test_waiting_too_short_is_taken_all_the_same(scene: Scene) -> None:
    answering(scene, finish=False)
    conversation = await scene.conversation()
    answer = await scene.client.post(
        f"/v1/conversations/{conversation}/messages",
        json={"content": "hi"},
        headers={"prefer": "wait=1"},
    )
    assert (answer.status_code, answer.json()["status"]) == (202, "started")
    assert scene.fakes.feed.following == 0


@pytest.mark.parametrize("prefer", ["wait=soon", "wait=", "wait=-1", "nowait=5", "wait=0"])
async def test_a_preference_that_makes_no_sense_is_passed_over(scene: Scene, prefer: str) -> None:
    conversation = await scene.conversation()
    answer = await scene.client.post(
        f"/v1/conversations/{conversation}/messages",
        json={"content": "hi"},
        headers={"prefer": prefer},
    )
    assert answer.status_code == 202


async def test_a_copy_with_a_turn_is_answered_with_it_and_never_sent_again(scene: Scene) -> None:
    answering(scene)
    conversation = await scene.conversation()
    url, body = f"/v1/conversations/{conversation}/messages", {"id": str(uuid4()), "content": "hi"}

    first = await scene.client.post(url, json=body)
    copies = await asyncio.gather(
        *(scene.client.post(url, json={**body, "on_busy": "reject"}) for _ in range(10))
    )
    async with scene.client.stream("POST", url, json=body, headers=SSE) as streamed:
        seen = await all_of(streamed)

    assert {copy.json()["turn_id"] for copy in copies} == {first.json()["turn_id"]}
    assert [event.id for event in seen] == ["1.1", "1.2", "1.3", "1.4", "1.5"]
    assert len(scene.fakes.engine.sent) == 1


@pytest.mark.parametrize("headers", [{}, SSE, {"prefer": "wait=5"}])
async def test_a_copy_of_an_erased_message_is_told_that_it_is_gone(
    scene: Scene, headers: dict[str, str]
) -> None:
    answering(scene)
    conversation = await scene.conversation()
    url, body = f"/v1/conversations/{conversation}/messages", {"id": str(uuid4()), "content": "hi"}
    await scene.client.post(url, json=body)
    scene.fakes.turns.turns.clear()

    answer = await scene.client.post(url, json=body, headers=headers)

    assert (answer.status_code, answer.json()["code"]) == (410, "message_erased")
    assert len(scene.fakes.engine.sent) == 1


@pytest.mark.parametrize(
    "change",
    [{"content": "other"}, {"agent": "direct"}],
    ids=["content", "agent"],
)
async def test_the_same_id_with_another_body_is_refused(
    scene: Scene, change: dict[str, object]
) -> None:
    answering(scene)
    conversation = await scene.conversation()
    url, body = f"/v1/conversations/{conversation}/messages", {"id": str(uuid4()), "content": "hi"}
    await scene.client.post(url, json=body)
    answer = await scene.client.post(url, json={**body, **change})
    assert (answer.status_code, answer.json()["code"]) == (422, "message_reused")
    assert len(scene.fakes.engine.sent) == 1


async def test_an_idempotency_key_is_the_message_id(scene: Scene) -> None:
    conversation = await scene.conversation()
    url, key = (
        f"/v1/conversations/{conversation}/messages",
        {"idempotency-key": "order 66".replace(" ", "-")},
    )
    one = await scene.client.post(url, json={"content": "hi"}, headers=key)
    two = await scene.client.post(url, json={"content": "hi"}, headers=key)
    own = await scene.client.post(url, json={"content": "hi", "id": str(uuid4())}, headers=key)
    assert one.json()["turn_id"] == two.json()["turn_id"] != own.json()["turn_id"]


@pytest.mark.parametrize("key", ["", "a b", "a" * 201, "käse"])
async def test_an_idempotency_key_that_cannot_be_kept_is_refused(scene: Scene, key: str) -> None:
    answer = await scene.client.post(
        "/v1/messages", json={"content": "hi"}, headers=[(b"idempotency-key", key.encode())]
    )
    assert (answer.status_code, answer.json()["code"]) == (422, "idempotency_key_invalid")


async def test_a_first_message_makes_its_conversation_once(scene: Scene) -> None:
    body = {"id": str(uuid4()), "content": "hi", "agent": "direct"}
    answers = [await scene.client.post("/v1/messages", json=body) for _ in range(2)]
    conversation = ids.conversation_id_for(scene.scope.space_id, UUID(body["id"]))
    assert [a.json()["conversation_id"] for a in answers] == [str(conversation)] * 2
    assert [row.agent for row in scene.fakes.conversations.rows.values()] == ["direct"]


async def test_the_same_id_in_another_space_is_another_message(scene: Scene) -> None:
    body = {"id": str(uuid4()), "content": "hi"}
    here = await scene.client.post("/v1/messages", json=body)
    other = uuid4()
    scene.fakes.verifier.callers["good"] = scene.caller.__class__(
        scene.caller.user_id,
        scene.caller.organisation_id,
        {other: scene.caller.spaces[scene.scope.space_id]},
        "t",
    )
    there = await scene.client.post("/v1/messages", json=body, headers={"x-space-id": str(other)})
    assert here.json()["turn_id"] != there.json()["turn_id"]


async def test_text_too_long_for_the_engine_is_stored_and_referenced(scene: Scene) -> None:
    text, message = "ä" * 1_100, uuid4()
    await scene.client.post("/v1/messages", json={"id": str(message), "content": text})
    assert scene.fakes.engine.sent[0].messages[0].content is None
    assert scene.fakes.turns.texts == {message: text}


async def test_a_short_message_that_a_run_answers_costs_no_write(scene: Scene) -> None:
    await scene.client.post("/v1/messages", json={"content": "hi"})
    assert scene.fakes.turns.texts == {}


@pytest.mark.parametrize("words", [2, 2_000], ids=["short", "long"])
async def test_the_same_id_with_another_body_is_refused_also_with_no_worker_up(
    scene: Scene, words: int
) -> None:
    scene.fakes.engine.status = SendStatus.ACCEPTED
    body = {"id": str(uuid4()), "content": "hi " * words}
    first = await scene.client.post("/v1/messages", json=body)
    copy = await scene.client.post("/v1/messages", json=body)
    other = await scene.client.post("/v1/messages", json={**body, "content": "ho " * words})
    assert [answer.status_code for answer in (first, copy, other)] == [202, 202, 422]
    assert other.json()["code"] == "message_reused"


async def test_a_run_that_nobody_has_claimed_refuses_another_input(scene: Scene) -> None:
    body = {"id": str(uuid4()), "input": "work"}
    first = await scene.client.post("/v1/runs", json=body)
    other = await scene.client.post("/v1/runs", json={**body, "input": "rest"})
    assert (first.status_code, other.status_code) == (202, 422)
    assert other.json()["code"] == "message_reused"


@pytest.mark.parametrize("path", ["/v1/messages", "/v1/runs"])
@pytest.mark.parametrize(
    ("content", "status", "code"),
    [
        ("", 422, "message_empty"),
        (" \n\t\u00a0", 422, "message_empty"),
        ("a" * 32_001, 413, "message_too_long"),
        ("a" * 1_048_576, 413, "message_too_long"),
        ("a\x00b", 422, "text_invalid"),
    ],
    ids=["empty", "whitespace", "too long", "a megabyte", "nul"],
)
async def test_text_that_is_no_message_is_refused(
    scene: Scene, path: str, content: str, status: int, code: str
) -> None:
    name = "input" if path == "/v1/runs" else "content"
    answer = await scene.client.post(path, json={name: content})
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert scene.fakes.engine.sent == []
    assert scene.fakes.conversations.rows == {}


async def test_a_lone_surrogate_is_refused_by_name(scene: Scene) -> None:
    answer = await scene.client.post(
        "/v1/messages",
        content=b'{"content": "a \\ud800 b"}',
        headers={"content-type": "application/json"},
    )
    assert (answer.status_code, answer.json()["code"]) == (422, "text_invalid")


async def test_exactly_the_limit_is_taken(scene: Scene) -> None:
    answer = await scene.client.post("/v1/messages", json={"content": "a" * 32_000})
    assert answer.status_code == 202


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"agent": "nobody"}, "agent_unknown"),
        ({"on_busy": "shout"}, "busy_policy_unknown"),
        ({"on_bussy": "reject"}, "request_invalid"),
        ({"id": "not-a-uuid"}, "request_invalid"),
        ({"content": 5}, "request_invalid"),
        ({"references": "x"}, "references_invalid"),
        ({"references": ["brand-guide"]}, "references_invalid"),
        ({"references": [str(uuid4()) for _ in range(11)]}, "references_invalid"),
    ],
)
async def test_a_body_that_is_wrong_is_refused_by_name(
    scene: Scene, change: dict[str, object], code: str
) -> None:
    answer = await scene.client.post("/v1/messages", json={"content": "hi", **change})
    problem = answer.json()
    assert (answer.status_code, problem["code"]) == (422, code)
    assert problem["request_id"] == answer.headers["x-request-id"]
    if code != "agent_unknown":
        assert problem["errors"][0]["pointer"].startswith("/")


@pytest.mark.parametrize("policy", list(BusyPolicy))
async def test_every_busy_policy_reaches_the_run_of_an_open_turn(
    scene: Scene, policy: BusyPolicy
) -> None:
    answering(scene, finish=False)
    url = f"/v1/conversations/{await scene.conversation()}/messages"
    await scene.client.post(url, json={"content": "hi"})
    scene.fakes.engine.on_send = None
    await scene.client.post(url, json={"content": "you", "on_busy": policy.value})
    assert scene.fakes.engine.sent[1].messages[0].on_busy is policy


async def test_the_open_turn_is_told_of_a_message_that_steers_before_it_is_sent(
    scene: Scene,
) -> None:
    answering(scene, finish=False)
    conversation = await scene.conversation()
    url = f"/v1/conversations/{conversation}/messages"
    for policy in ("enqueue", "interrupt", "rollback", "reject"):
        await scene.client.post(url, json={"content": policy, "on_busy": policy})
    assert scene.fakes.turns.steered == []
    told: list[UUID] = []

    async def look(start: TurnStart) -> None:
        told.extend(scene.fakes.turns.steered)

    scene.fakes.engine.on_send = look
    await scene.client.post(url, json={"content": "shorter", "on_busy": "steer"})

    assert told == [conversation]


async def test_a_message_with_nothing_to_steer_is_sent_as_one_that_waits(scene: Scene) -> None:
    """Its run may not know yet that the turn has ended, and would answer with that one."""
    answering(scene)
    url = f"/v1/conversations/{await scene.conversation()}/messages"
    await scene.client.post(url, json={"content": "hi"})
    await scene.client.post(url, json={"content": "shorter", "on_busy": "steer"})
    assert scene.fakes.engine.sent[1].messages[0].on_busy is BusyPolicy.ENQUEUE


@pytest.mark.parametrize(
    ("failure", "status", "code"),
    [
        (ConflictError("Busy.", code="conversation_busy"), 409, "conversation_busy"),
        (LimitError("Full."), 429, "queue_full"),
        (UnavailableError("Away.", code="engine_unavailable"), 503, "engine_unavailable"),
        (UnavailableError("Nobody.", code="no_worker"), 503, "no_worker"),
    ],
)
@pytest.mark.parametrize("headers", [{}, SSE], ids=["plain", "stream"])
async def test_a_refusal_is_a_real_status_also_for_streams(
    scene: Scene, failure: Exception, status: int, code: str, headers: dict[str, str]
) -> None:
    scene.fakes.engine.failure = failure
    answer = await scene.client.post("/v1/messages", json={"content": "hi"}, headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert ("retry-after" in answer.headers) == (status in {429, 503})


async def test_an_archived_conversation_takes_no_message(scene: Scene) -> None:
    conversation = await scene.conversation()
    await scene.client.patch(f"/v1/conversations/{conversation}", json={"archived": True})
    answer = await scene.client.post(
        f"/v1/conversations/{conversation}/messages", json={"content": "hi"}
    )
    assert (answer.status_code, answer.json()["code"]) == (409, "conversation_archived")


async def test_a_message_to_an_unknown_conversation_creates_nothing(scene: Scene) -> None:
    answer = await scene.client.post(
        f"/v1/conversations/{uuid4()}/messages", json={"content": "hi"}
    )
    assert (answer.status_code, answer.json()["code"]) == (404, "conversation_not_found")
    assert scene.fakes.engine.sent == []


async def test_a_runs_log_is_no_conversation(scene: Scene) -> None:
    run = uuid4()
    await scene.fakes.conversations.create(
        scene.scope,
        scene.caller.user_id,
        conversation_id=run,
        title=None,
        agent="general",
        kind=ConversationKind.RUN,
    )
    answer = await scene.client.post(f"/v1/conversations/{run}/messages", json={"content": "hi"})
    assert answer.json()["code"] == "conversation_not_found"


async def a_document(scene: Scene, text: str) -> str:
    made = await scene.client.post("/v1/documents", json={"text": text})
    return str(made.json()["id"])


async def test_references_reach_the_run_once_each_and_in_order(scene: Scene) -> None:
    first, second = await a_document(scene, "one"), await a_document(scene, "two")
    body = {"content": "hi", "references": [second, first, second]}
    conversation = await scene.conversation()
    for url in ("/v1/messages", f"/v1/conversations/{conversation}/messages"):
        answer = await scene.client.post(url, json=body)
        assert answer.status_code == 202
        message = scene.fakes.engine.sent[-1].messages[0]
        assert message.references == (UUID(second), UUID(first))


async def test_a_reference_that_the_space_does_not_have_is_told_at_once(scene: Scene) -> None:
    """Another space's document and one that nobody has look the same, and cost one query."""
    mine = await a_document(scene, "mine")
    other = Scope(organisation_id=uuid4(), space_id=uuid4())
    theirs, _ = await scene.fakes.documents.add(
        other, uuid4(), title="a", name="a.md", media_type="text/markdown", data=b"theirs"
    )
    details = set()
    for unknown in (str(theirs.id), str(uuid4())):
        body = {"content": "hi", "references": [mine, unknown]}
        answer = await scene.client.post("/v1/messages", json=body)
        assert (answer.status_code, answer.json()["code"]) == (422, "reference_unknown")
        details.add(answer.json()["detail"].replace(unknown, "it"))
    assert len(details) == 1
    assert [len(ids) for ids in scene.fakes.documents.asked] == [2, 2]
    assert scene.fakes.engine.sent == []
    assert scene.fakes.conversations.rows == {}


async def test_a_copy_of_a_message_is_answered_when_its_document_has_gone(scene: Scene) -> None:
    answering(scene)
    document = await a_document(scene, "one")
    body = {"id": str(uuid4()), "content": "hi", "references": [document]}
    first = await scene.client.post("/v1/messages", json=body)
    await scene.client.delete(f"/v1/documents/{document}")
    copy = await scene.client.post("/v1/messages", json=body)
    assert (copy.status_code, copy.json()["turn_id"]) == (202, first.json()["turn_id"])
    assert len(scene.fakes.engine.sent) == 1


async def test_the_same_words_about_another_document_are_another_message(scene: Scene) -> None:
    answering(scene)
    body = {"id": str(uuid4()), "content": "hi"}
    await scene.client.post("/v1/messages", json=body)
    about = {**body, "references": [await a_document(scene, "one")]}
    answer = await scene.client.post("/v1/messages", json=about)
    assert (answer.status_code, answer.json()["code"]) == (422, "message_reused")


def test_a_message_without_references_has_the_hash_that_it_always_had() -> None:
    """Receipts outlive deployments: another hash would make every copy another body."""
    assert hash_of(NewMessage(content="hi")) == (
        "c125a846c1b83ee379bf94fb1ac2516396dcd831e9c3661713a860a4418e11ed"
    )
