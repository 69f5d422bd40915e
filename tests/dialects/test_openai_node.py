"""OpenAI's Node client against the edge as it is started: only `baseURL` and `apiKey` are set."""

from typing import Any

import openai
import pytest
from openai import AsyncOpenAI

from tests.dialects.conftest import LASTING, Site
from tests.dialects.node import Clients
from tests.dialects.openai_node import openai_node

WORDS = "Hello\n@offline tokens=5"
SAID = "w0 w1 w2 w3 w4"
Said = dict[str, Any]
__all__ = ["openai_node"]


@pytest.fixture(scope="module")
async def server(site: Site) -> Said:
    """A key names its space: nothing else is to be set."""
    made = await site.client.post("/v1/api-keys", json={"name": "node", "role": "member"})
    assert made.status_code == 201, made.text
    return {"base_url": f"{site.address}/v1/openai", "api_key": made.json()["key"]}


async def test_a_stream_goes_on_from_a_response_and_resumes(
    server: Said, openai_node: Clients
) -> None:
    first = await openai_node.ask(
        "respond", server=server, params={"model": "direct", "input": WORDS}
    )
    final = first["final"]
    assert final["output_text"].strip() == SAID
    assert list(first["deltas"].values()) == [final["output_text"]]
    second = await openai_node.ask(
        "respond",
        server=server,
        params={"model": "direct", "input": WORDS, "previous_response_id": final["id"]},
    )
    assert second["final"]["conversation"] == final["conversation"]
    after = first["numbers"][3]
    resumed = await openai_node.ask(
        "respond", server=server, params={"response_id": final["id"], "starting_after": after}
    )
    assert resumed["numbers"] == first["numbers"][4:]
    assert resumed["final"]["output"] == final["output"]


async def test_a_background_response_is_cancelled(server: Said, openai_node: Clients) -> None:
    begun = await openai_node.ask(
        "call",
        server=server,
        method="responses.create",
        given=[{"model": "direct", "input": LASTING, "background": True}],
    )
    assert begun["answer"]["status"] in {"queued", "in_progress"}
    stopped = await openai_node.ask(
        "call", server=server, method="responses.cancel", given=[begun["answer"]["id"]]
    )
    assert stopped["answer"]["status"] == "cancelled"
    kept = await openai_node.ask(
        "call", server=server, method="responses.retrieve", given=[begun["answer"]["id"]]
    )
    assert kept["answer"]["status"] == "cancelled"


async def test_a_chat_streams_and_comes_whole(server: Said, openai_node: Clients) -> None:
    messages = [
        {"role": "system", "content": "Be brief."},
        {"role": "user", "content": "Hi"},
        {"role": "assistant", "content": "Hello."},
        {"role": "user", "content": WORDS},
    ]
    streamed = await openai_node.ask(
        "complete",
        server=server,
        params={
            "model": "direct",
            "messages": messages,
            "stream_options": {"include_usage": True},
        },
    )
    assert streamed["text"].strip() == SAID
    assert streamed["final"]["usage"]["completion_tokens"] == 5
    whole = await openai_node.ask(
        "call",
        server=server,
        method="chat.completions.create",
        given=[{"model": "direct", "messages": messages}],
    )
    assert whole["answer"]["choices"][0]["message"]["content"].strip() == SAID


@pytest.mark.parametrize(
    ("changes", "asked", "name", "code"),
    [
        ({}, {"model": "gpt-9"}, "NotFoundError", "model_not_found"),
        ({}, {"seed": 1}, "BadRequestError", "unknown_parameter"),
        ({}, {"top_p": 0.1}, "BadRequestError", "unsupported_value"),
        ({"api_key": "hf_wrong"}, {}, "AuthenticationError", "invalid_api_key"),
    ],
)
async def test_failures_are_the_clients_own(
    server: Said,
    openai_node: Clients,
    changes: Said,
    asked: Said,
    name: str,
    code: str,
) -> None:
    failed = await openai_node.ask(
        "call",
        server={**server, **changes},
        method="responses.create",
        given=[{"model": "direct", "input": WORDS, **asked}],
    )
    assert failed["error"]["name"] == name
    assert failed["error"]["code"] == code


async def test_pythons_client_needs_nothing_but_the_key(server: Said) -> None:
    async with AsyncOpenAI(base_url=server["base_url"], api_key=server["api_key"]) as client:
        assert (
            await client.responses.create(model="direct", input=WORDS)
        ).output_text.strip() == SAID
        with pytest.raises(openai.NotFoundError):
            await client.models.retrieve("gpt-9")
