"""The WebSocket over fakes of the edge's ports, with the client that people use."""

import asyncio
import json
import socket as socket_module
import time
from collections import Counter, deque
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any
from uuid import UUID, uuid4

import pytest
import uvicorn
from structlog.testing import capture_logs
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol
from websockets.asyncio.client import ClientConnection, connect
from websockets.client import ClientProtocol
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.typing import Origin
from websockets.uri import parse_uri

from api.cookies import COOKIE
from api.socket.door import Hall
from api.socket.session import UNREADABLE
from domain.ports.conversations import Conversation
from domain.ports.identity import Caller, Role
from domain.ports.rates import Kind, Standing
from domain.wire import WireEvent
from models.errors import UnavailableError
from models.payloads.events import EventId, TextDelta
from models.payloads.scope import Scope
from tests.api.conftest import LIMITS, Scene
from tests.api.fakes.callers import a_caller
from tests.api.stream import all_of
from tests.waiting import PATIENCE, until

NOBODYS = str(UUID(int=7))
Bound = Callable[..., None]


class Socket:
    """A client, one message at a time."""

    def __init__(self, connection: ClientConnection) -> None:
        self.connection = connection

    async def tell(self, kind: str, **fields: object) -> None:
        await self.connection.send(json.dumps({"type": kind, **fields}))

    async def hear(self) -> dict[str, Any]:
        async with asyncio.timeout(60):
            said: dict[str, Any] = json.loads(await self.connection.recv())
        return said

    async def ask(self, kind: str, **fields: object) -> dict[str, Any]:
        await self.tell(kind, **fields)
        return await self.hear()

    async def closed(self) -> int | None:
        """The code that it was closed with, whatever comes before."""
        async with asyncio.timeout(60):
            try:
                while True:
                    await self.connection.recv()
            except ConnectionClosed:
                return self.connection.close_code


@asynccontextmanager
async def opened(scene: Scene, origin: str | None = None, **headers: str) -> AsyncIterator[Socket]:
    url = str(scene.client.base_url).replace("http", "ws", 1).rstrip("/") + "/v1/ws"
    chosen = None if origin is None else Origin(origin)
    async with connect(
        url,
        origin=chosen,
        additional_headers=headers,
        compression=None,
        proxy=None,
        open_timeout=PATIENCE,
    ) as connection:
        yield Socket(connection)


async def say(scene: Scene, conversation: UUID, *sequences: int) -> None:
    """Events of the conversation's first turn."""
    for sequence in sequences:
        event = TextDelta(step=1, text=str(sequence))
        await scene.fakes.feed.add(
            scene.log(conversation), conversation, EventId(1, sequence), event
        )


@pytest.fixture
def bound(scene: Scene) -> Iterator[Bound]:
    """Other limits for one test."""
    state = scene.app.state

    def change(**limits: float) -> None:
        state.limits = replace(LIMITS, **limits)  # type: ignore[arg-type]  # numbers all
        state.hall = Hall(state.limits.socket_hall)

    yield change
    change()


@pytest.fixture
async def socket(scene: Scene) -> AsyncIterator[Socket]:
    """Signed in."""
    async with opened(scene) as socket:
        ready = await socket.ask("auth", token="good", space_id=str(scene.scope.space_id))
        assert ready["type"] == "ready"
        yield socket


async def test_whoever_says_who_they_are_is_let_in(scene: Scene) -> None:
    async with opened(scene) as socket:
        ready = await socket.ask("auth", ref="a", token="good", space_id=str(scene.scope.space_id))
        assert ready["type"] == "ready"
        assert ready["ref"] == "a"
        assert ready["user_id"] == str(scene.caller.user_id)
        assert await socket.ask("ping", ref=7) == {"type": "pong", "ref": 7}


