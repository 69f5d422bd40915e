"""The Chat Completions API, read by the official client."""

import httpx2
import pytest
from openai import APIError, AsyncOpenAI, BadRequestError, RateLimitError
from openai.types.chat import ChatCompletionChunk

from tests.model_server.ledger_reading import calls, only_call


def text_of(chunks: list[ChatCompletionChunk]) -> str:
    return "".join(chunk.choices[0].delta.content or "" for chunk in chunks if chunk.choices)


async def stream_of(client: AsyncOpenAI, asked: str) -> list[ChatCompletionChunk]:
    stream = await client.chat.completions.create(
        model="m",
        messages=[{"role": "user", "content": asked}],
        stream=True,
        stream_options={"include_usage": True},
    )
    return [chunk async for chunk in stream]


async def test_a_stream_ends_with_its_reason_and_its_usage(client: AsyncOpenAI) -> None:
    chunks = await stream_of(client, "Hi\n@offline tokens=4")
    for chunk in chunks:
        type(chunk).model_validate(chunk.to_dict())
    assert chunks[0].choices[0].delta.role == "assistant"
    assert text_of(chunks) == "w0 w1 w2 w3 "
    assert chunks[-2].choices[0].finish_reason == "stop"
    assert chunks[-1].choices == []
    assert chunks[-1].usage is not None
    assert chunks[-1].usage.completion_tokens == 4
    assert all(chunk.usage is None for chunk in chunks[:-1])


async def test_a_plain_completion_says_the_same(
    client: AsyncOpenAI, http: httpx2.AsyncClient, marker: str
) -> None:
    completion = await client.chat.completions.create(
        model="m",
        messages=[
            {"role": "system", "content": "Be brief."},
            {"role": "user", "content": f"{marker}\n@offline tokens=4 reasoning=2"},
        ],
    )
    assert completion.choices[0].message.content == "w0 w1 w2 w3 "
    assert completion.choices[0].finish_reason == "stop"
    assert completion.usage is not None
    assert completion.usage.completion_tokens == 6
    assert (await calls(http, marker))[0]["kind"] == "chat"


@pytest.mark.parametrize(
    ("asked", "reason"),
    [
        ("@offline tokens=9 finish=length after=2", "length"),
        ("@offline tokens=9 finish=content_filter after=2", "content_filter"),
        ("@offline tokens=9 fail=filter after=2", "content_filter"),
    ],
)
async def test_other_finishes_can_be_provoked(client: AsyncOpenAI, asked: str, reason: str) -> None:
    chunks = await stream_of(client, asked)
    assert chunks[-2].choices[0].finish_reason == reason
    assert text_of(chunks) == "w0 w1 "


async def test_a_limit_on_tokens_is_kept(client: AsyncOpenAI) -> None:
    completion = await client.chat.completions.create(
        model="m", messages=[{"role": "user", "content": "@offline tokens=9"}], max_tokens=2
    )
    assert completion.choices[0].finish_reason == "length"
    assert completion.choices[0].message.content == "w0 w1 "


async def test_a_failure_inside_the_stream_is_an_error_event(client: AsyncOpenAI) -> None:
    with pytest.raises(APIError, match="overloaded"):
        await stream_of(client, "@offline tokens=9 fail=503 after=2")
    with pytest.raises(RateLimitError) as limited:
        await stream_of(client, "@offline tokens=9 fail=429 retry_after=7")
    assert limited.value.response.headers["retry-after"] == "7"


async def test_a_client_that_leaves_takes_its_answer_with_it(
    client: AsyncOpenAI, http: httpx2.AsyncClient, marker: str
) -> None:
    stream = await client.chat.completions.create(
        model="m",
        messages=[{"role": "user", "content": f"{marker}\n@offline tokens=5000 gap_ms=5"}],
        stream=True,
    )
    async with stream:
        async for chunk in stream:
            if chunk.choices[0].delta.content:
                break
    call = await only_call(http, marker, status="cancelled")
    assert 0 < call["tokens"] < 5000


async def test_a_request_for_two_choices_or_none_to_answer_is_refused(client: AsyncOpenAI) -> None:
    with pytest.raises(BadRequestError):
        await client.chat.completions.create(
            model="m", messages=[{"role": "user", "content": "Hi"}], n=2
        )
    with pytest.raises(BadRequestError):
        await client.chat.completions.create(model="m", messages=[])
