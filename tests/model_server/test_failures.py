"""Each failure that a directive can ask for, as the official client meets it."""

import asyncio
import json
import time
from email.utils import parsedate_to_datetime

import httpx2
import pytest
from openai import (
    APIConnectionError,
    APIStatusError,
    AsyncOpenAI,
    InternalServerError,
    NotFoundError,
    RateLimitError,
)
from openai.types.responses import ResponseStreamEvent

from tests.model_server.ledger_reading import calls, only_call
from tests.waiting import PATIENCE, until

WHOLE = "".join(f"w{number} " for number in range(12))


async def read(client: AsyncOpenAI, asked: str) -> list[ResponseStreamEvent]:
    stream = await client.responses.create(model="m", input=asked, stream=True)
    return [event async for event in stream]


async def read_until_broken(
    client: AsyncOpenAI, asked: str, seen: list[ResponseStreamEvent], *, background: bool = False
) -> None:
    """What came before the break is in `seen`, which a comprehension would lose."""
    stream = await client.responses.create(
        model="m", input=asked, stream=True, background=background
    )
    async for event in stream:
        seen.append(event)  # noqa: PERF401 - see above


def text_of(events: list[ResponseStreamEvent]) -> str:
    return "".join(event.delta for event in events if event.type == "response.output_text.delta")


@pytest.mark.parametrize(
    ("status", "error"),
    [
        (404, NotFoundError),
        (429, RateLimitError),
        (500, InternalServerError),
        (503, InternalServerError),
    ],
)
async def test_a_status_comes_so_often_and_then_the_answer(
    client: AsyncOpenAI,
    http: httpx2.AsyncClient,
    marker: str,
    status: int,
    error: type[APIStatusError],
) -> None:
    asked = f"{marker}\n@offline fail={status} times=2 retry_after=1.5 tokens=2"
    for _ in range(2):
        with pytest.raises(error) as refused:
            await client.responses.create(model="m", input=asked)
        assert refused.value.status_code == status
        assert refused.value.response.headers["retry-after"] == "1.5"
        assert refused.value.code
    answered = await client.responses.create(model="m", input=asked)
    assert answered.output_text == "w0 w1 "
    statuses = [call["status"] for call in await calls(http, marker)]
    assert statuses == [str(status), str(status), "completed"]


async def test_a_failure_of_one_model_leaves_the_others_alone(
    client: AsyncOpenAI, http: httpx2.AsyncClient, marker: str
) -> None:
    asked = f"{marker}\n@offline fail=503 model=m times=1 tokens=1"
    other = await client.responses.create(model="n", input=asked)
    assert other.output_text == "w0 "
    with pytest.raises(InternalServerError):
        await client.chat.completions.create(
            model="m", messages=[{"role": "user", "content": asked}]
        )
    statuses = [(call["model"], call["status"]) for call in await calls(http, marker)]
    assert statuses == [("n", "completed"), ("m", "503")]


@pytest.mark.parametrize(
    ("named", "least", "most"), [("retry_after=3", 3, 3), ("retry_after=3 retry_date=1", 3, 4)]
)
async def test_a_refusal_names_its_wait_and_the_ledger_keeps_when_it_is_over(
    client: AsyncOpenAI,
    http: httpx2.AsyncClient,
    marker: str,
    named: str,
    least: float,
    most: float,
) -> None:
    before = time.time()
    with pytest.raises(RateLimitError) as refused:
        await client.responses.create(model="m", input=f"{marker}\n@offline fail=429 {named}")
    after = time.time()
    header = refused.value.response.headers["retry-after"]
    until = (await only_call(http, marker, status="429"))["until"]
    assert before + least <= until <= after + most
    if "date" in named:
        assert parsedate_to_datetime(header).timestamp() == until
    else:
        assert header == "3"


async def test_a_failure_that_lasts_is_over_by_the_clock(client: AsyncOpenAI) -> None:
    asked = "@offline fail=503 lasts=0.4 tokens=1"
    began = time.monotonic()
    refused = 0
    async with asyncio.timeout(PATIENCE):
        while True:
            try:
                await client.responses.create(model="m", input=asked)
                break
            except InternalServerError:
                refused += 1
            await asyncio.sleep(0.05)
    assert refused > 0
    assert time.monotonic() - began >= 0.4


