"""The Chat Completions adapter against the offline server."""

from contextlib import aclosing

import httpx2
import pytest
from openai import AsyncOpenAI

from adapters.llm.chat_completions import ChatCompletionsModel
from adapters.llm.patience import Patience
from models.errors import (
    ModelError,
    ModelGarbledError,
    ModelOverloadedError,
    ModelQuietError,
    ModelUnavailableError,
)
from models.payloads.chat import ChatMessage, Cursor, Role, TextPart, ToolCall
from models.payloads.turn import Finish
from tests.adapters.llm.asking import (
    ADD,
    asking,
    ended,
    first_text,
    parts_of,
    reply_in,
    text_of,
)


@pytest.fixture
def model(client: AsyncOpenAI) -> ChatCompletionsModel:
    return ChatCompletionsModel(client, "offline-1", Patience(first_token=5, between_tokens=5))


async def test_an_answer_is_streamed_then_whole(model: ChatCompletionsModel) -> None:
    parts = await parts_of(model, asking("@offline tokens=5\nhello"))

    reply = reply_in(parts)
    assert text_of(parts) == reply.text != ""
    assert all(part.cursor is None for part in parts if isinstance(part, TextPart))
    assert reply.finish is Finish.STOP
    assert (reply.usage.output_tokens, reply.response_id) == (5, None)
    assert reply.usage.input_tokens > 0


async def test_usage_is_estimated_for_servers_that_give_none(client: AsyncOpenAI) -> None:
    model = ChatCompletionsModel(client, "offline-1", include_usage=False)

    reply = reply_in(await parts_of(model, asking("@offline tokens=20\nhello")))

    assert 10 <= reply.usage.output_tokens <= 60
    assert reply.usage.input_tokens > 0


async def test_nothing_can_be_taken_up_again(model: ChatCompletionsModel) -> None:
    with pytest.raises(ModelError) as caught:
        await parts_of(model, asking("hello"), Cursor(response_id="resp_1"))

    assert caught.value.code == "response_lost"
    await model.cancel(Cursor(response_id="resp_1"))


async def test_a_tool_call_comes_whole_and_its_result_goes_back(
    model: ChatCompletionsModel,
) -> None:
    request = asking('@offline call=add args={"a": 7}\nadd', tools=(ADD,))
    reply = reply_in(await parts_of(model, request))

    assert reply.finish is Finish.TOOL_CALLS
    [call] = reply.calls
    assert (call.name, call.arguments) == ("add", '{"a": 7}')

    broken = ToolCall(call_id="c2", name="add", arguments='{"a": ')
    answered = request.model_copy(
        update={
            "messages": (
                *request.messages,
                ChatMessage(role=Role.ASSISTANT, calls=(call, broken)),
                ChatMessage(role=Role.TOOL, call_id=call.call_id, content="seven it is"),
                ChatMessage(role=Role.TOOL, call_id="c2", content="unreadable"),
            )
        }
    )
    assert "seven it is" in reply_in(await parts_of(model, answered)).text


async def test_repeated_call_ids_stay_two_calls(model: ChatCompletionsModel) -> None:
    question = (
        '@offline fail=repeat_call_id call=add args={"a": 1}\n'
        '@offline call=add args={"a": 2}\nadd both'
    )
    reply = reply_in(await parts_of(model, asking(question, tools=(ADD,))))

    assert [call.arguments for call in reply.calls] == ['{"a": 1}', '{"a": 2}']


@pytest.mark.parametrize("finish", [Finish.LENGTH, Finish.CONTENT_FILTER])
async def test_an_answer_that_was_cut_short_says_why(
    model: ChatCompletionsModel, finish: Finish
) -> None:
    parts = await parts_of(model, asking(f"@offline tokens=4 finish={finish.value}\nhello"))

    assert reply_in(parts).finish is finish
    assert reply_in(parts).text == text_of(parts) != ""


async def test_structured_output_is_asked_for(model: ChatCompletionsModel) -> None:
    schema = {"title": "Summary", "type": "object", "properties": {"title": {"type": "string"}}}

    parts = await parts_of(model, asking("Summarise: hello there.", json_schema=schema))

    assert reply_in(parts).text.startswith("{")


async def test_leaving_early_ends_the_answer(
    model: ChatCompletionsModel, ledger: httpx2.AsyncClient, marker: str
) -> None:
    request = asking(f"@offline tokens=5000 gap_ms=5\n{marker}")
    async with aclosing(model.stream(request)) as stream:
        await first_text(stream)

    await ended(ledger, marker, "cancelled")


@pytest.mark.parametrize(
    ("failure", "error"),
    [
        ("fail=429 retry_after=7", ModelOverloadedError),
        ("fail=500", ModelUnavailableError),
        ("fail=503", ModelUnavailableError),
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
    model: ChatCompletionsModel, failure: str, error: type[ModelError]
) -> None:
    with pytest.raises(error) as caught:
        await parts_of(model, asking(f"@offline tokens=6 {failure}\nhello"))

    assert caught.value.retryable
    if "retry_after" in failure:
        assert caught.value.retry_after == 7


@pytest.mark.parametrize("failure", ["fail=stall", "fail=stall after=2", "fail=trickle after=2"])
async def test_silence_has_an_end(client: AsyncOpenAI, failure: str) -> None:
    patience = Patience(first_token=0.4, between_tokens=0.2)
    impatient = ChatCompletionsModel(client, "offline-1", patience)

    with pytest.raises(ModelQuietError):
        await parts_of(impatient, asking(f"@offline tokens=6 {failure}\nhello"))


async def test_characters_split_between_packets_arrive_whole(model: ChatCompletionsModel) -> None:
    parts = await parts_of(model, asking("@offline tokens=6 fail=split_utf8 after=1\nhello"))

    assert text_of(parts) == reply_in(parts).text
    assert "\ufffd" not in text_of(parts)
