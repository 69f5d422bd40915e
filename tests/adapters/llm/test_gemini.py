"""Gemini through google-genai, on answers as its REST API gives them."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx2
import orjson
import pytest

from adapters.llm.gemini import GeminiModel, gemini_client
from adapters.llm.patience import Patience
from domain.query import parsed, rewriting
from models.errors import (
    ModelError,
    ModelGarbledError,
    ModelOverloadedError,
    ModelQuietError,
    ModelRefusedError,
    ModelUnavailableError,
)
from models.payloads.chat import ChatMessage, ReasoningPart, Role, ToolCall, Usage
from models.payloads.turn import Finish
from tests.adapters.llm.asking import ADD, asking, parts_of, reply_in, text_of
from tests.adapters.llm.wire import SSE, Script, Wire, answer, events, sending, serving

# The shape of a recorded stream of gemini-2.5-flash.
REWRITTEN = '{"standalone_query": "price of the blue bicycle", "alternatives": [], "entities": []}'


def chunk(text: str = "", finish: str | None = None, **parts: object) -> dict[str, object]:
    candidate: dict[str, object] = {
        "content": {"parts": [{"text": text}] if text else [], "role": "model"},
        "index": 0,
    }
    if finish is not None:
        candidate["finishReason"] = finish
    return {"candidates": [candidate], "modelVersion": "gemini-2.5-flash"} | parts


USED = {
    "usageMetadata": {
        "promptTokenCount": 31,
        "candidatesTokenCount": 7,
        "thoughtsTokenCount": 2,
        "totalTokenCount": 40,
        "cachedContentTokenCount": 8,
    }
}


@asynccontextmanager
async def gemini(
    *scripts: Script, patience: Patience | None = None, thinking_tokens: int | None = None
) -> AsyncIterator[tuple[GeminiModel, Wire]]:
    async with serving(*scripts) as wire, httpx2.AsyncClient(timeout=None) as http:
        address = wire.base_url.removesuffix("/v1")
        client = gemini_client(http, api_key="secret", base_url=address)
        model = GeminiModel(client, "gemini-2.5-flash", patience, thinking_tokens=thinking_tokens)
        yield model, wire


def streamed(*documents: object) -> Script:
    return sending(SSE + events(*documents))


async def test_an_answer_streams_and_ends_with_its_usage() -> None:
    script = streamed(chunk("Hello"), chunk(", world"), chunk(finish="STOP") | USED)
    async with gemini(script) as (model, wire):
        parts = await parts_of(model, asking("Hi"))
    assert text_of(parts) == "Hello, world"
    reply = reply_in(parts)
    assert (reply.text, reply.finish) == ("Hello, world", Finish.STOP)
    assert reply.usage == Usage(input_tokens=31, output_tokens=9, cached_tokens=8)
    head, _, body = wire.requests[0].partition(b"\r\n\r\n")
    assert b"models/gemini-2.5-flash:streamGenerateContent" in head
    sent = orjson.loads(body)
    assert sent["contents"] == [{"role": "user", "parts": [{"text": "Hi"}]}]
    assert sent["systemInstruction"]["parts"] == [{"text": "Answer."}]


async def test_a_question_is_rewritten_as_json_without_much_thinking() -> None:
    script = streamed(chunk(REWRITTEN, finish="STOP") | USED)
    async with gemini(script, thinking_tokens=0) as (model, wire):
        parts = await parts_of(model, rewriting("gemini-2.5-flash", [], "What does it cost?"))
    assert parsed(reply_in(parts).text).query == "price of the blue bicycle"
    config = orjson.loads(wire.requests[0].partition(b"\r\n\r\n")[2])["generationConfig"]
    assert config["responseMimeType"] == "application/json"
    assert config["responseJsonSchema"]["required"][0] == "standalone_query"
    assert list(config["thinkingConfig"].values()) == [0]


async def test_calls_and_their_results_go_both_ways() -> None:
    called = {"parts": [{"functionCall": {"name": "add", "args": {"a": 1}}}], "role": "model"}
    asked = {"candidates": [{"content": called, "finishReason": "STOP"}]}
    conversation = (
        ChatMessage(role=Role.USER, content="Add."),
        ChatMessage(
            role=Role.ASSISTANT,
            calls=(ToolCall(call_id="call_1", name="add", arguments='{"a": 2}'),),
        ),
        ChatMessage(role=Role.TOOL, content="3", call_id="call_1"),
    )
    async with gemini(streamed(asked)) as (model, wire):
        parts = await parts_of(model, asking("", tools=(ADD,), messages=conversation))
    reply = reply_in(parts)
    assert reply.finish is Finish.TOOL_CALLS
    assert [(call.name, orjson.loads(call.arguments)) for call in reply.calls] == [
        ("add", {"a": 1})
    ]
    sent = orjson.loads(wire.requests[0].partition(b"\r\n\r\n")[2])
    assert sent["tools"][0]["functionDeclarations"][0]["name"] == "add"
    assert sent["contents"][1]["parts"][0]["functionCall"] == {"name": "add", "args": {"a": 2}}
    assert sent["contents"][2]["parts"][0]["functionResponse"] == {
        "name": "add",
        "response": {"result": "3"},
    }


async def test_thoughts_are_no_text() -> None:
    thought = {"candidates": [{"content": {"parts": [{"text": "Hm.", "thought": True}]}}]}
    async with gemini(streamed(thought, chunk("Yes.", finish="STOP"))) as (model, _):
        parts = await parts_of(model, asking("Hi"))
    assert [part.text for part in parts if isinstance(part, ReasoningPart)] == ["Hm."]
    assert reply_in(parts).text == "Yes."


@pytest.mark.parametrize(
    ("documents", "finish"),
    [
        ([chunk("cut", finish="MAX_TOKENS")], Finish.LENGTH),
        ([chunk("no", finish="SAFETY")], Finish.CONTENT_FILTER),
        ([{"promptFeedback": {"blockReason": "SAFETY"}}], Finish.CONTENT_FILTER),
    ],
)
async def test_why_it_stopped_is_told(documents: list[object], finish: Finish) -> None:
    async with gemini(streamed(*documents)) as (model, _):
        assert reply_in(await parts_of(model, asking("Hi"))).finish is finish


@pytest.mark.parametrize(
    ("script", "error", "code"),
    [
        (sending(answer(429, {"error": {"code": 429, "status": "RESOURCE_EXHAUSTED"}})),
         ModelOverloadedError, "model_overloaded"),
        (sending(answer(503, {"error": {"code": 503, "status": "UNAVAILABLE"}})),
         ModelUnavailableError, "model_unavailable"),
        (sending(answer(403, {"error": {"code": 403, "status": "PERMISSION_DENIED"}})),
         ModelRefusedError, "model_key_rejected"),
        (sending(answer(404, {"error": {"code": 404, "status": "NOT_FOUND"}})),
         ModelRefusedError, "model_not_found"),
        (sending(answer(200, b"<html>")), ModelGarbledError, "model_garbled"),
        (streamed(chunk("half")), ModelGarbledError, "model_garbled"),
        (streamed(chunk("x", finish="MALFORMED_FUNCTION_CALL")),
         ModelGarbledError, "model_garbled"),
        (sending(b""), ModelUnavailableError, "model_unavailable"),
    ],
)  # fmt: skip
async def test_what_goes_wrong_has_a_name_and_is_not_tried_again(
    script: Script, error: type[ModelError], code: str
) -> None:
    async with gemini(script) as (model, wire):
        with pytest.raises(error) as failed:
            await parts_of(model, asking("Hi"))
    assert failed.value.code == code
    assert "secret" not in str(failed.value)
    assert len(wire.requests) == 1


async def test_silence_is_not_waited_for() -> None:
    patience = Patience(first_token=0.1, between_tokens=0.1)
    async with gemini(sending(SSE, then_hang=True), patience=patience) as (model, _):
        with pytest.raises(ModelQuietError):
            await parts_of(model, asking("Hi"))