async def test_an_endless_line_ends_when_its_reader_leaves(http: httpx2.AsyncClient) -> None:
    body = {"model": "m", "input": "@offline tokens=3 fail=endless_line after=1", "stream": True}
    async with http.stream("POST", "/v1/responses", json=body) as answer:
        read = bytearray()
        async for chunk in answer.aiter_raw():
            read += chunk
            if len(read) > 12_000_000:
                break
    assert read.endswith(b"x" * 10_000_000)
    assert (await http.get("/healthz")).status_code == 200


@pytest.mark.parametrize(("status", "code"), [(429, "rate_limit_exceeded"), (500, "server_error")])
async def test_a_status_after_some_tokens_is_a_failed_response(
    client: AsyncOpenAI, status: int, code: str
) -> None:
    events = await read(client, f"@offline tokens=12 fail={status} after=5")
    assert text_of(events) == "w0 w1 w2 w3 w4 "
    assert events[-1].type == "response.failed"
    type(events[-1]).model_validate(events[-1].to_dict())
    assert events[-1].response.error is not None
    assert events[-1].response.error.code == code


async def test_a_dropped_background_stream_can_be_taken_up_again(
    client: AsyncOpenAI, http: httpx2.AsyncClient, marker: str
) -> None:
    asked = f"{marker}\n@offline tokens=12 fail=drop after=5 times=1"
    seen: list[ResponseStreamEvent] = []
    with pytest.raises(APIConnectionError):
        await read_until_broken(client, asked, seen, background=True)
    assert text_of(seen) == "w0 w1 w2 w3 w4 "
    assert seen[0].type == "response.created"
    rest = await client.responses.retrieve(
        seen[0].response.id, stream=True, starting_after=seen[-1].sequence_number
    )
    seen += [event async for event in rest]
    assert text_of(seen) == WHOLE
    assert [event.sequence_number for event in seen] == list(range(len(seen)))
    assert len(await calls(http, marker, kind="responses.create")) == 1


async def test_without_a_count_every_connection_is_dropped(client: AsyncOpenAI) -> None:
    seen: list[ResponseStreamEvent] = []
    with pytest.raises(APIConnectionError):
        await read_until_broken(
            client, "@offline tokens=12 fail=drop after=5", seen, background=True
        )
    assert seen[0].type == "response.created"
    drops = 1
    while seen[-1].type != "response.completed":
        rest = await client.responses.retrieve(
            seen[0].response.id, stream=True, starting_after=seen[-1].sequence_number
        )
        try:
            async for event in rest:
                seen.append(event)  # noqa: PERF401 - what came before the drop must be kept
        except APIConnectionError:
            drops += 1
    assert drops == 2
    assert text_of(seen) == WHOLE


async def test_a_drop_before_any_byte_is_no_answer_at_all(
    client: AsyncOpenAI, http: httpx2.AsyncClient, marker: str
) -> None:
    for stream in (True, False):
        with pytest.raises(APIConnectionError):
            await client.responses.create(
                model="m", input=f"{marker}\n@offline fail=drop", stream=stream
            )
    assert [call["status"] for call in await calls(http, marker)] == ["drop", "drop"]


@pytest.mark.parametrize("failure", ["stall", "trickle"])
async def test_a_silent_stream_says_nothing_more(
    client: AsyncOpenAI, http: httpx2.AsyncClient, marker: str, failure: str
) -> None:
    asked = f"{marker}\n@offline tokens=12 fail={failure} after=5"
    seen: list[ResponseStreamEvent] = []
    async with await client.responses.create(model="m", input=asked, stream=True) as stream:
        while text_of(seen) != "w0 w1 w2 w3 w4 ":
            seen.append(await anext(stream))
        # Before the client leaves, which would take a plain answer with it.
        assert (await only_call(http, marker, status="completed"))["tokens"] == 12
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.5):
                await anext(stream)


