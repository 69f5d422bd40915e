"""The Responses API, read by the official client."""

import asyncio

import httpx2
import pytest
from openai import AsyncOpenAI, BadRequestError, NotFoundError
from openai.types.responses import Response, ResponseStreamEvent

from tests.model_server.ledger_reading import calls, only_call

PLAIN = [
    "response.created",
    "response.in_progress",
    "response.output_item.added",
    "response.content_part.added",
    *["response.output_text.delta"] * 3,
    "response.output_text.done",
    "response.content_part.done",
    "response.output_item.done",
    "response.completed",
]


def text_of(events: list[ResponseStreamEvent]) -> str:
    return "".join(event.delta for event in events if event.type == "response.output_text.delta")


def assert_typed(events: list[ResponseStreamEvent]) -> None:
    """The client builds models without validating; validating shows what it would miss."""
    for event in events:
        type(event).model_validate(event.to_dict(), strict=False)


def response_in(event: ResponseStreamEvent) -> Response:
    assert event.type in {"response.completed", "response.incomplete", "response.failed"}
    response = getattr(event, "response", None)
    assert isinstance(response, Response)
    return response


async def test_a_stream_follows_the_official_sequence(client: AsyncOpenAI) -> None:
    stream = await client.responses.create(model="m", input="Hi\n@offline tokens=3", stream=True)
    events = [event async for event in stream]
    assert [event.type for event in events] == PLAIN
    assert [event.sequence_number for event in events] == list(range(len(PLAIN)))
    assert_typed(events)
    response = response_in(events[-1])
    assert response.output_text == text_of(events) == "w0 w1 w2 "
    assert response.usage is not None
    assert response.usage.output_tokens == 3
    assert response.usage.input_tokens > 0


async def test_a_background_stream_is_queued_first(client: AsyncOpenAI) -> None:
    stream = await client.responses.create(
        model="m", input="@offline tokens=3", stream=True, background=True
    )
    types = [event.type async for event in stream]
    assert types == [PLAIN[0], "response.queued", *PLAIN[1:]]


async def test_every_place_to_cut_a_stream_loses_and_repeats_nothing(client: AsyncOpenAI) -> None:
    asked = "@offline tokens=20 gap_ms=1"
    whole = await client.responses.create(model="m", input=asked, stream=True, background=True)
    numbers = [event.sequence_number async for event in whole]
    for cut in numbers:
        seen: list[ResponseStreamEvent] = []
        async with await client.responses.create(
            model="m", input=asked, stream=True, background=True
        ) as stream:
            async for event in stream:
                seen.append(event)
                if event.sequence_number == cut:
                    break
        assert seen[0].type == "response.created"
        rest = await client.responses.retrieve(seen[0].response.id, stream=True, starting_after=cut)
        seen += [event async for event in rest]
        assert [event.sequence_number for event in seen] == numbers
        assert text_of(seen) == "".join(f"w{number} " for number in range(20))


async def test_many_readers_follow_one_response(client: AsyncOpenAI) -> None:
    started = await client.responses.create(
        model="m", input="@offline tokens=30 gap_ms=2", background=True
    )
    assert started.status == "queued"

    async def read(after: int) -> list[ResponseStreamEvent]:
        stream = await client.responses.retrieve(started.id, stream=True, starting_after=after)
        return [event async for event in stream]

    first, *others = await asyncio.gather(*(read(after) for after in range(-1, 12)))
    assert first[0].type == "response.created"
    for after, seen in enumerate(others):
        assert seen == first[after + 1 :]


async def test_a_background_answer_outlives_its_reader_and_a_plain_one_does_not(
    client: AsyncOpenAI, http: httpx2.AsyncClient, marker: str
) -> None:
    for background, tokens, status in ((True, 40, "completed"), (False, 5000, "cancelled")):
        asked = f"{marker} {background}\n@offline tokens={tokens} gap_ms=5"
        async with await client.responses.create(
            model="m", input=asked, stream=True, background=background
        ) as stream:
            async for event in stream:
                if event.type == "response.output_text.delta":
                    break
        call = await only_call(http, f"{marker} {background}", status=status)
        assert (call["tokens"] == tokens) is background


async def test_cancelling_ends_the_stream_and_keeps_the_partial(client: AsyncOpenAI) -> None:
    stream = await client.responses.create(
        model="m", input="@offline tokens=5000 gap_ms=5", stream=True, background=True
    )
    seen: list[ResponseStreamEvent] = []
    async for event in stream:
        seen.append(event)
        if event.sequence_number == 10:
            assert seen[0].type == "response.created"
            cancelled = await client.responses.cancel(seen[0].response.id)
            assert cancelled.status == "cancelled"
    assert not any(event.type == "response.completed" for event in seen)
    again = await client.responses.cancel(cancelled.id)
    assert again.status == "cancelled"
    kept = await client.responses.retrieve(cancelled.id)
    assert kept.output_text == text_of(seen)


async def test_what_cannot_be_cancelled_says_so(client: AsyncOpenAI) -> None:
    plain = await client.responses.create(model="m", input="Hi")
    with pytest.raises(BadRequestError, match="synchronous"):
        await client.responses.cancel(plain.id)
    with pytest.raises(BadRequestError, match="background"):
        await client.responses.retrieve(plain.id, stream=True)


