"""The Responses adapter against the offline server."""

import random
from collections.abc import AsyncIterator
from contextlib import aclosing

import httpx2
import pytest
from openai import AsyncOpenAI

from adapters.llm.connection import openai_client
from adapters.llm.patience import Patience
from adapters.llm.responses import ResponsesModel
from models.errors import (
    ModelError,
    ModelGarbledError,
    ModelOverloadedError,
    ModelQuietError,
    ModelUnavailableError,
)
from models.payloads.chat import (
    ChatMessage,
    ChatPart,
    Cursor,
    ReasoningPart,
    ResponseStarted,
    Role,
    TextPart,
    ToolCall,
)
from models.payloads.turn import Finish
from tests.adapters.llm.asking import (
    ADD,
    asking,
    collect,
    ended,
    first_text,
    ledger_calls,
    parts_of,
    reply_in,
    text_of,
)


@pytest.fixture
def model(client: AsyncOpenAI) -> ResponsesModel:
    return ResponsesModel(client, "offline-1", Patience(first_token=5, between_tokens=5))


@pytest.fixture
async def second_model(offline_server: str) -> AsyncIterator[ResponsesModel]:
    """Shares nothing with the first, as a worker that takes over."""
    async with openai_client(api_key="other", base_url=f"{offline_server}/v1") as client:
        yield ResponsesModel(client, "offline-1", Patience(first_token=5, between_tokens=5))


async def test_an_answer_is_announced_then_streamed_then_whole(model: ResponsesModel) -> None:
    parts = await parts_of(model, asking("@offline tokens=5\nhello"))

    assert isinstance(parts[0], ResponseStarted)
    reply = reply_in(parts)
    assert text_of(parts) == reply.text != ""
    assert reply.finish is Finish.STOP
    assert reply.usage.output_tokens == 5
    assert reply.usage.input_tokens > 0
    assert reply.response_id == parts[0].cursor.response_id
    numbers = [part.cursor.sequence for part in parts if isinstance(part, TextPart) and part.cursor]
    assert len(numbers) == 5
    assert numbers == sorted(set(numbers))


async def test_reasoning_is_kept_apart_from_the_answer(model: ResponsesModel) -> None:
    parts = await parts_of(model, asking("@offline tokens=3 reasoning=4\nhello"))

    thoughts = [part for part in parts if isinstance(part, ReasoningPart)]
    assert len(thoughts) == 4
    assert all(thought.cursor for thought in thoughts)
    assert thoughts[0].text not in reply_in(parts).text


async def test_without_background_nothing_is_kept(
    model: ResponsesModel, ledger: httpx2.AsyncClient, marker: str
) -> None:
    parts = await parts_of(model, asking(f"@offline tokens=3\n{marker}", background=False))

    assert not any(isinstance(part, ResponseStarted) for part in parts)
    assert all(part.cursor is None for part in parts if isinstance(part, TextPart))
    [call] = await ledger_calls(ledger, marker)
    assert not call["background"]
    lost = Cursor(response_id=reply_in(parts).response_id or "")
    with pytest.raises(ModelError) as caught:
        await parts_of(model, asking("again"), lost)
    assert caught.value.code == "response_lost"


@pytest.mark.parametrize("seed", range(5))
async def test_a_cut_answer_goes_on_where_it_stopped(
    model: ResponsesModel,
    second_model: ResponsesModel,
    ledger: httpx2.AsyncClient,
    marker: str,
    seed: int,
) -> None:
    cut_after = random.Random(seed).randrange(1, 30)  # noqa: S311 - chooses a test case
    request = asking(f"@offline tokens=30 gap_ms=2\n{marker}")
    seen: list[ChatPart] = []
    async with aclosing(model.stream(request)) as stream:
        async for part in stream:
            seen.append(part)
            if sum(isinstance(part, TextPart) for part in seen) == cut_after:
                break
    last = seen[-1]
    assert isinstance(last, TextPart)
    assert last.cursor is not None

    rest = await parts_of(second_model, request, last.cursor)

    assert text_of(seen + rest) == reply_in(rest).text
    assert sum(isinstance(part, TextPart) for part in seen + rest) == 30
    calls = await ledger_calls(ledger, marker)
    assert [call["kind"] for call in calls].count("responses.create") == 1


