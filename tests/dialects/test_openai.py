"""OpenAI's Python client against the edge as it is started, over real Postgres, Redis and
Temporal: only `base_url` and `api_key` are set, and the space while keys name none."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any
from uuid import UUID

import httpx2
import openai
import pytest
from openai import AsyncOpenAI
from openai.types.responses import Response

from adapters.events.connection import command, connect
from api.openai.names import turn_of
from api.routes import openai_responses
from local.stack import Stack
from tests.dialects.conftest import LASTING, Site
from tests.turns.cast import PUBLISH
from tests.waiting import PATIENCE, until

WORDS = "Hello\n@offline tokens=5"
SAID = "w0 w1 w2 w3 w4"


def a_client(site: Site, **how: Any) -> AsyncOpenAI:  # noqa: ANN401 - whatever it takes
    given = {
        "api_key": site.headers["authorization"].removeprefix("Bearer "),
        "base_url": f"{site.address}/v1/openai",
        "default_headers": {"x-space-id": site.headers["x-space-id"]},
        "timeout": 60,
    }
    return AsyncOpenAI(**{**given, **how})


@pytest.fixture
async def client(site: Site) -> AsyncIterator[AsyncOpenAI]:
    async with a_client(site) as client:
        yield client


def conversation_of(response: Response) -> UUID:
    found = turn_of(response.id)
    assert found is not None
    return found[0]


async def ended(client: AsyncOpenAI, response: Response) -> Response:
    """As a poller waits for it."""
    async with asyncio.timeout(PATIENCE):
        while response.status in {"queued", "in_progress"}:
            await asyncio.sleep(0.05)
            response = await client.responses.retrieve(response.id)
    return response


async def says(client: AsyncOpenAI, response: Response, status: str) -> bool:
    return (await client.responses.retrieve(response.id)).status == status


async def forget(stack: Stack, conversation_id: UUID) -> None:
    """Redis loses what it knew of the conversation."""
    redis = connect(stack.redis_url)
    for key in await command(redis, "KEYS", f"*{conversation_id}*"):
        await command(redis, "DEL", key)
    await redis.aclose()


async def test_a_plain_response_is_the_stored_one(client: AsyncOpenAI) -> None:
    labels = {"ticket": "T-1"}
    response = await client.responses.create(model="direct", input=WORDS, metadata=labels)
    assert response.output_text.strip() == SAID
    assert (response.status, response.model) == ("completed", "direct")
    assert response.usage is not None
    assert response.usage.output_tokens > 0
    stored = await client.responses.retrieve(response.id)
    assert stored.metadata == labels
    assert stored.to_dict() == response.to_dict()
    assert stored.completed_at is not None


async def test_a_stored_response_says_what_its_request_said(client: AsyncOpenAI) -> None:
    first = await client.responses.create(model="direct", input=WORDS)
    said = {
        "background": True,
        "instructions": "Be brief.",
        "max_output_tokens": 90,
        "previous_response_id": first.id,
        "prompt_cache_key": "guide",
        "safety_identifier": "abc",
        "temperature": 0.25,
        "user": "u-1",
    }
    begun = await client.responses.create(model="direct", input=WORDS, extra_body=said)
    assert begun.to_dict().items() >= said.items()
    stored = await ended(client, begun)
    assert stored.to_dict().items() >= said.items()
    stream = await client.responses.retrieve(first.id, stream=True)
    (*_, last) = [event async for event in stream]
    assert last.type == "response.completed"
    assert last.response.to_dict() == (await client.responses.retrieve(first.id)).to_dict()


async def test_a_streams_end_is_the_stored_response(client: AsyncOpenAI) -> None:
    async with client.responses.stream(model="direct", input=WORDS) as stream:
        events = [event async for event in stream]
        final = await stream.get_final_response()
    said = "".join(event.delta for event in events if event.type == "response.output_text.delta")
    assert said == final.output_text
    assert final.output_text.strip() == SAID
    stored = await client.responses.retrieve(final.id)
    assert (stored.output_text, stored.usage) == (final.output_text, final.usage)


async def test_a_reader_who_leaves_stops_nothing_and_resumes_anywhere(
    client: AsyncOpenAI, stack: Stack
) -> None:
    stream = await client.responses.create(
        model="direct",
        input="@offline tokens=40 gap_ms=20",
        background=True,
        stream=True,
    )
    had = []
    async for event in stream:
        had.append(event)
        if len(had) == 8:
            break
    await stream.close()
    created = had[0]
    assert created.type == "response.created"
    rest = await client.responses.retrieve(
        created.response.id, stream=True, starting_after=had[-1].sequence_number
    )
    seen = [*had, *[event async for event in rest]]
    numbers = [event.sequence_number for event in seen]
    assert numbers == sorted(set(numbers))
    assert seen[-1].type == "response.completed"
    said = "".join(event.delta for event in seen if event.type == "response.output_text.delta")
    assert said.split() == [f"w{place}" for place in range(40)]
    # What is stored is all that is left.
    await forget(stack, conversation_of(created.response))
    late = await client.responses.retrieve(
        created.response.id, stream=True, starting_after=had[-1].sequence_number
    )
    told = [event async for event in late]
    assert told[0].sequence_number > had[-1].sequence_number
    assert told[-1].type == "response.completed"
    assert told[-1].response.output_text == said


async def test_a_background_response_is_polled(client: AsyncOpenAI) -> None:
    begun = await client.responses.create(model="direct", input=WORDS, background=True)
    assert begun.status in {"queued", "in_progress"}
    done = await ended(client, begun)
    assert done.output_text.strip() == SAID


async def test_a_response_is_cancelled_and_keeps_what_it_said(client: AsyncOpenAI) -> None:
    stream = await client.responses.create(model="direct", input=LASTING, stream=True)
    events: list[Any] = []
    cancelled = None
    async for event in stream:
        events.append(event)
        if event.type == "response.output_text.delta" and cancelled is None:
            cancelled = await client.responses.cancel(events[0].response.id)
    assert cancelled is not None
    assert cancelled.status == "cancelled"
    assert 0 < len(cancelled.output_text.split()) < 20_000
    assert events[-1].type == "response.incomplete"
    again = await client.responses.cancel(cancelled.id)
    assert again.output == cancelled.output


async def test_a_response_that_waits_behind_another_is_cancelled_and_never_begins(
    client: AsyncOpenAI, monkeypatch: pytest.MonkeyPatch
) -> None:
    # One that waits ends behind the one that runs: there is nothing to wait for.
    monkeypatch.setattr(openai_responses, "_STOPPED", 0.1)
    running = await client.responses.create(model="direct", input=LASTING, background=True)
    await until(lambda: says(client, running, "in_progress"))
    conversation = f"conv_{conversation_of(running).hex}"
    behind, last = [
        await client.responses.create(
            model="direct", input=WORDS, background=True, conversation=conversation
        )
        for _ in range(2)
    ]
    assert (behind.status, last.status) == ("queued", "queued")
    cancelled = await client.responses.cancel(behind.id)
    assert (cancelled.id, cancelled.status) == (behind.id, "cancelled")
    assert (await client.responses.retrieve(running.id)).status == "in_progress"
    await client.responses.cancel(running.id)
    stored = await ended(client, await client.responses.retrieve(behind.id))
    assert (stored.status, stored.output) == ("cancelled", [])
    assert (stored.usage, stored.incomplete_details) == (
        cancelled.usage,
        cancelled.incomplete_details,
    )
    assert (await ended(client, last)).output_text.strip() == SAID


async def test_a_response_that_waits_for_a_person_is_cancelled(client: AsyncOpenAI) -> None:
    asked = await client.responses.create(model="general", input=PUBLISH)
    assert asked.status == "in_progress"
    assert (await client.responses.cancel(asked.id)).status == "cancelled"


async def test_what_goes_on_from_an_older_response_is_a_branch(
    site: Site, client: AsyncOpenAI
) -> None:
    first = await client.responses.create(model="direct", input=WORDS)
    second = await client.responses.create(
        model="direct", input=WORDS, previous_response_id=first.id
    )
    other = await client.responses.create(
        model="direct", input="@offline tokens=2", previous_response_id=first.id
    )
    assert len({conversation_of(one) for one in (first, second, other)}) == 1
    found = await site.client.get(f"/v1/conversations/{conversation_of(first)}/messages")
    items = found.json()["items"]
    assert [item["role"] for item in items] == ["user", "assistant"] * 2
    assert len(items[2]["siblings"]) == 2
    there = await client.responses.create(
        model="direct",
        input=[{"role": "user", "content": [{"type": "input_text", "text": WORDS}]}],
        conversation=f"conv_{conversation_of(first).hex}",
    )
    assert conversation_of(there) == conversation_of(first)


async def test_a_call_that_waits_is_approved_by_the_client(client: AsyncOpenAI) -> None:
    asked = await client.responses.create(model="general", input=PUBLISH)
    assert asked.status == "in_progress"
    request = asked.output[-1]
    assert request.type == "mcp_approval_request"
    assert request.name == "publish_note"
    done = await client.responses.create(
        model="general",
        previous_response_id=asked.id,
        input=[
            {
                "type": "mcp_approval_response",
                "approval_request_id": request.id,
                "approve": True,
            }
        ],
    )
    assert (done.id, done.status) == (asked.id, "completed")
    (call,) = [item for item in done.output if item.type == "mcp_call"]
    assert (call.name, call.status) == ("publish_note", "completed")
    assert call.approval_request_id == request.id
    assert done.background is False
    with pytest.raises(openai.ConflictError) as refused:
        await client.with_options(max_retries=0).responses.create(
            model="general",
            input=[
                {
                    "type": "mcp_approval_response",
                    "approval_request_id": request.id,
                    "approve": False,
                }
            ],
        )
    assert refused.value.code == "already_decided"


async def test_what_is_not_stored_is_not_found_again(client: AsyncOpenAI) -> None:
    response = await client.responses.create(model="direct", input=WORDS, store=False)
    assert response.output_text.strip() == SAID
    with pytest.raises(openai.NotFoundError):
        await client.responses.retrieve(response.id)


async def test_a_chat_brings_its_history(site: Site, client: AsyncOpenAI) -> None:
    raw = await client.chat.completions.with_raw_response.create(
        model="direct",
        messages=[
            {"role": "system", "content": "Be brief."},
            {"role": "user", "content": "Hi"},
            {"role": "assistant", "content": "Hello."},
            {"role": "user", "content": WORDS},
        ],
        temperature=0.2,
        max_completion_tokens=100,
    )
    done = raw.parse()
    assert (done.choices[0].message.content or "").strip() == SAID
    assert done.choices[0].finish_reason == "stop"
    assert done.usage is not None
    run_id = UUID(raw.headers["x-run-id"])

    async def rows(session: Any) -> Any:  # noqa: ANN401 - the store's own
        return await session.fetch(
            "SELECT m.content, c.tainted FROM message m JOIN conversation c"
            " ON c.space_id = $1 AND c.id = m.conversation_id"
            " WHERE m.space_id = $1 AND m.conversation_id = $2 ORDER BY m.position",
            site.lab.scope.space_id,
            run_id,
        )

    found = await site.lab.database.run(site.lab.scope, rows)
    assert [row["content"] for row in found][:3] == ["Hi", "Hello.", WORDS]
    assert all(row["tainted"] for row in found)
    listed = await site.client.get("/v1/conversations?limit=200")
    assert str(run_id) not in {item["id"] for item in listed.json()["items"]}


async def test_a_chat_streams_with_its_usage(client: AsyncOpenAI) -> None:
    stream = await client.chat.completions.create(
        model="direct",
        messages=[{"role": "user", "content": WORDS}],
        stream=True,
        stream_options={"include_usage": True},
    )
    chunks = [chunk async for chunk in stream]
    said = "".join(chunk.choices[0].delta.content or "" for chunk in chunks if chunk.choices)
    assert said.strip() == SAID
    assert chunks[-2].choices[0].finish_reason == "stop"
    assert chunks[-1].usage is not None
    assert chunks[-1].usage.completion_tokens == 5


class Flaky(httpx2.AsyncHTTPTransport):
    """Loses the first answer on its way back."""

    def __init__(self) -> None:
        super().__init__()
        self.asked = 0

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        self.asked += 1
        answer = await super().handle_async_request(request)
        if self.asked == 1:
            await answer.aread()
            raise httpx2.ReadError("the connection was reset", request=request)
        return answer


async def test_a_request_that_the_client_repeats_by_itself_runs_once(site: Site) -> None:
    transport = Flaky()
    before = await _turns(site)
    async with a_client(site, http_client=httpx2.AsyncClient(transport=transport)) as client:
        done = await client.chat.completions.create(
            model="direct", messages=[{"role": "user", "content": WORDS}]
        )
    assert transport.asked == 2
    assert (done.choices[0].message.content or "").strip() == SAID
    assert await _turns(site) == before + 1


async def _turns(site: Site) -> int:
    async def count(session: Any) -> Any:  # noqa: ANN401 - the store's own
        return await session.first(
            "SELECT count(*) AS n FROM turn WHERE space_id = $1", site.lab.scope.space_id
        )

    found = await site.lab.database.run(site.lab.scope, count)
    return int(found["n"])


async def test_a_turn_that_failed_is_an_error_once(site: Site) -> None:
    async with a_client(site) as client:
        with pytest.raises(openai.APIStatusError) as refused:
            await client.chat.completions.create(
                model="direct", messages=[{"role": "user", "content": "@offline fail=400"}]
            )
    assert refused.value.status_code == 502
    assert refused.value.response.headers["x-should-retry"] == "false"
    async with a_client(site) as client:
        failed = await client.responses.create(model="direct", input="@offline fail=400")
    assert failed.status == "failed"
    assert failed.error is not None
    assert failed.error.code == "server_error"


async def test_agents_are_models(client: AsyncOpenAI) -> None:
    names = {model.id async for model in client.models.list()}
    assert {"general", "direct"} <= names
    assert (await client.models.retrieve("direct")).owned_by == "holdfast"


REFUSED: list[tuple[dict[str, Any], type[openai.APIStatusError], str, str | None]] = [
    ({"model": "gpt-9"}, openai.NotFoundError, "model_not_found", "model"),
    ({"extra_body": {"foo": 1}}, openai.BadRequestError, "unknown_parameter", "foo"),
    ({"top_p": 0.5}, openai.BadRequestError, "unsupported_value", "top_p"),
    (
        {"tools": [{"type": "web_search"}]},
        openai.BadRequestError,
        "unsupported_value",
        "tools",
    ),
    (
        {"model": "seo", "temperature": 0.1},
        openai.BadRequestError,
        "unsupported_value",
        "temperature",
    ),
    (
        {"model": "seo", "instructions": "Obey."},
        openai.BadRequestError,
        "unsupported_parameter",
        "instructions",
    ),
    (
        {"max_output_tokens": 10**9},
        openai.BadRequestError,
        "integer_above_max_value",
        "max_output_tokens",
    ),
    ({"temperature": 3}, openai.BadRequestError, "decimal_above_max_value", "temperature"),
    (
        {"input": [{"role": "user", "content": [{"type": "input_image", "image_url": "data:"}]}]},
        openai.BadRequestError,
        "unsupported_value",
        "input[0].content[0].type",
    ),
    (
        {"input": [{"type": "function_call_output", "call_id": "a", "output": "b"}]},
        openai.BadRequestError,
        "unsupported_value",
        "input[0].type",
    ),
    ({"input": "a\x00b"}, openai.BadRequestError, "invalid_value", "input"),
    (
        {"previous_response_id": "resp_nothing"},
        openai.BadRequestError,
        "previous_response_not_found",
        "previous_response_id",
    ),
    (
        {"previous_response_id": f"resp_{'0' * 64}"},
        openai.BadRequestError,
        "previous_response_not_found",
        "previous_response_id",
    ),
    ({"conversation": "conv_no"}, openai.NotFoundError, "conversation_not_found", None),
    ({"metadata": {"a": "b" * 600}}, openai.BadRequestError, "string_above_max_length", None),
    ({"input": "x" * 40_000}, openai.BadRequestError, "string_above_max_length", None),
]


@pytest.mark.parametrize(("asked", "kind", "code", "param"), REFUSED)
async def test_what_is_refused_is_named_as_openai_does(
    client: AsyncOpenAI,
    asked: dict[str, Any],
    kind: type[openai.APIStatusError],
    code: str,
    param: str | None,
) -> None:
    with pytest.raises(kind) as refused:
        await client.responses.create(**{"model": "direct", "input": WORDS, **asked})
    assert refused.value.code == code
    assert param is None or refused.value.param == param
    assert refused.value.request_id


async def test_strangers_are_refused_in_their_clients_words(
    site: Site, client: AsyncOpenAI
) -> None:
    mine = await client.responses.create(model="direct", input=WORDS)
    async with a_client(site, api_key="sk-wrong") as stranger:
        with pytest.raises(openai.AuthenticationError) as unknown:
            await stranger.models.list()
    assert unknown.value.code == "invalid_api_key"
    other = site.stranger()
    token = other["authorization"].removeprefix("Bearer ")
    there = {"x-space-id": other["x-space-id"]}
    async with a_client(site, api_key=token) as stranger:
        with pytest.raises(openai.PermissionDeniedError):
            await stranger.models.list()
    async with a_client(site, api_key=token, default_headers=there) as stranger:
        for ask in (stranger.responses.retrieve, stranger.responses.cancel):
            with pytest.raises(openai.NotFoundError):
                await ask(mine.id)
        with pytest.raises(openai.BadRequestError):
            await stranger.responses.create(
                model="direct", input=WORDS, previous_response_id=mine.id
            )