@pytest.mark.parametrize(
    ("said", "code", "close"),
    [
        ({"type": "auth", "token": "nobody's"}, "token_invalid", 4001),
        ({"type": "auth", "token": "expired"}, "token_expired", 4001),
        ({"type": "auth", "csrf": "without a cookie"}, "session_ended", 4001),
        ({"type": "auth", "token": "good", "space_id": str(uuid4())}, "space_forbidden", 4003),
        ({"type": "auth", "token": "good"}, "space_required", 4000),
        ({"type": "auth"}, "credential_required", 4000),
        ({"type": "ping"}, "unauthenticated", 4001),
        ({"type": "sing"}, "message_type_unknown", 4000),
        ([], "json_invalid", 4000),
    ],
)
async def test_whoever_does_not_is_told_why_and_closed(
    scene: Scene, said: object, code: str, close: int
) -> None:
    async with opened(scene) as socket:
        await socket.connection.send(json.dumps(said))
        error = await socket.hear()
        assert (error["type"], error["code"]) == ("error", code)
        assert await socket.closed() == close
        assert socket.connection.close_reason == code


async def test_whoever_says_nothing_is_closed(scene: Scene, bound: Bound) -> None:
    bound(socket_auth=0.05)
    async with opened(scene) as socket:
        assert (await socket.hear())["code"] == "auth_timeout"
        assert await socket.closed() == 4001


async def test_strangers_are_so_many_at_once(scene: Scene, bound: Bound) -> None:
    bound(socket_hall=1)
    async with opened(scene) as first:
        with pytest.raises(InvalidStatus) as refused:
            async with opened(scene):
                pass
        assert refused.value.response.status_code == 503
        assert json.loads(refused.value.response.body or b"")["code"] == "sockets_waiting"
        await first.ask("auth", token="good", space_id=str(scene.scope.space_id))
        async with opened(scene) as second:  # the first takes no place there any more
            await second.ask("auth", token="good", space_id=str(scene.scope.space_id))


async def test_a_users_places_for_streams_are_given_back(scene: Scene) -> None:
    scene.fakes.places.most = 1
    space = str(scene.scope.space_id)
    async with opened(scene) as first, opened(scene) as second:
        assert (await first.ask("auth", token="good", space_id=space))["type"] == "ready"
        refused = await second.ask("auth", ref=1, token="good", space_id=space)
        assert (refused["ref"], refused["status"]) == (1, 429)
        assert refused["code"] == "too_many_streams"
        assert await second.closed() == 4029
    await until(lambda: not scene.fakes.places.held)


async def test_a_browser_shows_its_session(scene: Scene) -> None:
    secret, session = await scene.fakes.sessions.begin(scene.caller)
    said = {"csrf": session.csrf, "space_id": str(scene.scope.space_id)}
    cookie = {"cookie": f"{COOKIE}={secret}"}
    ours = str(scene.client.base_url).rstrip("/")
    async with opened(scene, origin=ours, **cookie) as socket:
        assert (await socket.ask("auth", **said))["type"] == "ready"
    async with opened(scene, origin="https://evil.example", **cookie) as socket:
        assert (await socket.ask("auth", **said))["code"] == "csrf_invalid"
        assert await socket.closed() == 4003
    async with opened(scene, origin=ours, **cookie) as socket:
        assert (await socket.ask("auth", **said | {"csrf": "guessed"}))["code"] == "csrf_invalid"


async def test_a_socket_ends_with_its_token_unless_a_newer_one_comes(scene: Scene) -> None:
    space, callers = str(scene.scope.space_id), scene.fakes.verifier.callers
    callers["short"] = replace(scene.caller, expires_at=time.time() + 0.2)
    callers["other"] = a_caller(scene.scope)
    async with opened(scene) as ending, opened(scene) as lasting:
        await lasting.ask("auth", token="short", space_id=space)
        assert (await ending.ask("auth", token="short", space_id=space))["expires_in"] == 0
        refused = await lasting.ask("auth", token="other", space_id=space)
        assert refused["code"] == "identity_changed"
        renewed = await lasting.ask("auth", token="good", space_id=space)
        assert (renewed["type"], renewed["expires_in"]) == ("ready", None)
        assert await ending.closed() == 4001
        assert ending.connection.close_reason == "token_expired"
        assert (await lasting.ask("ping"))["type"] == "pong"


