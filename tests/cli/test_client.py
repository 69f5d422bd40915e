"""Requests are repeated while that can help, and errors keep the server's words."""

from uuid import UUID

import pytest
from holdfast_client.client import ApiError, Client, UnreachableError

from cli.conversation import Conversation
from tests.cli.api import CONVERSATION, a_conversation, serve_conversation
from tests.cli.edge import Answer, Connection, Received, running
from tests.cli.logs import plain_turn

SPACE = UUID(int=2)
MESSAGES = f"/v1/conversations/{CONVERSATION}/messages"


async def test_a_message_whose_answer_was_lost_is_sent_again_with_its_id() -> None:
    async with running() as edge, Client(edge.url, "token", SPACE) as client:
        serve_conversation(edge, [plain_turn()])
        take = edge.routes[("POST", MESSAGES)]

        def lossy(request: Received) -> Answer:
            answer = take(request)
            return Answer(drop=True) if len(edge.asked("POST", MESSAGES)) < 3 else answer

        edge.routes[("POST", MESSAGES)] = lossy
        sent = await Conversation(client).send("How many days?")

        ids = {request.json["id"] for request in edge.asked("POST", MESSAGES)}
        assert (len(edge.asked("POST", MESSAGES)), len(ids)) == (3, 1)
        assert sent.turn_id == plain_turn()[0].turn_id
        assert edge.log == plain_turn()


async def test_a_conversation_is_created_once_however_often_it_is_asked_for() -> None:
    async with running() as edge, Client(edge.url, "token", SPACE) as client:
        serve_conversation(edge, [plain_turn()])
        edge.routes[("POST", "/v1/conversations")] = lambda _: (
            Answer(drop=True)
            if len(edge.asked("POST", "/v1/conversations")) < 2
            else Answer(201, a_conversation())
        )
        await Conversation(client).send("How many days?")

        keys = {one.headers["idempotency-key"] for one in edge.asked("POST", "/v1/conversations")}
        assert len(keys) == 1


async def test_a_server_that_is_busy_is_asked_again() -> None:
    async with running() as edge, Client(edge.url, "token", SPACE) as client:
        answers = iter(
            [Answer(503, None, {"Retry-After": "0"}), Answer(429), Answer(200, {"a": 1})]
        )
        edge.routes[("GET", "/v1/info")] = lambda _: next(answers)

        assert await client.get("/v1/info") == {"a": 1}


async def test_patience_ends() -> None:
    async with running() as edge:
        edge.routes[("GET", "/v1/info")] = lambda _: Answer(503, {"code": "no_worker"})
        async with Client(edge.url, "token", SPACE, patience=0.2) as client:
            with pytest.raises(ApiError) as caught:
                await client.get("/v1/info")
    assert caught.value.code == "no_worker"

    async with Client(edge.url, "token", SPACE, patience=0.2) as client:
        with pytest.raises(UnreachableError, match="Nothing answers"):
            await client.get("/v1/info")


async def test_a_problem_says_which_field_is_wrong() -> None:
    problem = {
        "code": "request_invalid",
        "title": "Not valid",
        "detail": "Look at the fields.",
        "errors": [{"pointer": "/content", "detail": "is missing"}],
    }
    async with running() as edge, Client(edge.url, "token", SPACE) as client:
        edge.routes[("GET", "/v1/info")] = lambda _: Answer(422, problem)
        with pytest.raises(ApiError, match=r"Look at the fields\. /content: is missing"):
            await client.get("/v1/info")


async def test_a_field_that_the_problem_names_itself_is_said_once() -> None:
    fault = {"pointer": "/tols", "detail": "There is no such field."}
    problem = {"detail": "/tols: There is no such field.", "errors": [fault]}
    async with running() as edge, Client(edge.url, "token", SPACE) as client:
        edge.routes[("GET", "/v1/info")] = lambda _: Answer(422, problem)
        with pytest.raises(ApiError) as caught:
            await client.get("/v1/info")
    assert caught.value.detail == "/tols: There is no such field."


async def test_the_token_and_the_space_go_along() -> None:
    async with running() as edge, Client(edge.url, "secret", SPACE) as client:
        edge.routes[("GET", "/v1/info")] = lambda _: Answer(200, {})
        await client.get("/v1/info")

    headers = edge.received[0].headers
    assert (headers["authorization"], headers["x-space-id"]) == ("Bearer secret", str(SPACE))


async def test_what_is_no_text_is_sent_as_well_as_it_can_be() -> None:
    async with running() as edge, Client(edge.url, "token", SPACE) as client:
        serve_conversation(edge, [plain_turn()])
        await Conversation(client).send("a\ud800b")

    assert edge.asked("POST", MESSAGES)[0].json["content"] == "a?b"


async def test_the_stream_of_a_closed_conversation_is_asked_again_until_the_turn_is_there() -> None:
    async with running() as edge, Client(edge.url, "token", SPACE) as client:
        edge.connections.extend([Connection(refused=Answer(204))] * 2)
        edge.append(*plain_turn())
        conversation = Conversation(client, CONVERSATION)
        got = []
        async for event in conversation.events():
            got.append(event)
            if len(got) == len(plain_turn()):
                break

    assert got == plain_turn()
