"""Both adapters against servers that say things no server should."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import aclosing, asynccontextmanager
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest

from adapters.llm.chat_completions import ChatCompletionsModel
from adapters.llm.connection import azure_client, openai_client
from adapters.llm.patience import Patience
from adapters.llm.responses import ResponsesModel
from models.errors import (
    ContextTooLongError,
    ModelError,
    ModelGarbledError,
    ModelOverloadedError,
    ModelQuietError,
    ModelRefusedError,
    ModelUnavailableError,
)
from models.payloads.chat import ChatPart, TextPart
from models.payloads.turn import Finish
from tests.adapters.llm.asking import asking, first_text, parts_of, reply_in, text_of
from tests.adapters.llm.wire import (
    SSE,
    Script,
    Send,
    Wire,
    answer,
    call,
    chat,
    events,
    repeating,
    sending,
    serving,
)

KEY = "sk-very-secret-key"
PROMPT = "the merger closes on Friday"
PATIENT = Patience(first_token=20, between_tokens=20)
IMPATIENT = Patience(first_token=0.2, between_tokens=0.1)
# The answer is sure to begin, and its silence is what the test waits for.
HASTY = Patience(first_token=20, between_tokens=0.2)

Model = ResponsesModel | ChatCompletionsModel
both = pytest.mark.parametrize("dialect", [ResponsesModel, ChatCompletionsModel])


@asynccontextmanager
async def model_of(
    wire: Wire,
    dialect: Callable[..., Model] = ChatCompletionsModel,
    patience: Patience = PATIENT,
) -> AsyncIterator[Model]:
    async with openai_client(api_key=KEY, base_url=wire.base_url) as client:
        yield dialect(client, "m", patience)


async def answered(
    *scripts: Script,
    dialect: Callable[..., Model] = ChatCompletionsModel,
    patience: Patience = PATIENT,
) -> list[ChatPart]:
    async with serving(*scripts) as wire, model_of(wire, dialect, patience) as model:
        return await parts_of(model, asking(PROMPT))


async def failure(
    *scripts: Script, dialect: Callable[..., Model], patience: Patience = PATIENT
) -> ModelError:
    with pytest.raises(ModelError) as caught:
        await answered(*scripts, dialect=dialect, patience=patience)
    assert len(str(caught.value)) <= 500
    return caught.value


def problem(**fields: str) -> dict[str, object]:
    return {"error": {"message": f"You sent {PROMPT} with {KEY}", **fields}}


@both
@pytest.mark.parametrize(
    ("status", "body", "error", "code"),
    [
        (401, problem(code="invalid_api_key"), ModelRefusedError, "model_key_rejected"),
        (403, problem(), ModelRefusedError, "model_key_rejected"),
        (400, problem(param="tools"), ModelRefusedError, "model_rejected"),
        (404, problem(code="no_such_model"), ModelRefusedError, "model_not_found"),
        (403, problem(code="model_not_found"), ModelRefusedError, "model_not_found"),
        (400, problem(code="model_not_found"), ModelRefusedError, "model_not_found"),
        (422, b"<html>", ModelRefusedError, "model_rejected"),
        (400, problem(code="context_length_exceeded"), ContextTooLongError, "context_too_long"),
        (400, problem(type="exceed_context_size_error"), ContextTooLongError, "context_too_long"),
        (400, problem(code="content_filter"), ModelRefusedError, "model_content_filtered"),
        (413, b"", ContextTooLongError, "context_too_long"),
        (429, problem(), ModelOverloadedError, "model_overloaded"),
        (429, problem(code="insufficient_quota"), ModelRefusedError, "model_quota_exhausted"),
        (408, b"[]", ModelUnavailableError, "model_unavailable"),
        (500, b'{"error": "x"}', ModelUnavailableError, "model_unavailable"),
        (503, b"", ModelUnavailableError, "model_unavailable"),
        (302, b"", ModelRefusedError, "model_rejected"),
    ],
)
async def test_a_status_is_a_named_error_that_tells_no_secret(
    dialect: Callable[..., Model], status: int, body: object, error: type[ModelError], code: str
) -> None:
    came = await failure(sending(answer(status, body, location="http://x/")), dialect=dialect)

    assert (type(came), came.code) == (error, code)
    assert KEY not in repr(came)
    assert PROMPT not in repr(came)


@pytest.mark.parametrize(
    ("header", "least", "most"),
    [
        ("7", 7, 7),
        ("0.5", 0.5, 0.5),
        ("900", 900, 900),
        ("9999", 3_600, 3_600),
        (format_datetime(datetime.now(UTC) + timedelta(days=1), usegmt=True), 3_600, 3_600),
        (format_datetime(datetime.now(UTC) - timedelta(days=1), usegmt=True), 0, 0),
        ("soon", None, None),
        ("nan", None, None),
    ],
    ids=["seconds", "half", "minutes", "hours", "tomorrow", "yesterday", "words", "no number"],
)
async def test_retry_after_is_seconds_or_a_date_and_an_hour_at_most(
    header: str, least: float | None, most: float | None
) -> None:
    script = sending(answer(429, problem(), retry_after=header))
    came = await failure(script, dialect=ResponsesModel)

    if least is None or most is None:
        assert came.retry_after is None
    else:
        assert came.retry_after is not None
        assert least <= came.retry_after <= most


async def test_a_date_is_read_by_the_clock_that_named_it() -> None:
    wrong = datetime.now(UTC) - timedelta(days=1)
    later = format_datetime(wrong + timedelta(seconds=7), usegmt=True)
    headers = {"date": format_datetime(wrong, usegmt=True), "retry_after": later}
    came = await failure(sending(answer(429, problem(), **headers)), dialect=ResponsesModel)

    assert came.retry_after == 7


@both
@pytest.mark.parametrize(
    "script",
    [
        sending(SSE, b"<html><body>Please wait</body></html>"),
        sending(SSE),
        sending(SSE, b"data: [1, 2]\n\n"),
        sending(SSE, b'data: {"choices": 7, "type": 8}\n\n'),
        sending(SSE, events({"type": "response.output_text.delta", "choices": [{"delta": 1}]})),
        sending(SSE, b"data: " + b"[" * 100_000 + b"\n\n"),
        sending(SSE, b"data: [DONE]\n\n"),
        sending(answer(200, {"output": [], "choices": []})),
        sending(b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\n"
                b"transfer-encoding: chunked\r\n\r\nzz\r\nnonsense"),
        sending(b"SSH-2.0-OpenSSH_9.6\r\n"),
        sending(b"HTTP/1.1 200 OK\r\ncontent-length: 1000\r\n"
                b"content-type: text/event-stream\r\n\r\ndata: {}\n\n"),
        repeating(SSE, b"x" * 65_536),
        repeating(SSE, b"data: xxxxxxxxxxxxx\n" * 1_000),
        repeating(b"HTTP/1.1 500 X\r\ncontent-type: text/plain\r\n\r\n", b"x" * 65_536),
    ],
)  # fmt: skip
async def test_nonsense_is_a_retryable_model_error(
    dialect: Callable[..., Model], script: Script
) -> None:
    came = await failure(script, sending(answer(404, {})), dialect=dialect)

    assert isinstance(came, ModelGarbledError | ModelUnavailableError)
    assert came.retryable


@both
@pytest.mark.parametrize(
    "script",
    [
        sending(then_hang=True),
        sending(SSE, then_hang=True),
        repeating(SSE, b": ping\n\n", 0.05),
        repeating(SSE, b"d", 0.05),
        repeating(SSE, events({"type": "unheard.of", "choices": []}), 0.01),
        repeating(SSE, events({"type": "response.in_progress", "choices": []}), 0.01),
        repeating(SSE, events({"type": "response.output_item.added", "item": {}}), 0.01),
        repeating(b"HTTP/1.1 500 X\r\n\r\n", b"x", 0.05),
    ],
)
async def test_only_tokens_break_the_silence(dialect: Callable[..., Model], script: Script) -> None:
    came = await failure(script, dialect=dialect, patience=IMPATIENT)

    assert isinstance(came, ModelQuietError)


async def test_a_model_that_thinks_may_take_as_long_as_for_its_first_token() -> None:
    reasoning = {"type": "reasoning", "id": "rs_1"}
    thinking = events(
        {"type": "response.output_item.added", "item": reasoning},
        {"type": "response.reasoning_summary_text.delta", "delta": "Hm"},
    )
    answer = {"type": "message", "content": [{"type": "output_text", "text": "Hello"}]}
    response = {"id": "resp_1", "status": "completed", "output": [answer]}
    said = events(
        {"type": "response.output_text.delta", "delta": "Hello"},
        {"type": "response.completed", "response": response},
    )

    async def script(send: Send) -> None:
        await send(SSE + thinking)
        await asyncio.sleep(3 * HASTY.between_tokens)
        await send(said)

    assert text_of(await answered(script, dialect=ResponsesModel, patience=HASTY)) == "Hello"


@both
async def test_leaving_early_closes_the_stream_at_once(dialect: Callable[..., Model]) -> None:
    said = events(
        {
            "type": "response.output_text.delta",
            "delta": "Hello",
            "choices": [{"delta": {"content": "Hello"}}],
        }
    )
    async with (
        serving(sending(SSE, said, then_hang=True)) as wire,
        model_of(wire, dialect) as model,
    ):
        async with aclosing(model.stream(asking(PROMPT))) as stream:
            assert (await first_text(stream)).text == "Hello"
        async with asyncio.timeout(5):
            await wire.left.wait()


async def test_a_finished_answer_needs_neither_usage_nor_a_proper_end() -> None:
    whole = chat({"content": "Hello"}).removesuffix(b"data: [DONE]\n\n")

    for script in (sending(SSE, whole), sending(SSE, whole, then_hang=True)):
        reply = reply_in(await answered(script, patience=HASTY))
        assert (reply.text, reply.finish) == ("Hello", Finish.STOP)
        assert reply.usage.output_tokens > 0


async def test_windows_line_ends_and_events_of_several_lines_are_read() -> None:
    whole = chat({"content": "Hello"}).replace(b"\n", b"\r\n")
    whole = whole.replace(b'"choices":', b'\r\ndata: "choices":')

    assert text_of(await answered(sending(SSE, *(bytes([byte]) for byte in whole)))) == "Hello"


async def test_calls_are_told_apart_by_index_or_else_by_id() -> None:
    second = call("{}", "sub", index=1, id="c")
    shapes = [
        [call("{", index=0, id="c"), call('"a":1}', "", index=0), second],
        [call('{"a":1}', id="c1"), call("{}", "sub", id="c2")],
        [call('{"a":1}', index=0, id="c1"), call("{}", "sub", index=0, id="c2")],
        [call('{"a":1}', index=0), call("", "sub", index=1)],
    ]
    for deltas in shapes:
        reply = reply_in(await answered(sending(SSE, chat(*deltas, finish="tool_calls"))))
        assert [(one.name, one.arguments) for one in reply.calls] == [
            ("add", '{"a":1}'),
            ("sub", "{}"),
        ]
        assert reply.finish is Finish.TOOL_CALLS


@pytest.mark.parametrize(
    ("arguments", "finish"),
    [('{"a": 1', "tool_calls"), ('{"a": "x', "stop"), ('{"a": tr', "tool_calls"), ("{}", None)],
)
async def test_half_a_call_is_never_given(arguments: str, finish: str | None) -> None:
    script = sending(SSE, chat(call(arguments, index=0), finish=finish))
    came = await failure(script, dialect=ChatCompletionsModel)

    assert isinstance(came, ModelGarbledError)


async def test_a_call_cut_by_the_limit_is_not_tried_again() -> None:
    script = sending(SSE, chat(call('{"a": 1', index=0), finish="length"))
    came = await failure(script, dialect=ChatCompletionsModel)

    assert (came.code, came.retryable) == ("model_call_cut", False)


async def test_arguments_the_model_wrote_wrong_are_given_as_written() -> None:
    script = sending(SSE, chat(call("a is 1", index=0), finish="tool_calls"))

    [only] = reply_in(await answered(script)).calls
    assert only.arguments == "a is 1"


@both
async def test_an_answer_without_measure_is_cut(dialect: Callable[..., Model]) -> None:
    said = events(
        {
            "type": "response.output_text.delta",
            "delta": "x" * 1_000_000,
            "choices": [{"delta": {"content": "x" * 1_000_000}}],
        }
    )
    came = await failure(repeating(SSE, said), dialect=dialect)

    assert (came.code, came.retryable) == ("model_answer_too_long", False)


async def test_a_nul_in_the_answer_becomes_a_replacement_character() -> None:
    parts = await answered(sending(SSE, chat({"content": "a\0b"})))

    assert text_of(parts) == reply_in(parts).text == "a\ufffdb"


@pytest.mark.parametrize(
    ("error", "name"),
    [
        ({"code": "server_error", "message": PROMPT}, ModelUnavailableError),
        ({"code": "rate_limit_exceeded", "message": PROMPT}, ModelOverloadedError),
        ({"code": "context_length_exceeded", "message": PROMPT}, ContextTooLongError),
        ({"code": "invalid_prompt", "message": PROMPT}, ModelRefusedError),
        (None, ModelUnavailableError),
    ],
)
async def test_an_answer_that_failed_says_how(error: object, name: type[ModelError]) -> None:
    failed = events({"type": "response.failed", "response": {"status": "failed", "error": error}})
    came = await failure(sending(SSE, failed), dialect=ResponsesModel)

    assert type(came) is name
    assert PROMPT not in repr(came)


@pytest.mark.parametrize("lookup", [answer(404, {}), answer(500, {}), b"nonsense"])
async def test_a_stream_that_ends_early_stays_worth_another_attempt(lookup: bytes) -> None:
    created = events(
        {"type": "response.created", "sequence_number": 0, "response": {"id": "resp_1"}}
    )
    came = await failure(sending(SSE, created), sending(lookup), dialect=ResponsesModel)

    assert isinstance(came, ModelGarbledError)
    assert came.retryable


@pytest.mark.parametrize("status", [400, 403, 429, 500])
async def test_an_erasure_that_was_refused_is_not_taken_for_done(status: int) -> None:
    async with (
        serving(sending(answer(status, {}))) as wire,
        model_of(wire, ResponsesModel) as model,
    ):
        assert isinstance(model, ResponsesModel)
        with pytest.raises(ModelError):
            await model.delete("resp_1")


@pytest.mark.parametrize("response_id", ["", "x" * 201, "resp\0", "resp 1", "resp_\u2603", 7, None])
async def test_an_answer_under_an_id_that_cannot_be_kept_is_garbled(response_id: object) -> None:
    response = {"id": response_id, "status": "completed", "output": []}
    script = sending(SSE, events({"type": "response.completed", "response": response}))

    assert isinstance(await failure(script, dialect=ResponsesModel), ModelGarbledError)


async def test_events_that_come_twice_are_told_once() -> None:
    delta = {"type": "response.output_text.delta", "sequence_number": 4, "delta": "Hello"}
    completed = {
        "type": "response.completed",
        "response": {
            "id": "resp_1",
            "status": "completed",
            "output": [
                {"type": "message", "content": [{"type": "output_text", "text": "Hello"}]},
                {"type": "a_new_kind", "content": None},
            ],
        },
    }
    script = sending(SSE, events(delta, delta, {"type": "response.new_kind"}, completed))

    parts = await answered(script, dialect=ResponsesModel)

    assert [part.text for part in parts if isinstance(part, TextPart)] == ["Hello"]
    assert reply_in(parts).text == "Hello"


async def test_the_request_carries_its_id_and_no_strange_header() -> None:
    async with serving(sending(SSE, chat({"content": "x"}))) as wire, model_of(wire) as model:
        await parts_of(model, asking(PROMPT, request_id="r-1"))
        await parts_of(model, asking(PROMPT, request_id="r\r\nX-Evil: 1"))
        await parts_of(model, asking(PROMPT))

    assert b"x-request-id: r-1\r\n" in wire.requests[0].lower()
    assert not any(b"x-request-id" in sent.lower() for sent in wire.requests[1:])
    assert not any(b"x-evil" in sent.lower() for sent in wire.requests)


async def test_text_that_is_no_unicode_is_refused_before_it_is_sent() -> None:
    script = sending(SSE, chat({"content": "x"}))
    async with serving(script) as wire, model_of(wire) as model:
        with pytest.raises(ModelRefusedError):
            await parts_of(model, asking("\ud800"))

    assert wire.requests == []


async def test_azure_is_asked_by_deployment() -> None:
    async with (
        serving(sending(SSE, chat({"content": "x"}))) as wire,
        azure_client(
            api_key=KEY,
            endpoint=wire.base_url.removesuffix("/v1"),
            api_version="2024-10-21",
        ) as client,
    ):
        model = ChatCompletionsModel(client, "my-gpt", limit_field="max_completion_tokens")
        await parts_of(model, asking(PROMPT))

    [sent] = wire.requests
    path = b"POST /openai/deployments/my-gpt/chat/completions?api-version=2024-10-21 "
    assert sent.startswith(path)
    assert b"max_completion_tokens" in sent
    assert f"api-key: {KEY}".encode() in sent.lower()