async def test_a_credential_that_was_taken_back_ends_its_socket(scene: Scene, bound: Bound) -> None:
    bound(longest_stream=0.05)
    async with opened(scene) as socket:
        await socket.ask("auth", token="good", space_id=str(scene.scope.space_id))
        del scene.fakes.verifier.callers["good"]
        assert (await socket.hear())["code"] == "token_invalid"
        assert await socket.closed() == 4001


async def test_a_credential_that_was_taken_back_changes_nothing_meanwhile(scene: Scene) -> None:
    approval = scene.fakes.approvals.add(scene.scope)
    conversation = str(await scene.conversation())
    async with opened(scene) as socket:
        await socket.ask("auth", token="good", space_id=str(scene.scope.space_id))
        del scene.fakes.verifier.callers["good"]
        await socket.tell("send", ref="r", conversation_id=conversation, content="hi")
        await socket.tell("stop", ref="r", conversation_id=conversation)
        await socket.tell("verdict", ref="r", approval_id=str(approval.id), decision="approve")
        refused = [await socket.hear() for _ in range(4)]
        said = [one.get("code") for one in refused if one["type"] == "error"]
        assert said == ["token_invalid"] * 3
        assert await socket.closed() == 4001
    assert scene.fakes.engine.sent == []
    assert scene.fakes.engine.deliveries == []


async def test_several_conversations_come_over_one_socket_as_they_do_by_sse(
    scene: Scene, socket: Socket
) -> None:
    first, second = await scene.conversation(), await scene.conversation()
    await say(scene, first, 1, 2)
    await say(scene, second, 1)
    assert await socket.ask("subscribe", ref="s", conversation_id=str(first)) == {
        "type": "subscribed",
        "ref": "s",
        "conversation_id": str(first),
        "after": "0.0",
    }
    seen = [await socket.hear(), await socket.hear()]
    await socket.ask("subscribe", conversation_id=str(second))
    seen.append(await socket.hear())
    await say(scene, first, 3)
    seen.append(await socket.hear())
    assert [(one["conversation_id"], one["event"]["id"]) for one in seen] == [
        *[(str(first), "1.1"), (str(first), "1.2")],
        *[(str(second), "1.1"), (str(first), "1.3")],
    ]
    url = f"/v1/conversations/{first}/events?until=idle"
    async with scene.client.stream("GET", url) as answer:
        by_sse = [event.data for event in await all_of(answer)]
    assert [one["event"] for one in seen if one["conversation_id"] == str(first)] == by_sse


async def test_a_socket_goes_on_where_another_ended(scene: Scene) -> None:
    conversation = await scene.conversation()
    await say(scene, conversation, 1, 2, 3)
    seen = []
    for after in (None, "1.1", "1.2"):
        async with opened(scene) as socket:
            await socket.ask("auth", token="good", space_id=str(scene.scope.space_id))
            await socket.ask("subscribe", conversation_id=str(conversation), after=after)
            seen.append((await socket.hear())["event"]["id"])
    assert seen == ["1.1", "1.2", "1.3"]
    await until(lambda: scene.fakes.feed.following == 0)


async def test_a_log_that_is_cut_on_purpose_is_gone_on_with(scene: Scene, bound: Bound) -> None:
    bound(longest_stream=0.05)
    conversation = await scene.conversation()
    async with opened(scene) as socket:
        await socket.ask("auth", token="good", space_id=str(scene.scope.space_id))
        await socket.ask("subscribe", conversation_id=str(conversation))
        for sequence in range(1, 3):
            await until(lambda: scene.fakes.feed.following == 0)
            await say(scene, conversation, sequence)
            assert (await socket.hear())["event"]["id"] == f"1.{sequence}"


