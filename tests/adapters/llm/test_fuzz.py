"""A thousand damaged streams: a named error or a sound answer, and never half a call."""

from collections.abc import AsyncIterator, Callable
from random import Random

import httpx2
import orjson
import pytest

from adapters.llm.chat_completions import ChatCompletionsModel
from adapters.llm.connection import openai_client
from adapters.llm.patience import Patience
from adapters.llm.responses import ResponsesModel
from models.errors import ModelError
from models.payloads.chat import Reply
from tests.adapters.llm.asking import asking, parts_of
from tests.adapters.llm.mutation import MUTATIONS, cut, split
from tests.adapters.llm.wire import SSE, Script, Wire, answer, sending, serving

ARGUMENTS = '{"a": 12, "why": "because \\"two\\" ☃", "deep": [{"b": [1, 2]}]}'
QUESTIONS = (
    "@offline tokens=12 reasoning=3\nhello",
    f"@offline call=add args={ARGUMENTS}\n@offline call=add args={ARGUMENTS}\nadd",
)
RUNS = 250
Dialect = Callable[..., ResponsesModel | ChatCompletionsModel]


async def recorded(server: str, dialect: Dialect, question: str) -> bytes:
    """The bytes of a sound answer, as the offline server sends them."""
    message = {"role": "user", "content": question}
    tool = {"name": "add", "parameters": {"type": "object"}}
    if dialect is ResponsesModel:
        path = "responses"
        body = {"input": [message], "background": True, "tools": [{"type": "function", **tool}]}
    else:
        path = "chat/completions"
        body = {"messages": [message], "tools": [{"type": "function", "function": tool}]}
    async with httpx2.AsyncClient() as http:
        came = await http.post(f"{server}/v1/{path}", json={"model": "m", "stream": True, **body})
    assert came.status_code == 200
    return came.content


@pytest.fixture
async def wire() -> AsyncIterator[Wire]:
    async with serving(sending()) as wire:
        yield wire


def damaged(stream: bytes, chance: Random) -> tuple[bytes, bool]:
    """A mutated stream, and whether all that happened to it was being cut."""
    mutations = [chance.choice(MUTATIONS) for _ in range(chance.randint(1, 2))]
    for mutation in mutations:
        stream = mutation(stream, chance) if stream else stream
    return stream, all(mutation is cut for mutation in mutations)


def scripted(stream: bytes, chance: Random) -> list[Script]:
    """The stream, then nothing for whoever asks about the response."""
    return [sending(SSE, *split(stream, chance)), sending(answer(404, {}))]


def is_beginning_of_arguments(text: str) -> bool:
    return text != ARGUMENTS and ARGUMENTS.startswith(text)


@pytest.mark.parametrize("question", QUESTIONS, ids=["text", "calls"])
@pytest.mark.parametrize("dialect", [ResponsesModel, ChatCompletionsModel])
async def test_a_damaged_stream_is_an_error_or_an_answer(
    offline_server: str, wire: Wire, dialect: Dialect, question: str
) -> None:
    sound = await recorded(offline_server, dialect, question)
    replies = errors = 0
    async with openai_client(api_key="x", base_url=wire.base_url) as client:
        model = dialect(client, "m", Patience(first_token=20, between_tokens=20))
        for seed in range(RUNS):
            chance = Random(seed)  # noqa: S311 - makes test cases
            stream, only_cut = damaged(sound, chance)
            wire.scripts = scripted(stream, chance)
            try:
                parts = await parts_of(model, asking("hello"))
            except ModelError:
                errors += 1
                continue
            replies += 1
            reply = parts[-1]
            assert isinstance(reply, Reply)
            for call in reply.calls:
                assert not is_beginning_of_arguments(call.arguments), seed
            if only_cut and dialect is ResponsesModel:
                assert stream.rstrip() == sound.rstrip(), seed
            if only_cut and question is QUESTIONS[1]:
                assert [orjson.loads(call.arguments) for call in reply.calls] == [
                    orjson.loads(ARGUMENTS)
                ] * 2, seed

    assert replies + errors == RUNS
    assert min(replies, errors) > RUNS // 20