@pytest.mark.parametrize(
    ("failure", "events"),
    [("stall", 0), ("trickle", 5), ("stall after=2", 7), ("trickle after=2", 7)],
)
async def test_the_ledger_keeps_when_a_client_gave_up(
    client: AsyncOpenAI, http: httpx2.AsyncClient, marker: str, failure: str, events: int
) -> None:
    asked = f"{marker}\n@offline tokens=4 fail={failure}"
    seen: list[ResponseStreamEvent] = []
    reading = asyncio.create_task(read_until_broken(client, asked, seen, background=True))

    async def hangs() -> bool:
        return len(seen) == events and bool(await calls(http, marker))

    async def is_known() -> bool:
        [call] = await calls(http, marker)
        return call["left"] is not None

    await until(hangs)
    gave_up = time.time()
    reading.cancel()
    await asyncio.wait({reading})
    await until(is_known)
    [call] = await calls(http, marker)
    assert gave_up <= call["left"] <= time.time()


async def test_a_truncated_stream_ends_without_an_end(client: AsyncOpenAI) -> None:
    events = await read(client, "@offline tokens=12 fail=truncate after=5")
    assert text_of(events) == "w0 w1 w2 w3 w4 "
    assert events[-1].type == "response.output_text.delta"


async def test_a_malformed_stream_holds_a_cut_event(client: AsyncOpenAI) -> None:
    seen: list[ResponseStreamEvent] = []
    with pytest.raises(json.JSONDecodeError):
        await read_until_broken(client, "@offline tokens=12 fail=malformed after=5", seen)
    assert text_of(seen) == "w0 w1 w2 w3 w4 "


@pytest.mark.parametrize("failure", ["malformed", "truncate"])
async def test_half_of_a_plain_answer_is_no_json(http: httpx2.AsyncClient, failure: str) -> None:
    body = {"model": "m", "input": f"@offline fail={failure}"}
    with pytest.raises((json.JSONDecodeError, httpx2.RemoteProtocolError)):
        (await http.post("/v1/responses", json=body)).json()


async def test_html_comes_with_status_200(http: httpx2.AsyncClient) -> None:
    body = {"model": "m", "input": "@offline fail=html", "stream": True}
    answer = await http.post("/v1/responses", json=body)
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("text/html")


async def test_a_filtered_answer_is_incomplete(client: AsyncOpenAI) -> None:
    answered = await client.responses.create(
        model="m", input="@offline tokens=12 fail=filter after=2"
    )
    assert answered.status == "incomplete"
    assert answered.incomplete_details is not None
    assert answered.incomplete_details.reason == "content_filter"
    assert answered.output_text == "w0 w1 "


async def test_an_empty_answer_has_no_output(client: AsyncOpenAI) -> None:
    answered = await client.responses.create(model="m", input="@offline fail=empty call=f")
    assert answered.status == "completed"
    assert answered.output == []


async def test_split_characters_arrive_whole_at_a_careful_client(client: AsyncOpenAI) -> None:
    events = await read(client, "@offline tokens=12 fail=split_utf8 after=5")
    assert text_of(events) == WHOLE.replace("w5 ", "w5☃ ")


async def test_broken_characters_cannot_be_decoded(client: AsyncOpenAI) -> None:
    seen: list[ResponseStreamEvent] = []
    with pytest.raises(UnicodeDecodeError):
        await read_until_broken(client, "@offline tokens=12 fail=bad_utf8 after=5", seen)
    assert text_of(seen) == "w0 w1 w2 w3 w4 "


async def test_a_huge_line_is_ten_megabytes(client: AsyncOpenAI) -> None:
    events = await read(client, "@offline tokens=3 fail=huge_line after=1")
    assert len(text_of(events)) > 10_000_000
    assert events[-1].type == "response.completed"


@pytest.mark.parametrize("failure", ["drop", "truncate", "malformed", "bad_utf8"])
async def test_chat_streams_break_in_the_same_place(client: AsyncOpenAI, failure: str) -> None:
    said = ""
    stream = await client.chat.completions.create(
        model="m",
        messages=[{"role": "user", "content": f"@offline tokens=12 fail={failure} after=5"}],
        stream=True,
    )
    try:
        async for chunk in stream:
            said += chunk.choices[0].delta.content or ""
    except (APIConnectionError, json.JSONDecodeError, UnicodeDecodeError):
        assert failure != "truncate"
    assert said == "w0 w1 w2 w3 w4 "