async def test_a_conversation_that_is_erased_is_followed_no_more(
    scene: Scene, bound: Bound
) -> None:
    bound(longest_stream=0.05)
    conversation = await scene.conversation()
    await say(scene, conversation, 1)
    async with opened(scene) as socket:
        await socket.ask("auth", token="good", space_id=str(scene.scope.space_id))
        await socket.ask("subscribe", conversation_id=str(conversation))
        await socket.hear()
        await scene.client.delete(f"/v1/conversations/{conversation}")
        told = await socket.hear()
        assert (told["type"], told["after"]) == ("unsubscribed", "1.1")
        assert told["code"] == "conversation_not_found"
        assert (await socket.ask("ping"))["type"] == "pong"


async def test_what_is_left_says_nothing_more(scene: Scene, socket: Socket) -> None:
    conversation = await scene.conversation()
    await say(scene, conversation, 1)
    await socket.ask("subscribe", conversation_id=str(conversation))
    await socket.hear()
    left = await socket.ask("unsubscribe", ref=1, conversation_id=str(conversation))
    assert (left["type"], left["ref"], left["after"]) == ("unsubscribed", 1, "1.1")
    await say(scene, conversation, 2)
    assert (await socket.ask("ping"))["type"] == "pong"
    assert scene.fakes.feed.following == 0


async def test_a_run_is_followed_by_its_own_name(scene: Scene, socket: Socket) -> None:
    started = await scene.client.post("/v1/runs", json={"input": "go"})
    run = started.json()["conversation_id"]
    assert (await socket.ask("subscribe", run_id=run))["type"] == "subscribed"
    wrong = await socket.ask("subscribe", conversation_id=run)
    assert wrong["code"] == "conversation_not_found"
    stopped = await socket.ask("stop", ref=2, run_id=run)
    assert (stopped["type"], stopped["ref"]) == ("stopping", 2)


async def test_a_message_is_typed_at_before_anything_is_looked_up(
    scene: Scene, socket: Socket
) -> None:
    looked_up = asyncio.Event()

    async def held(*_: object) -> None:
        await looked_up.wait()
        raise UnavailableError("Away.", code="store_unavailable")

    conversation = uuid4()
    scene.fakes.conversations.receiving = held  # type: ignore[method-assign, assignment]  # a slow store
    await socket.tell("send", ref="m", conversation_id=str(conversation), content="hi")
    assert await socket.hear() == {
        "type": "typing",
        "ref": "m",
        "conversation_id": str(conversation),
    }
    looked_up.set()
    refused = await socket.hear()
    assert (refused["ref"], refused["code"]) == ("m", "store_unavailable")


async def test_a_message_goes_the_way_of_the_routes(scene: Scene, socket: Socket) -> None:
    message = {"id": str(uuid4()), "content": "hello"}
    typing = await socket.ask("send", ref=1, subscribe=True, **message)
    accepted = await socket.hear()
    assert (typing["type"], accepted["type"]) == ("typing", "accepted")
    assert typing["conversation_id"] == accepted["conversation_id"]
    by_http = await scene.client.post("/v1/messages", json=message)
    assert {**by_http.json(), "ref": 1, "type": "accepted"} == {
        key: value for key, value in accepted.items() if key != "after"
    }
    assert scene.fakes.engine.sent[0].messages[0].content == "hello"
    # It follows what it began.
    await say(scene, UUID(accepted["conversation_id"]), 1)
    assert (await socket.hear())["event"]["id"] == "1.1"


async def test_messages_to_a_conversation_arrive_as_they_were_sent(
    scene: Scene, socket: Socket
) -> None:
    conversation = str(await scene.conversation())
    for number in range(10):
        await socket.tell("send", conversation_id=conversation, content=str(number))
    said = [(await socket.hear())["type"] for _ in range(20)]
    assert said.count("accepted") == 10
    sent = [start.messages[0].content for start in scene.fakes.engine.sent]
    assert sent == [str(number) for number in range(10)]