async def test_a_deleted_or_unstored_response_is_not_found(client: AsyncOpenAI) -> None:
    stored = await client.responses.create(model="m", input="Hi")
    assert (await client.responses.retrieve(stored.id)).output == stored.output
    await client.responses.delete(stored.id)
    unstored = await client.responses.create(model="m", input="Hi", store=False)
    for response_id in (stored.id, unstored.id, "resp_unknown"):
        with pytest.raises(NotFoundError):
            await client.responses.retrieve(response_id)


async def test_max_output_tokens_leaves_the_answer_incomplete(client: AsyncOpenAI) -> None:
    response = await client.responses.create(
        model="m", input="@offline tokens=10", max_output_tokens=4
    )
    assert response.status == "incomplete"
    assert response.incomplete_details is not None
    assert response.incomplete_details.reason == "max_output_tokens"
    assert response.output_text == "w0 w1 w2 w3 "
    enough = await client.responses.create(
        model="m", input="@offline tokens=10", max_output_tokens=10
    )
    assert enough.status == "completed"


async def test_reasoning_comes_before_the_text_and_is_counted(client: AsyncOpenAI) -> None:
    stream = await client.responses.create(
        model="m", input="@offline reasoning=3 tokens=2", stream=True
    )
    events = [event async for event in stream]
    assert_typed(events)
    thoughts = [e.delta for e in events if e.type == "response.reasoning_summary_text.delta"]
    assert thoughts == ["r0 ", "r1 ", "r2 "]
    response = response_in(events[-1])
    assert [item.type for item in response.output] == ["reasoning", "message"]
    assert response.usage is not None
    assert response.usage.output_tokens_details.reasoning_tokens == 3


async def test_a_stamped_stream_carries_rising_times(client: AsyncOpenAI) -> None:
    stream = await client.responses.create(
        model="m", input="@offline tokens=20 gap_ms=1 stamp=1", stream=True
    )
    stamps = text_of([event async for event in stream]).split()
    times = [int(stamp.removeprefix("t")) for stamp in stamps]
    assert len(times) == 20
    assert times == sorted(times)
    assert len(set(times)) == 20


async def test_bad_requests_are_refused_in_openais_shape(http: httpx2.AsyncClient) -> None:
    bodies: list[object] = [
        {"model": "m"},
        {"input": "Hi"},
        {"model": "m", "input": 3},
        {"model": "m", "input": ["Hi"]},
        {"model": "m", "input": "Hi", "metadata": {"a": 1}},
        {"model": "m", "input": "Hi", "background": True, "store": False},
        {"model": "m", "input": "Hi", "previous_response_id": "resp_1"},
        {"model": "m", "input": "@offline nonsense=1"},
        {"model": "m", "input": "@offline tokens=-1"},
        {"model": "m", "input": "@offline call=f args={"},
        [],
    ]
    for body in bodies:
        answer = await http.post("/v1/responses", json=body)
        assert answer.status_code == 400, body
        assert answer.json()["error"].keys() == {"message", "type", "param", "code"}
    assert (await http.post("/v1/responses", content=b"{")).status_code == 400
    assert (await http.post("/v1/responses", content=b" " * 20_000_001)).status_code == 413
    assert (await http.get("/v1/responses")).status_code == 405
    assert (await http.get("/v1/nothing")).json()["error"]["message"]


async def test_sixty_four_streams_at_once_are_whole(client: AsyncOpenAI) -> None:
    async def read() -> str:
        stream = await client.responses.create(
            model="m", input="@offline tokens=50 gap_ms=1", stream=True, background=True
        )
        return text_of([event async for event in stream])

    texts = await asyncio.gather(*(read() for _ in range(64)))
    assert set(texts) == {"".join(f"w{number} " for number in range(50))}


async def test_the_ledger_lists_calls_and_can_be_cleared(
    client: AsyncOpenAI, http: httpx2.AsyncClient, marker: str
) -> None:
    created = await client.responses.create(
        model="gpt-x", input=f"{marker}\n@offline tokens=3", background=True, metadata={"a": "b"}
    )
    stream = await client.responses.retrieve(created.id, stream=True)
    assert [event async for event in stream]
    first, second = await calls(http, marker)
    assert (first["kind"], second["kind"]) == ("responses.create", "responses.retrieve")
    assert first["response_id"] == second["response_id"] == created.id
    assert (first["model"], first["tokens"], first["status"]) == ("gpt-x", 3, "completed")
    assert first["metadata"] == {"a": "b"}
    assert first["background"]
    assert not first["stream"]
    assert second["n"] > first["n"]
    assert await calls(http, marker, kind="responses.retrieve") == [second]
    await http.delete("/ledger")
    assert await calls(http, marker) == []


async def test_it_is_up_and_names_its_models(client: AsyncOpenAI, http: httpx2.AsyncClient) -> None:
    assert (await http.get("/healthz")).status_code == 200
    assert [model.id async for model in client.models.list()] == ["offline-quote", "offline-embed"]
