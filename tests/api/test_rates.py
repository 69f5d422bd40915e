"""How often a caller may ask, and how many streams stay open."""

import asyncio
from uuid import UUID, uuid4

import httpx2
import pytest
from structlog.testing import capture_logs

from api.rates import kind_of
from domain.ports.rates import Kind, Standing
from models.payloads.events import EventId, TextDelta
from tests.api.conftest import Scene
from tests.api.stream import Reading
from tests.api.test_ws import opened
from tests.waiting import until

SPENT = Standing(limit=10, remaining=0, reset=100, wait=42)
ID = UUID(int=7)


async def test_every_counted_answer_says_how_its_caller_stands(scene: Scene) -> None:
    for answer in (
        await scene.client.get("/v1/conversations"),
        await scene.client.get(f"/v1/conversations/{ID}"),
        await scene.client.post("/v1/messages", json={"content": ""}),
    ):
        assert answer.headers["x-ratelimit-limit"] == "10"
        assert answer.headers["x-ratelimit-remaining"] == "9"
        assert answer.headers["x-ratelimit-reset"] == "60"
    assert [kind for _, kind in scene.fakes.rates.asked] == [Kind.READ, Kind.READ, Kind.WORK]


async def test_what_nobody_asks_is_not_counted(scene: Scene) -> None:
    for path in ("/healthz", "/openapi.json"):
        answer = await scene.client.get(path)
        assert "x-ratelimit-limit" not in answer.headers
    nobody = await scene.client.get("/v1/conversations", headers={"authorization": "Bearer no"})
    assert nobody.status_code == 401
    assert scene.fakes.rates.asked == []


@pytest.mark.parametrize(
    ("lacks", "says"),
    [
        ("requests", "10 such requests a minute are yours: ask again in 42 s."),
        ("tokens", "This minute's tokens are spent: ask again in 42 s."),
    ],
)
async def test_one_too_many_is_told_when_it_would_not_be(
    scene: Scene, lacks: str, says: str
) -> None:
    scene.fakes.rates.standing = Standing(limit=10, remaining=0, reset=100, wait=42, lacks=lacks)
    refused = await scene.client.post("/v1/messages", json={"content": "hello"})
    assert (refused.status_code, refused.json()["code"]) == (429, "rate_limited")
    assert refused.json()["detail"] == says
    assert refused.headers["retry-after"] == "42"
    assert refused.headers["x-ratelimit-remaining"] == "0"
    assert scene.fakes.engine.sent == []
    metrics = (await scene.client.get("/metrics")).text
    assert f'holdfast_rates_refused_total{{lacks="{lacks}"}}' in metrics


async def test_nobody_is_refused_while_nobody_can_count(scene: Scene) -> None:
    scene.fakes.rates.standing = None
    answer = await scene.client.get("/v1/conversations")
    assert answer.status_code == 200
    assert "x-ratelimit-limit" not in answer.headers
    metrics = (await scene.client.get("/metrics")).text
    assert "holdfast_rates_uncounted_total 0.0" not in metrics


@pytest.mark.parametrize(
    ("method", "path", "kind"),
    [
        ("POST", "/v1/messages", Kind.WORK),
        ("POST", f"/v1/conversations/{ID}/messages", Kind.WORK),
        ("POST", f"/v1/conversations/{ID}/messages/{ID}/regenerate", Kind.WORK),
        ("POST", "/v1/runs", Kind.WORK),
        ("POST", "/v1/search", Kind.WORK),
        ("POST", "/v1/documents", Kind.WORK),
        ("PUT", f"/v1/documents/{ID}", Kind.WORK),
        ("POST", f"/v1/documents/{ID}/refresh", Kind.WORK),
        ("POST", "/v1/openai/chat/completions", Kind.WORK),
        ("POST", "/v1/openai/responses", Kind.WORK),
        ("POST", "/v1/ai-sdk/chat", Kind.WORK),
        ("POST", "/v1/ag-ui/assistant", Kind.WORK),
        ("POST", "/v1/ag-ui/stop", Kind.WORK),
        ("POST", f"/v1/conversations/{ID}/fork", Kind.WORK),
        ("POST", "/v1/what/comes/next", Kind.WORK),
        # Whoever has spent everything must still be able to stop, and to decide.
        ("POST", f"/v1/conversations/{ID}/stop", Kind.READ),
        ("POST", f"/v1/runs/{ID}/stop", Kind.READ),
        ("POST", f"/v1/openai/responses/{ID}/cancel", Kind.READ),
        ("POST", f"/v1/approvals/{ID}", Kind.READ),
        ("POST", "/v1/conversations", Kind.READ),
        ("POST", "/v1/stream-tickets", Kind.READ),
        ("POST", f"/v1/conversations/{ID}/shares", Kind.READ),
        ("PATCH", f"/v1/documents/{ID}", Kind.READ),
        ("DELETE", f"/v1/documents/{ID}", Kind.READ),
        ("GET", "/v1/messages", Kind.READ),
    ],
)
def test_what_begins_work_is_told_from_what_does_not(method: str, path: str, kind: Kind) -> None:
    assert kind_of(method, path) is kind