async def test_a_message_whose_count_is_late_is_not_overtaken(
    scene: Scene, socket: Socket, monkeypatch: pytest.MonkeyPatch
) -> None:
    rates, counted = scene.fakes.rates, asyncio.Event()
    ask = rates.ask

    async def the_first_late(caller: Caller, kind: Kind) -> Standing | None:
        first = not rates.asked
        standing = await ask(caller, kind)
        if first:
            await counted.wait()
        return standing

    conversation = str(await scene.conversation())
    rates.asked.clear()
    monkeypatch.setattr(rates, "ask", the_first_late)
    for content in ("first", "second"):
        typing = await socket.ask("send", conversation_id=conversation, content=content)
        assert typing["type"] == "typing", "it goes out at once all the same"
    assert (await socket.ask("ping"))["type"] == "pong"
    counted.set()
    assert [(await socket.hear())["type"] for _ in range(2)] == ["accepted"] * 2
    sent = [start.messages[0].content for start in scene.fakes.engine.sent]
    assert sent == ["first", "second"]


async def test_a_log_followed_twice_at_once_has_one_reader(
    scene: Scene, socket: Socket, monkeypatch: pytest.MonkeyPatch
) -> None:
    feed, may_leave = scene.fakes.feed, asyncio.Event()
    follow = feed.follow

    async def leaves_late(*where: Any, **how: Any) -> AsyncGenerator[WireEvent, None]:  # noqa: ANN401 - as it is given
        try:
            async for event in follow(*where, **how):
                yield event
        finally:
            await may_leave.wait()

    conversation = await scene.conversation()
    monkeypatch.setattr(feed, "follow", leaves_late)
    await socket.ask("subscribe", conversation_id=str(conversation))
    await until(lambda: feed.following == 1)
    for ref in (1, 2):
        await socket.tell("subscribe", ref=ref, conversation_id=str(conversation))
    assert (await socket.ask("ping"))["type"] == "pong"
    may_leave.set()
    said = [await socket.hear() for _ in range(2)]
    assert [(one["type"], one["ref"]) for one in said] == [("subscribed", 1), ("subscribed", 2)]
    await socket.ask("unsubscribe", conversation_id=str(conversation))
    await say(scene, conversation, 1)
    assert (await socket.ask("ping"))["type"] == "pong"
    assert feed.following == 0


async def test_a_log_left_behind_its_subscription_is_left(
    scene: Scene, socket: Socket, monkeypatch: pytest.MonkeyPatch
) -> None:
    conversations, looked_up = scene.fakes.conversations, asyncio.Event()
    get = conversations.get

    async def late(scope: Scope, conversation_id: UUID) -> Conversation:
        await looked_up.wait()
        return await get(scope, conversation_id)

    conversation = await scene.conversation()
    monkeypatch.setattr(conversations, "get", late)
    for kind in ("subscribe", "unsubscribe"):
        await socket.tell(kind, conversation_id=str(conversation))
    assert (await socket.ask("ping"))["type"] == "pong"
    looked_up.set()
    assert [(await socket.hear())["type"] for _ in range(2)] == ["subscribed", "unsubscribed"]
    await say(scene, conversation, 1)
    assert (await socket.ask("ping"))["type"] == "pong"
    assert scene.fakes.feed.following == 0


async def test_a_stop_does_not_wait_behind_a_message(scene: Scene, socket: Socket) -> None:
    conversation, taken = str(await scene.conversation()), asyncio.Event()

    async def slowly(_: object) -> None:
        await taken.wait()

    scene.fakes.engine.on_send = slowly
    await socket.ask("send", conversation_id=conversation, content="hi")
    stopped = await socket.ask("stop", conversation_id=conversation, turn_id=str(uuid4()))
    assert stopped["type"] == "stopping"
    taken.set()
    assert (await socket.hear())["type"] == "accepted"


