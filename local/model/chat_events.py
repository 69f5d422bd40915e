"""The Chat Completions dialect: one answer as chunks, or as one completion."""

import time
import uuid
from collections.abc import Iterator

import orjson

from local.model.conversation import Json
from local.model.directive import Failure
from local.model.failures import STATUSES
from local.model.plan import Ending, Plan, PlannedCall
from local.model.problems import error_body

DONE = b"data: [DONE]\n\n"
FINISHES = {Ending.LENGTH: "length", Ending.FILTERED: "content_filter"}


class ChatEncoder:
    def __init__(self, plan: Plan, *, model: str, input_tokens: int, include_usage: bool) -> None:
        self.id = f"chatcmpl-{uuid.uuid4().hex}"
        self.model = model
        self.tokens = 0
        self.status = "in_progress"
        self._plan = plan
        self._input_tokens = input_tokens
        self._include_usage = include_usage
        self._created = int(time.time())
        self._said: list[str] = []
        usage = b',"usage":null' if include_usage else b""
        opened = orjson.dumps(self._envelope("chat.completion.chunk"))[:-1]
        # A chunk's bytes around its delta: most of the cost of a stream.
        self._head = b'data: %b,"choices":[{"index":0,"delta":' % opened
        self._tail = b',"logprobs":null,"finish_reason":null}]%b}\n\n' % usage

    @property
    def finish_reason(self) -> str:
        if self._plan.ending is Ending.COMPLETED:
            return "tool_calls" if self._plan.calls else "stop"
        return FINISHES.get(self._plan.ending, "stop")

    def completion(self) -> Json:
        """The whole answer, for a request that does not stream."""
        message: Json = {
            "role": "assistant",
            "content": None if self._plan.tokens is None else "".join(self._said),
            "refusal": None,
        }
        if self._plan.reasoning:
            message["reasoning_content"] = "".join(self._thoughts())
        if self._plan.calls:
            message["tool_calls"] = [
                _opened(call, "".join(call.pieces)) for call in self._plan.calls
            ]
        choice = {
            "index": 0,
            "message": message,
            "logprobs": None,
            "finish_reason": self.finish_reason,
        }
        return {
            **self._envelope("chat.completion"),
            "choices": [choice],
            "usage": self._usage(),
        }

    def events(self) -> Iterator[bytes | None]:
        yield self._chunk({"role": "assistant", "content": ""})
        for thought in self._thoughts():
            yield None
            yield self._chunk({"reasoning_content": thought})
        for token in self._plan.tokens or ():
            yield None
            text = f"t{time.time_ns() // 1000} " if self._plan.stamp else token
            self._said.append(text)
            self.tokens += 1
            yield b'%b{"content":%b}%b' % (self._head, orjson.dumps(text), self._tail)
        for index, call in enumerate(self._plan.calls):
            yield from self._call(index, call)
        if self._plan.ending is Ending.FAILED:
            self.status = "failed"
            yield b"data: %b\n\n" % orjson.dumps(self._error())
            return
        self.status = "completed" if self._plan.ending is Ending.COMPLETED else "incomplete"
        yield self._last()
        if self._include_usage:
            body = {
                **self._envelope("chat.completion.chunk"),
                "choices": [],
                "usage": self._usage(),
            }
            yield b"data: %b\n\n" % orjson.dumps(body)
        yield DONE

    def _call(self, index: int, call: PlannedCall) -> Iterator[bytes | None]:
        yield self._chunk({"tool_calls": [{"index": index, **_opened(call, "")}]})
        for piece in call.pieces:
            yield None
            self.tokens += 1
            yield self._chunk({"tool_calls": [{"index": index, "function": {"arguments": piece}}]})

    def _thoughts(self) -> Iterator[str]:
        """vLLM's and DeepSeek's extension: OpenAI's own chat shows no reasoning."""
        return (f"r{number} " for number in range(self._plan.reasoning))

    def _last(self) -> bytes:
        choice = {
            "index": 0,
            "delta": {},
            "logprobs": None,
            "finish_reason": self.finish_reason,
        }
        body = {**self._envelope("chat.completion.chunk"), "choices": [choice]}
        if self._include_usage:
            body["usage"] = None
        return b"data: %b\n\n" % orjson.dumps(body)

    def _chunk(self, delta: Json) -> bytes:
        return self._head + orjson.dumps(delta) + self._tail

    def _envelope(self, kind: str) -> Json:
        return {"id": self.id, "object": kind, "created": self._created, "model": self.model}

    def _usage(self) -> Json:
        output_tokens = self.tokens + self._plan.reasoning
        return {
            "prompt_tokens": self._input_tokens,
            "completion_tokens": output_tokens,
            "total_tokens": self._input_tokens + output_tokens,
            "prompt_tokens_details": {"cached_tokens": 0},
            "completion_tokens_details": {"reasoning_tokens": self._plan.reasoning},
        }

    def _error(self) -> Json:
        code, kind, message = STATUSES[self._plan.failure or Failure.BROKEN]
        return error_body(f"{message} (asked for by @offline)", kind, param=None, code=code)


def _opened(call: PlannedCall, arguments: str) -> Json:
    function = {"name": call.tool, "arguments": arguments}
    return {"id": call.call_id, "type": "function", "function": function}