async def test_the_connection_may_drop_and_the_answer_goes_on(
    model: ResponsesModel, marker: str
) -> None:
    request = asking(f"@offline tokens=12 gap_ms=2 fail=drop after=4 times=1\n{marker}")
    seen: list[ChatPart] = []
    with pytest.raises(ModelUnavailableError):
        await collect(model.stream(request), seen)
    last = seen[-1]
    assert isinstance(last, TextPart)

    rest = await parts_of(model, request, last.cursor)

    assert text_of(seen + rest) == reply_in(rest).text
    assert sum(isinstance(part, TextPart) for part in seen + rest) == 12


async def test_a_finished_answer_can_still_be_taken_up(model: ResponsesModel) -> None:
    request = asking("@offline tokens=6\nhello")
    parts = await parts_of(model, request)
    third = [part for part in parts if isinstance(part, TextPart)][2]

    rest = await parts_of(model, request, third.cursor)

    assert sum(isinstance(part, TextPart) for part in rest) == 3
    assert reply_in(rest) == reply_in(parts)


async def test_a_response_nobody_keeps_is_lost(model: ResponsesModel) -> None:
    with pytest.raises(ModelError) as caught:
        await parts_of(model, asking("hello"), Cursor(response_id="resp_/../unknown", sequence=3))

    assert caught.value.code == "response_lost"


async def test_a_cancelled_answer_ends_as_cancelled(
    model: ResponsesModel, ledger: httpx2.AsyncClient, marker: str
) -> None:
    async with aclosing(model.stream(asking(f"@offline tokens=999 gap_ms=10\n{marker}"))) as stream:
        part = await first_text(stream)
        assert part.cursor is not None
        await model.cancel(part.cursor)
        rest = [part async for part in stream]

    assert reply_in(rest).finish is Finish.CANCELLED
    await ended(ledger, marker, "cancelled")


async def test_cancelling_what_is_gone_or_away_raises_nothing(model: ResponsesModel) -> None:
    await model.cancel(Cursor(response_id="resp_unknown"))
    async with openai_client(api_key="x", base_url="http://127.0.0.1:1/v1") as away:
        await ResponsesModel(away, "offline-1").cancel(Cursor(response_id="resp_1"))


async def test_a_deleted_response_is_lost(model: ResponsesModel) -> None:
    parts = await parts_of(model, asking("@offline tokens=2\nhello"))
    response_id = reply_in(parts).response_id or ""

    await model.delete(response_id)
    await model.delete(response_id)

    with pytest.raises(ModelError) as caught:
        await parts_of(model, asking("hello"), Cursor(response_id=response_id))
    assert caught.value.code == "response_lost"


async def test_leaving_early_frees_the_connection_and_lets_the_answer_go_on(
    model: ResponsesModel, ledger: httpx2.AsyncClient, marker: str
) -> None:
    async with aclosing(model.stream(asking(f"@offline tokens=20 gap_ms=2\n{marker}"))) as stream:
        await first_text(stream)

    await ended(ledger, marker, "completed")


async def test_a_tool_call_comes_whole_and_its_result_goes_back(model: ResponsesModel) -> None:
    request = asking('@offline call=add args={"a": 7}\nadd', tools=(ADD,))
    reply = reply_in(await parts_of(model, request))

    assert reply.finish is Finish.TOOL_CALLS
    [call] = reply.calls
    assert (call.name, call.arguments) == ("add", '{"a": 7}')

    answered = request.model_copy(
        update={
            "messages": (
                *request.messages,
                ChatMessage(role=Role.ASSISTANT, calls=(call,)),
                ChatMessage(role=Role.TOOL, call_id=call.call_id, content="seven it is"),
            )
        }
    )
    assert "seven it is" in reply_in(await parts_of(model, answered)).text