async def test_an_approver_decides_over_a_socket(scene: Scene, socket: Socket) -> None:
    approval = scene.fakes.approvals.add(scene.scope)
    decided = await socket.ask(
        "verdict", ref="v", approval_id=str(approval.id), decision="deny", note="No."
    )
    assert (decided["type"], decided["approval"]["state"]) == ("decided", "denied")
    assert [one.approval_id for one in scene.fakes.engine.deliveries] == [approval.id]
    late = await socket.ask("verdict", approval_id=str(approval.id), decision="approve")
    assert (late["status"], late["code"]) == (409, "already_decided")


async def test_a_viewer_reads_and_does_not_talk(scene: Scene) -> None:
    token = scene.sign_in(Role.VIEWER)["authorization"].split()[1]
    conversation = str(await scene.conversation())
    async with opened(scene) as socket:
        await socket.ask("auth", token=token, space_id=str(scene.scope.space_id))
        followed = await socket.ask("subscribe", conversation_id=conversation)
        assert followed["type"] == "subscribed"
        for kind in ("send", "stop"):
            said = {"content": "hi"} if kind == "send" else {}
            answer = await socket.ask(kind, conversation_id=conversation, **said)
            answer = await socket.hear() if answer["type"] == "typing" else answer
            assert (answer["status"], answer["code"]) == (403, "role_required")
    assert scene.fakes.engine.sent == []


@pytest.mark.parametrize(
    ("said", "code"),
    [
        ("{", "json_invalid"),
        ("7", "json_invalid"),
        ("[" * 100_000, "json_invalid"),
        (b'{"type": "ping"}', "message_binary"),
        ('{"type": "sing"}', "message_type_unknown"),
        ('{"type": ["ping"]}', "message_type_unknown"),
        ('{"type": "ping", "extra": 1}', "request_invalid"),
        ('{"type": "ping", "ref": {}}', "request_invalid"),
        ('{"type": "send"}', "request_invalid"),
        ('{"type": "send", "content": " "}', "message_empty"),
        ('{"type": "send", "content": "\\u0000"}', "text_invalid"),
        ('{"type": "send", "content": "a", "on_busy": "shout"}', "busy_policy_unknown"),
        ('{"type": "subscribe"}', "log_required"),
        ('{"type": "subscribe", "conversation_id": "1"}', "request_invalid"),
        (json.dumps({"type": "stop", "conversation_id": NOBODYS}), "conversation_not_found"),
        (json.dumps({"type": "subscribe", "run_id": NOBODYS}), "run_not_found"),
        (
            json.dumps({"type": "verdict", "approval_id": NOBODYS, "decision": "revise"}),
            "note_required",
        ),
        (
            json.dumps({"type": "verdict", "approval_id": NOBODYS, "decision": "deny"}),
            "approval_not_found",
        ),
    ],
)
async def test_a_bad_message_is_answered_by_name_and_closes_nothing(
    socket: Socket, said: str | bytes, code: str
) -> None:
    await socket.connection.send(said)
    error = await socket.hear()
    assert (error["type"], error["code"]) == ("error", code)
    assert error["status"] in range(400, 500)
    assert error["request_id"]
    assert (await socket.ask("ping", ref=-1)) == {"type": "pong", "ref": -1}


async def test_cursors_of_other_dialects_and_foreign_conversations_are_refused(
    scene: Scene, socket: Socket
) -> None:
    ours = str(await scene.conversation())
    theirs = uuid4()
    await scene.fakes.conversations.create(
        Scope(organisation_id=uuid4(), space_id=uuid4()),
        uuid4(),
        conversation_id=theirs,
        title=None,
        agent="assistant",
    )
    for after in ("resp_68af:12", "msg-1", "1.-2", "9" * 34):
        refused = await socket.ask("subscribe", conversation_id=ours, after=after)
        assert (refused["status"], refused["code"]) == (422, "cursor_invalid")
    foreign = await socket.ask("subscribe", ref=1, conversation_id=str(theirs))
    unknown = await socket.ask("subscribe", ref=1, conversation_id=str(uuid4()))
    assert foreign["code"] == "conversation_not_found"
    assert foreign | {"request_id": ""} == unknown | {"request_id": ""}


