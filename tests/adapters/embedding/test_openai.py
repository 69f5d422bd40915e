"""The embedder against the offline server, and against servers that answer nonsense."""

import base64
import math
import struct

import pytest
from openai import AsyncOpenAI

from adapters.embedding.openai import OpenAIEmbedder
from adapters.llm.connection import openai_client
from models.errors import (
    ModelError,
    ModelGarbledError,
    ModelOverloadedError,
    ModelQuietError,
    ModelRefusedError,
)
from models.payloads.chat import Usage
from tests.adapters.llm.wire import Script, answer, sending, serving


def cosine(left: list[float], right: list[float]) -> float:
    return sum(a * b for a, b in zip(left, right, strict=True))


async def embedded(
    script: Script, texts: list[str], *, seconds: float = 20
) -> tuple[list[list[float]], Usage]:
    """What two-dimensional vectors a scripted server leads to."""
    async with (
        serving(script) as wire,
        openai_client(api_key="x", base_url=wire.base_url) as client,
    ):
        embedder = OpenAIEmbedder(client, "m", dimension=2, seconds=seconds)
        return await embedder.embed(texts)


def rows(*embeddings: object) -> Script:
    data = [{"index": place, "embedding": one} for place, one in enumerate(embeddings)]
    return sending(answer(200, {"data": data, "usage": {"prompt_tokens": 7}}))


def packed(*numbers: float) -> str:
    return base64.b64encode(struct.pack(f"<{len(numbers)}f", *numbers)).decode()


async def test_texts_become_unit_vectors_in_order(client: AsyncOpenAI) -> None:
    embedder = OpenAIEmbedder(client, "text-embedding-3-large")
    texts = ["The cat sat on the mat.", "A cat was sitting on a mat.", "Quarterly tax filing", ""]

    vectors, usage = await embedder.embed(texts)
    [again], _ = await embedder.embed(texts[:1])

    assert [len(vector) for vector in vectors] == [embedder.dimension] * 4 == [3_072] * 4
    assert all(math.isclose(cosine(vector, vector), 1, abs_tol=1e-4) for vector in vectors[:3])
    assert cosine(vectors[0], again) > 0.999
    assert cosine(vectors[0], vectors[1]) > cosine(vectors[0], vectors[2])
    assert usage.input_tokens > 0


async def test_a_full_batch_fits_and_a_larger_one_is_refused(client: AsyncOpenAI) -> None:
    embedder = OpenAIEmbedder(client, "text-embedding-3-large")
    vectors, _ = await embedder.embed(["word"] * embedder.batch)
    assert len(vectors) == embedder.batch

    with pytest.raises(ModelRefusedError):
        await embedder.embed(["word"] * (embedder.batch + 1))


async def test_no_texts_cost_no_call() -> None:
    assert await embedded(sending(answer(500, {})), []) == ([], Usage())


async def test_rows_out_of_order_and_plain_numbers_are_put_right() -> None:
    data = [{"index": 1, "embedding": packed(0, 5)}, {"index": 0, "embedding": [3, 4]}]
    script = sending(answer(200, {"data": data, "usage": {"prompt_tokens": 7}}))

    vectors, usage = await embedded(script, ["a", "b"])

    assert vectors == [pytest.approx([0.6, 0.8]), [0, 1]]
    assert usage == Usage(input_tokens=7)


@pytest.mark.parametrize(
    "script",
    [
        rows(packed(1, 0)),
        rows(packed(1, 0), packed(1, 0), packed(1, 0)),
        rows(packed(1, 0), packed(1, 0, 0)),
        rows(packed(1, 0), packed(math.nan, 0)),
        rows(packed(1, 0), packed(math.inf, 0)),
        rows(packed(1, 0), packed(0, 0)),
        rows(packed(1, 0), "not base64!"),
        rows(packed(1, 0), [[1, 2], [3]]),
        rows(packed(1, 0), {"a": 1}),
        rows(packed(1, 0), None),
        sending(answer(200, {"data": [{"index": 0}, {"index": 0}]})),
        sending(answer(200, {"data": [{"index": []}, {"index": "x"}]})),
        sending(answer(200, {"data": None})),
        sending(answer(200, [1])),
        sending(answer(200, b"<html>")),
    ],
)
async def test_vectors_that_cannot_be_stored_are_refused(script: Script) -> None:
    with pytest.raises(ModelGarbledError):
        await embedded(script, ["a", "b"])


async def test_failures_have_the_names_that_chat_has() -> None:
    busy = sending(answer(429, {}, retry_after="3"))
    with pytest.raises(ModelOverloadedError) as caught:
        await embedded(busy, ["a"])
    assert caught.value.retry_after == 3

    with pytest.raises(ModelQuietError):
        await embedded(sending(then_hang=True), ["a"], seconds=0.2)
    with pytest.raises(ModelError):
        await embedded(sending(b"nonsense"), ["a"])


@pytest.mark.parametrize("failure", ["garbage", "malformed", "truncate", "html"])
async def test_a_server_that_spoils_its_vectors_is_found_out_and_heard_again(
    client: AsyncOpenAI, failure: str
) -> None:
    embedder = OpenAIEmbedder(client, "text-embedding-3-large")
    texts = ["Amber.", f"Basalt. @embeddings fail={failure} times=1"]

    with pytest.raises(ModelGarbledError):
        await embedder.embed(texts)
    vectors, _ = await embedder.embed(texts)

    assert [len(vector) for vector in vectors] == [3_072, 3_072]


async def test_a_server_that_is_busy_says_when_to_come_again(client: AsyncOpenAI) -> None:
    embedder = OpenAIEmbedder(client, "text-embedding-3-large")
    with pytest.raises(ModelOverloadedError) as caught:
        await embedder.embed(["Busy. @embeddings fail=429 times=1 retry_after=2.5"])
    assert caught.value.retry_after == 2.5
