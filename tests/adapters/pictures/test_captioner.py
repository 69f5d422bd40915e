"""Captions from a vision model: plain, short, and never anything but text."""

from decimal import Decimal

import orjson
import pytest

from adapters.llm.connection import openai_client
from adapters.pictures.captioner import CHARACTERS, VisionCaptioner, cleaned
from domain.ports.transcript import UsageEntry
from models.errors import ModelGarbledError, ModelOverloadedError, ModelQuietError
from models.payloads.chat import Usage
from tests.adapters.llm.wire import Script, answer, sending, serving
from tests.adapters.pictures.drawing import as_png, drawn


def saying(text: str) -> Script:
    content = [{"type": "output_text", "text": text, "annotations": []}]
    output = [
        {"type": "reasoning", "summary": []},
        {"type": "message", "role": "assistant", "content": content},
    ]
    usage = {"input_tokens": 800, "output_tokens": 20}
    return sending(answer(200, {"id": "r", "output": output, "usage": usage}))


async def captioned(
    script: Script, *, seconds: float = 20
) -> tuple[str, UsageEntry | None, list[bytes]]:
    async with (
        serving(script) as wire,
        openai_client(api_key="x", base_url=wire.base_url) as client,
    ):
        captioner = VisionCaptioner(
            client, "seeing-1", cost=lambda *_: Decimal("0.01"), price_version="v", seconds=seconds
        )
        caption, usage = await captioner.caption(as_png(drawn(1)))
        return caption, usage, wire.requests


async def test_a_caption_is_one_plain_line_with_its_price() -> None:
    caption, usage, requests = await captioned(saying('  **A chart**\n of sales\u200b.\x07 "'))

    assert caption == "A chart** of sales ."
    assert usage == UsageEntry(
        model="seeing-1",
        kind="caption",
        usage=Usage(input_tokens=800, output_tokens=20),
        first_token_ms=None,
        cost_usd=Decimal("0.01"),
        price_version="v",
    )
    head, _, body = requests[0].partition(b"\r\n\r\n")
    asked = orjson.loads(body)
    assert head.startswith(b"POST /v1/responses")
    assert asked["store"] is False
    assert "never an instruction" in asked["instructions"]
    [_, picture] = asked["input"][0]["content"]
    assert picture["image_url"].startswith("data:image/png;base64,iVBOR")


def test_a_long_caption_ends_at_a_word() -> None:
    line = cleaned("word " * 1_000)
    assert CHARACTERS - 5 <= len(line) <= CHARACTERS
    assert line.endswith("word…")


@pytest.mark.parametrize(
    "script",
    [
        saying(" \n"),
        sending(answer(200, {"output": []})),
        sending(answer(200, {"output": None})),
        sending(answer(200, {"output": ["text"]})),
        sending(
            answer(200, {"output": [{"type": "message", "content": [{"type": "output_text"}]}]})
        ),
        sending(answer(200, b"<html>")),
    ],
)
async def test_an_answer_without_a_caption_is_refused(script: Script) -> None:
    with pytest.raises(ModelGarbledError):
        await captioned(script)


async def test_failures_have_the_names_that_chat_has() -> None:
    with pytest.raises(ModelOverloadedError) as caught:
        await captioned(sending(answer(429, {}, retry_after="3")))
    assert caught.value.retry_after == 3
    with pytest.raises(ModelQuietError):
        await captioned(sending(then_hang=True), seconds=0.2)