async def test_whoever_sends_nothing_but_rubbish_is_closed(socket: Socket) -> None:
    for _ in range(UNREADABLE):
        await socket.connection.send("rubbish")
    assert await socket.closed() == 1008


async def test_a_message_of_a_megabyte_closes_its_socket(socket: Socket) -> None:
    await socket.tell("send", content="x" * 1024 * 1024)
    assert await socket.closed() == 1009


async def test_a_fault_of_ours_costs_one_message(scene: Scene, socket: Socket) -> None:
    scene.fakes.engine.failure = RuntimeError("a secret")
    with capture_logs() as lines:
        await socket.ask("send", ref="x", content="hi")
        error = await socket.hear()
    assert [line["event"] for line in lines if line["log_level"] == "error"] == [
        "socket.message_failed"
    ]
    assert (error["ref"], error["status"], error["code"]) == ("x", 500, "internal")
    assert "secret" not in json.dumps(error)
    assert (await socket.ask("ping"))["type"] == "pong"


async def test_a_socket_follows_so_many_conversations_at_once(scene: Scene, bound: Bound) -> None:
    bound(socket_subscriptions=2)
    first, *others = [str(await scene.conversation()) for _ in range(3)]
    async with opened(scene) as socket:
        await socket.ask("auth", token="good", space_id=str(scene.scope.space_id))
        for one in (first, first, others[0]):
            assert (await socket.ask("subscribe", conversation_id=one))["type"] == "subscribed"
        refused = await socket.ask("subscribe", conversation_id=others[1])
        assert (refused["status"], refused["code"]) == (429, "too_many_subscriptions")
        typed = await socket.ask("send", content="hi", subscribe=True)
        refused = await socket.hear()
        assert (typed["type"], refused["code"]) == ("typing", "too_many_subscriptions")
        assert scene.fakes.engine.sent == [], "who is refused has sent nothing"
        await socket.ask("unsubscribe", conversation_id=first)
        taken = await socket.ask("subscribe", conversation_id=others[1])
        assert taken["type"] == "subscribed"


class Raw:
    """A client that keeps to the protocol only as far as it likes."""

    def __init__(self, port: int | None) -> None:
        self._port = port
        self._socket = socket_module.socket()
        # Little room on the way to it, so that one who takes nothing is felt soon.
        self._socket.setsockopt(socket_module.SOL_SOCKET, socket_module.SO_RCVBUF, 4096)
        self._socket.settimeout(0)
        self._frames: deque[bytes] = deque()
        self._protocol = ClientProtocol(parse_uri(f"ws://127.0.0.1:{self._port}/v1/ws"))

    async def __aenter__(self) -> "Raw":
        self._loop = asyncio.get_running_loop()
        await self._loop.sock_connect(self._socket, ("127.0.0.1", self._port))
        self._protocol.send_request(self._protocol.connect())
        await self.flush()
        await self.frame()  # the handshake's answer
        return self

    async def __aexit__(self, *_: object) -> None:
        self._socket.close()

    async def flush(self, most: int | None = None) -> None:
        sent = b"".join(self._protocol.data_to_send())
        await self._loop.sock_sendall(self._socket, sent[:most])

    async def tell(self, kind: str, *, most: int | None = None, **fields: object) -> None:
        self._protocol.send_text(json.dumps({"type": kind, **fields}).encode())
        await self.flush(most)

    async def frame(self) -> bytes | None:
        """What the next one holds; None at the connection's end."""
        async with asyncio.timeout(60):
            while not self._frames:
                try:
                    data = await self._loop.sock_recv(self._socket, 1024)
                except ConnectionError:
                    return None
                if not data:
                    return None
                self._protocol.receive_data(data)
                for event in self._protocol.events_received():
                    self._frames.append(bytes(getattr(event, "data", b"")))
        return self._frames.popleft()