async def test_arguments_that_never_parsed_can_be_shown_to_the_model_again(
    model: ResponsesModel,
) -> None:
    broken = ToolCall(call_id="c1", name="add", arguments='{"a": ')
    request = asking("@offline tokens=2\nhello")
    messages = (
        *request.messages,
        ChatMessage(role=Role.ASSISTANT, calls=(broken,)),
        ChatMessage(role=Role.TOOL, call_id="c1", content="unreadable"),
    )

    assert reply_in(await parts_of(model, request.model_copy(update={"messages": messages})))


async def test_repeated_call_ids_stay_two_calls(model: ResponsesModel) -> None:
    question = (
        '@offline fail=repeat_call_id call=add args={"a": 1}\n'
        '@offline call=add args={"a": 2}\nadd both'
    )
    reply = reply_in(await parts_of(model, asking(question, tools=(ADD,))))

    assert [call.arguments for call in reply.calls] == ['{"a": 1}', '{"a": 2}']


@pytest.mark.parametrize("finish", [Finish.LENGTH, Finish.CONTENT_FILTER])
async def test_an_answer_that_was_cut_short_says_why(model: ResponsesModel, finish: Finish) -> None:
    parts = await parts_of(model, asking(f"@offline tokens=4 finish={finish.value}\nhello"))

    assert reply_in(parts).finish is finish
    assert reply_in(parts).text == text_of(parts) != ""


async def test_structured_output_is_asked_for(model: ResponsesModel) -> None:
    schema = {
        "title": "Summary",
        "type": "object",
        "properties": {"title": {"type": "string"}},
        "required": ["title"],
        "additionalProperties": False,
    }
    parts = await parts_of(model, asking("Summarise: hello there.", json_schema=schema))

    assert reply_in(parts).text.startswith('{"title"')


@pytest.mark.parametrize(
    ("failure", "error"),
    [
        ("fail=429 retry_after=7", ModelOverloadedError),
        ("fail=500", ModelUnavailableError),
        ("fail=503", ModelUnavailableError),
        ("fail=500 after=2", ModelUnavailableError),
        ("fail=429 after=2", ModelOverloadedError),
        ("fail=drop", ModelUnavailableError),
        ("fail=drop after=2", ModelUnavailableError),
        ("fail=truncate after=2", ModelGarbledError),
        ("fail=malformed after=2", ModelGarbledError),
        ("fail=html", ModelGarbledError),
        ("fail=huge_line after=2", ModelGarbledError),
        ("fail=bad_utf8 after=2", ModelGarbledError),
    ],
)
async def test_each_failure_has_its_name(
    model: ResponsesModel, failure: str, error: type[ModelError]
) -> None:
    with pytest.raises(error) as caught:
        await parts_of(model, asking(f"@offline tokens=6 {failure}\nhello"))

    assert caught.value.retryable
    if "retry_after" in failure:
        assert caught.value.retry_after == 7


@pytest.mark.parametrize("failure", ["fail=stall", "fail=stall after=2", "fail=trickle after=2"])
async def test_silence_has_an_end(client: AsyncOpenAI, failure: str) -> None:
    impatient = ResponsesModel(client, "offline-1", Patience(first_token=0.4, between_tokens=0.2))

    with pytest.raises(ModelQuietError):
        await parts_of(impatient, asking(f"@offline tokens=6 {failure}\nhello"))


async def test_characters_split_between_packets_arrive_whole(model: ResponsesModel) -> None:
    parts = await parts_of(model, asking("@offline tokens=6 fail=split_utf8 after=1\nhello"))

    assert text_of(parts) == reply_in(parts).text
    assert "\ufffd" not in text_of(parts)


async def test_a_server_that_is_not_there_is_unavailable() -> None:
    async with openai_client(api_key="x", base_url="http://127.0.0.1:1/v1") as away:
        with pytest.raises(ModelUnavailableError):
            await parts_of(ResponsesModel(away, "offline-1"), asking("hello"))