async def test_a_stream_holds_a_place_for_as_long_as_it_is_open(scene: Scene) -> None:
    scene.fakes.places.most = 1
    conversation, turn = await scene.conversation(), uuid4()
    await scene.fakes.feed.add(
        scene.log(conversation), turn, EventId(1, 1), TextDelta(step=1, text="a")
    )
    url = f"/v1/conversations/{conversation}/events"
    async with scene.client.stream("GET", url) as first:
        reading = Reading().events(first)
        await anext(reading)
        assert scene.fakes.places.held == [scene.caller.user_id]
        refused = await scene.client.get(url)
        assert (refused.status_code, refused.json()["code"]) == (429, "too_many_streams")
        assert "retry-after" in refused.headers
        # Sockets take the same places; whatever does not stay open takes none.
        async with opened(scene) as socket:
            said = await socket.ask("auth", token="good", space_id=str(scene.scope.space_id))
            assert said["code"] == "too_many_streams"
        assert (await scene.client.get("/v1/conversations")).status_code == 200
    await until(lambda: scene.fakes.places.held == [])


async def test_an_answer_that_would_stream_is_refused_before_its_message_is_taken(
    scene: Scene,
) -> None:
    scene.fakes.places.most = 0
    streamed = {"accept": "text/event-stream"}
    refused = await scene.client.post("/v1/messages", json={"content": "hi"}, headers=streamed)
    assert (refused.status_code, refused.json()["code"]) == (429, "too_many_streams")
    assert scene.fakes.engine.sent == []
    taken = await scene.client.post("/v1/messages", json={"content": "hi"})
    assert taken.status_code == 202


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("chat/completions", {"messages": [{"role": "user", "content": "hi"}]}),
        ("responses", {"input": "hi"}),
    ],
)
async def test_openais_clients_streams_take_places_too(
    scene: Scene, path: str, body: dict[str, object]
) -> None:
    scene.fakes.places.most = 0
    streamed = {**body, "model": "assistant", "stream": True}
    refused = await scene.client.post(f"/v1/openai/{path}", json=streamed)
    assert (refused.status_code, refused.json()["error"]["code"]) == (429, "too_many_streams")
    assert scene.fakes.engine.sent == []


@pytest.mark.parametrize("status", [204, 404, 422, 500])
async def test_what_was_to_stream_and_did_not_gives_its_place_back(
    scene: Scene, status: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    conversation = uuid4() if status == 404 else await scene.conversation()
    url = f"/v1/conversations/{conversation}/events?until=idle"
    if status == 500:
        monkeypatch.setattr(scene.fakes.feed, "follow", None)
    if status == 422:
        url += "&after=nonsense"
    with capture_logs():
        assert (await scene.client.get(url)).status_code == status
    await until(lambda: scene.fakes.places.held == [])


async def test_a_stream_that_is_one_too_many_a_minute_keeps_no_place(scene: Scene) -> None:
    conversation = await scene.conversation()
    scene.fakes.rates.standing = SPENT
    refused = await scene.client.get(f"/v1/conversations/{conversation}/events")
    assert (refused.status_code, refused.json()["code"]) == (429, "rate_limited")
    assert refused.headers["x-ratelimit-remaining"] == "0"
    await until(lambda: scene.fakes.places.held == [])


async def test_a_ticket_counts_for_whoever_it_was_given_to(scene: Scene) -> None:
    conversation = await scene.conversation()
    ticket = (
        await scene.client.post("/v1/stream-tickets", json={"conversation_id": str(conversation)})
    ).json()["ticket"]
    scene.fakes.rates.asked.clear()
    url = f"{scene.client.base_url}/v1/conversations/{conversation}/events"
    async with httpx2.AsyncClient() as stranger:
        answer = await stranger.get(url, params={"ticket": ticket, "until": "idle"})
    assert answer.status_code == 204
    assert answer.headers["x-ratelimit-limit"] == "10"
    assert scene.fakes.rates.asked == [(scene.caller.user_id, Kind.READ)]


async def test_a_sockets_messages_count_as_requests_do(scene: Scene) -> None:
    conversation = str(await scene.conversation())
    async with opened(scene) as socket:
        await socket.ask("auth", token="good", space_id=str(scene.scope.space_id))
        scene.fakes.rates.asked.clear()
        await socket.ask("ping")
        await socket.ask("subscribe", conversation_id=conversation)
        await socket.ask("stop", conversation_id=conversation, turn_id=str(uuid4()))
        await socket.ask("send", conversation_id=conversation, content="hi")
        assert (await socket.hear())["type"] == "accepted"
        assert [kind for _, kind in scene.fakes.rates.asked] == [Kind.READ, Kind.READ, Kind.WORK]
        scene.fakes.rates.standing = SPENT
        await socket.ask("send", ref=1, conversation_id=conversation, content="more")
        refused = await socket.hear()
        assert (refused["ref"], refused["status"]) == (1, 429)
        assert (refused["code"], refused["retry_after"]) == ("rate_limited", 42)
        assert (await socket.ask("ping"))["type"] == "pong"
    assert len(scene.fakes.engine.sent) == 1


async def test_many_streams_are_let_go_when_their_readers_leave(scene: Scene) -> None:
    url = f"/v1/conversations/{await scene.conversation()}/events"

    async def reader() -> None:
        async with scene.client.stream("GET", url) as answer:
            assert answer.status_code == 200
            await anext(aiter(answer.aiter_bytes()))

    await asyncio.gather(*(reader() for _ in range(20)))
    await until(lambda: scene.fakes.places.held == [])
