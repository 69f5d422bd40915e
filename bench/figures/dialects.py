"""What a token costs on the wire, by dialect: bytes of the whole answer, divided by its tokens."""

import json
from collections.abc import Callable, Mapping
from uuid import uuid4

from bench.client import Connection, Request, TurnFailedError
from bench.figures.single import SHAPE
from bench.load import think
from bench.ours import Holdfast
from bench.plan import PAUSE, Plan
from bench.results import Results
from local.ports import HOST

BYTES = "bytes per token on the wire"
Body = Callable[[str, str], Mapping[str, object]]
"""Of an agent's name and a message."""


def _native(agent: str, content: str) -> Mapping[str, object]:
    return {"id": str(uuid4()), "agent": agent, "content": content}


def _ai_sdk(agent: str, content: str) -> Mapping[str, object]:
    message = {"id": str(uuid4()), "role": "user", "parts": [{"type": "text", "text": content}]}
    chat = {"id": str(uuid4()), "trigger": "submit-message", "messages": [message]}
    return {**chat, "agent": agent}


def _ag_ui(agent: str, content: str) -> Mapping[str, object]:  # noqa: ARG001 - its address names it
    message = {"id": str(uuid4()), "role": "user", "content": content}
    ids = {"threadId": str(uuid4()), "runId": str(uuid4())}
    nothing: dict[str, object] = {"tools": [], "context": [], "state": {}, "forwardedProps": {}}
    return {**ids, "messages": [message], **nothing}


def _responses(agent: str, content: str) -> Mapping[str, object]:
    return {"model": agent, "input": content, "stream": True}


def _completions(agent: str, content: str) -> Mapping[str, object]:
    return {"model": agent, "messages": [{"role": "user", "content": content}], "stream": True}


DIALECTS: Mapping[str, tuple[str, Body]] = {
    "native": ("/v1/messages", _native),
    "AI SDK": ("/v1/ai-sdk/chat", _ai_sdk),
    "AG-UI": ("/v1/ag-ui/{agent}", _ag_ui),
    "OpenAI Responses": ("/v1/openai/responses", _responses),
    "OpenAI Chat Completions": ("/v1/openai/chat/completions", _completions),
}


async def measure(contender: Holdfast, plan: Plan, results: Results) -> None:
    connection = Connection(HOST, contender.port)
    try:
        for name, (path, body) in DIALECTS.items():
            address = path.format(agent=contender.agent)
            for _ in range(plan.dialect_turns):
                await think(PAUSE)
                said = json.dumps(body(contender.agent, SHAPE.content())).encode()
                headers = {**contender.headers, "accept": "text/event-stream"}
                try:
                    answer = await connection.send(Request("POST", address, said, headers))
                except TurnFailedError as error:
                    results.fail(contender.name, [f"{name}: {error}"])
                    continue
                # Final texts carry every token again, and some dialects send them twice.
                results.add(BYTES, name, "bytes", [answer.size / max(answer.tokens, 1)])
    finally:
        connection.close()
