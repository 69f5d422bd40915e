"""The Responses dialect: one answer as the events that OpenAI would send."""

import time
import uuid
from collections.abc import Iterator

import orjson

from local.model.conversation import Json
from local.model.directive import Failure
from local.model.plan import Ending, Plan, PlannedCall

ERRORS = {
    Failure.RATE_LIMITED: ("rate_limit_exceeded", "Rate limit reached (asked for by @offline)."),
    Failure.UNAVAILABLE: ("server_error", "The server is overloaded (asked for by @offline)."),
}
BROKEN = ("server_error", "The server had an error (asked for by @offline).")


class ResponseEncoder:
    """Builds events and, at any moment, the response object as it stands."""

    def __init__(
        self,
        plan: Plan,
        *,
        model: str,
        background: bool,
        metadata: dict[str, str],
        input_tokens: int,
    ) -> None:
        self.id = f"resp_{uuid.uuid4().hex}"
        self.model = model
        self.background = background
        self.tokens = 0
        self.status = "queued" if background else "in_progress"
        self._plan = plan
        self._metadata = metadata
        self._input_tokens = input_tokens
        self._created_at = int(time.time())
        self._number = 0
        self._output: list[Json] = []
        self._said: list[str] = []
        self._message_id: str | None = None

    def response(self) -> Json:
        """As OpenAI shows it, less instructions and tools: echoes can be most of the bytes."""
        ended = self.status not in {"queued", "in_progress"}
        reason = {Ending.LENGTH: "max_output_tokens", Ending.FILTERED: "content_filter"}
        return {
            "id": self.id,
            "object": "response",
            "created_at": self._created_at,
            "status": self.status,
            "background": self.background,
            "error": self._error() if self.status == "failed" else None,
            "incomplete_details": {"reason": reason[self._plan.ending]}
            if self.status == "incomplete"
            else None,
            "instructions": None,
            "metadata": self._metadata,
            "model": self.model,
            "output": [*self._output, *self._unfinished()],
            "parallel_tool_calls": True,
            "temperature": None,
            "tool_choice": "auto",
            "tools": [],
            "top_p": None,
            "usage": self._usage() if ended else None,
        }

    def events(self) -> Iterator[bytes | None]:
        yield self._snapshot("response.created")
        if self.background:
            yield self._snapshot("response.queued")
        self.status = "in_progress"
        yield self._snapshot("response.in_progress")
        if self._plan.reasoning:
            yield from self._reasoning()
        if self._plan.tokens is not None:
            yield from self._message(self._plan.tokens)
        for call in self._plan.calls:
            yield from self._call(call)
        yield self._end()

    def _end(self) -> bytes:
        match self._plan.ending:
            case Ending.COMPLETED:
                self.status = "completed"
            case Ending.FAILED:
                self.status = "failed"
            case Ending.LENGTH | Ending.FILTERED:
                self.status = "incomplete"
        return self._snapshot(f"response.{self.status}")

    def _message(self, tokens: tuple[str, ...]) -> Iterator[bytes | None]:
        self._message_id = item_id = f"msg_{uuid.uuid4().hex}"
        place = {"output_index": len(self._output), "content_index": 0, "item_id": item_id}
        yield self._item("added", _message_item(item_id, "in_progress", None))
        yield self._event("response.content_part.added", **place, part=_text_part(""))
        head = _delta_head("response.output_text.delta", **place, logprobs=[])
        for token in tokens:
            yield None
            text = f"t{time.time_ns() // 1000} " if self._plan.stamp else token
            self._said.append(text)
            self.tokens += 1
            yield self._delta(head, text)
        if self._plan.ending is Ending.FAILED:
            return
        text = "".join(self._said)
        yield self._event("response.output_text.done", **place, text=text, logprobs=[])
        yield self._event("response.content_part.done", **place, part=_text_part(text))
        self._message_id = None
        status = "completed" if self._plan.ending is Ending.COMPLETED else "incomplete"
        yield self._done(_message_item(item_id, status, text))

    def _call(self, call: PlannedCall) -> Iterator[bytes | None]:
        item_id = f"fc_{uuid.uuid4().hex}"
        item: Json = {
            "type": "function_call",
            "id": item_id,
            "call_id": call.call_id,
            "name": call.tool,
            "arguments": "",
            "status": "in_progress",
        }
        place = {"output_index": len(self._output), "item_id": item_id}
        yield self._item("added", item)
        head = _delta_head("response.function_call_arguments.delta", **place)
        for piece in call.pieces:
            yield None
            self.tokens += 1
            yield self._delta(head, piece)
        arguments = "".join(call.pieces)
        if call.complete:
            yield self._event(
                "response.function_call_arguments.done",
                **place,
                name=call.tool,
                arguments=arguments,
            )
        elif self._plan.ending is Ending.FAILED:
            return
        status = "completed" if call.complete else "incomplete"
        yield self._done({**item, "arguments": arguments, "status": status})

    def _reasoning(self) -> Iterator[bytes | None]:
        item_id = f"rs_{uuid.uuid4().hex}"
        place = {"output_index": len(self._output), "item_id": item_id, "summary_index": 0}
        yield self._item("added", {"type": "reasoning", "id": item_id, "summary": []})
        empty = {"type": "summary_text", "text": ""}
        yield self._event("response.reasoning_summary_part.added", **place, part=empty)
        head = _delta_head("response.reasoning_summary_text.delta", **place)
        thoughts = [f"r{number} " for number in range(self._plan.reasoning)]
        for thought in thoughts:
            yield None
            yield self._delta(head, thought)
        part = {"type": "summary_text", "text": "".join(thoughts)}
        yield self._event("response.reasoning_summary_text.done", **place, text=part["text"])
        yield self._event("response.reasoning_summary_part.done", **place, part=part)
        yield self._done({"type": "reasoning", "id": item_id, "summary": [part]})

    def _unfinished(self) -> list[Json]:
        """What a cancelled or failed answer had said so far."""
        if self._message_id is None:
            return []
        status = "in_progress" if self.status == "in_progress" else "incomplete"
        return [_message_item(self._message_id, status, "".join(self._said))]

    def _usage(self) -> Json:
        output_tokens = self.tokens + self._plan.reasoning
        return {
            "input_tokens": self._input_tokens,
            "input_tokens_details": {"cached_tokens": 0, "cache_write_tokens": 0},
            "output_tokens": output_tokens,
            "output_tokens_details": {"reasoning_tokens": self._plan.reasoning},
            "total_tokens": self._input_tokens + output_tokens,
        }

    def _error(self) -> Json:
        failure = self._plan.failure
        code, message = ERRORS.get(failure, BROKEN) if failure is not None else BROKEN
        return {"code": code, "message": message}

    def _snapshot(self, kind: str) -> bytes:
        return self._event(kind, response=self.response())

    def _item(self, what: str, item: Json) -> bytes:
        return self._event(
            f"response.output_item.{what}", output_index=len(self._output), item=item
        )

    def _done(self, item: Json) -> bytes:
        event = self._item("done", item)
        self._output.append(item)
        return event

    def _event(self, kind: str, **fields: object) -> bytes:
        body = orjson.dumps({"type": kind, "sequence_number": self._number, **fields})
        self._number += 1
        return b"event: %b\ndata: %b\n\n" % (kind.encode(), body)

    def _delta(self, head: bytes, text: str) -> bytes:
        event = b'%b"sequence_number":%d,"delta":%b}\n\n' % (head, self._number, orjson.dumps(text))
        self._number += 1
        return event


def _delta_head(kind: str, **fields: object) -> bytes:
    """A delta's bytes up to what changes from token to token: most of the cost of a stream."""
    opened = orjson.dumps({"type": kind, **fields})[:-1]
    return b"event: %b\ndata: %b," % (kind.encode(), opened)


def _message_item(item_id: str, status: str, text: str | None) -> Json:
    content = [] if text is None else [_text_part(text)]
    return {
        "type": "message",
        "id": item_id,
        "role": "assistant",
        "status": status,
        "content": content,
    }


def _text_part(text: str) -> Json:
    return {"type": "output_text", "text": text, "annotations": [], "logprobs": []}