async def slow_readers(scene: Scene) -> float:
    """That this edge has dropped so far, in other tests too."""
    metrics = (await scene.client.get("/metrics")).text
    [found] = [line for line in metrics.splitlines() if line.startswith("holdfast_slow_readers_t")]
    return float(found.split()[1])


async def test_half_a_frame_and_then_silence_is_silence(scene: Scene, bound: Bound) -> None:
    bound(socket_auth=0.1)
    async with Raw(scene.client.base_url.port) as client:
        await client.tell("auth", token="good", space_id=str(scene.scope.space_id), most=20)
        assert b"auth_timeout" in (await client.frame() or b"")
        assert await client.frame() == (4001).to_bytes(2) + b"auth_timeout"


async def test_whoever_vanishes_in_the_middle_of_a_frame_is_given_up(scene: Scene) -> None:
    config = uvicorn.Config(
        scene.app, log_config=None, lifespan="off", ws_ping_interval=0.05, ws_ping_timeout=None
    )
    server = uvicorn.Server(config)
    with socket_module.create_server(("127.0.0.1", 0)) as held:
        serving = asyncio.create_task(server.serve(sockets=[held]))
        await until(lambda: server.started)
        async with Raw(held.getsockname()[1]) as client:
            await client.tell("auth", token="good", space_id=str(scene.scope.space_id))
            while b"ready" not in (frame := await client.frame() or b"ended"):
                assert frame != b"ended"
            # Only now, as a busy machine could give it up before it is ready.
            [connection] = server.server_state.connections
            assert isinstance(connection, WebSocketsSansIOProtocol)
            connection.ping_timeout = 0.1
            await client.flush()  # what it owes for the pings so far
            await client.tell("ping", most=3)
            while await client.frame() is not None:
                pass
        await until(lambda: not scene.fakes.places.held)
        server.should_exit = True
        await serving


async def test_a_reader_that_takes_nothing_is_cut_off_and_no_other(
    scene: Scene, socket: Socket, bound: Bound
) -> None:
    bound(slow_write=0.2)
    dropped = await slow_readers(scene)
    conversation = await scene.conversation()
    await socket.ask("subscribe", conversation_id=str(conversation))
    async with Raw(scene.client.base_url.port) as stuck:
        await stuck.tell("auth", token="good", space_id=str(scene.scope.space_id))
        await stuck.tell("subscribe", conversation_id=str(conversation))
        await until(lambda: scene.fakes.feed.following == 2)
        for sequence in range(1, 100):
            event = TextDelta(step=1, text="x" * 4_000)
            await scene.fakes.feed.add(
                scene.log(conversation), conversation, EventId(1, sequence), event
            )
        seen = [(await socket.hear())["event"]["id"] for _ in range(1, 100)]
        assert seen == [f"1.{sequence}" for sequence in range(1, 100)]
        await until(lambda: scene.fakes.feed.following == 1)
    assert await slow_readers(scene) == dropped + 1


async def test_a_thousand_sockets_of_one_token_leave_the_edge_answering(scene: Scene) -> None:
    async def one() -> str:
        async with opened(scene) as socket:
            said = await socket.ask("auth", token="good", space_id=str(scene.scope.space_id))
            if said["type"] == "error":
                return str(said["code"])
            await refused.wait()
            return str((await socket.ask("ping"))["type"])

    refused = asyncio.Event()
    opening = [asyncio.create_task(one()) for _ in range(1_000)]
    await until(lambda: sum(task.done() for task in opening) >= 950)
    assert (await scene.client.get("/healthz")).status_code == 200
    refused.set()
    said = Counter(await asyncio.gather(*opening))
    assert said == {"pong": 50, "too_many_streams": 950}
