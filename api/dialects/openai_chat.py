"""A turn as the chunks of a chat completion. Pure: made of the log's events, nothing else."""

from collections.abc import Iterator, Mapping
from typing import Any, Final

import orjson

from api.dialects.sse import DONE, unnamed
from api.openai.answer import Answer
from api.openai.completion import BETWEEN, Facts, Failure, failure_of, finish_of, usage
from api.openai.errors import error_body
from domain.wire import WireEvent

_CHANGED: Final = Failure(
    "answer_superseded",
    "The answer was begun again, and what was sent of it cannot be taken back. Ask again.",
)


class ChatEncoder:
    """For one reader, from the turn's beginning. Chunks can take nothing back: where the text that
    stands is not the one that was sent, the stream ends with an error."""

    def __init__(self, facts: Facts, *, include_usage: bool = False) -> None:
        self.answer = Answer()
        self.ended = False
        self._facts, self._include_usage = facts, include_usage
        self._sent = ""
        """Of the step's text."""
        self._fresh = ""
        """Of the step's text as it is told again, as far as it says what was sent."""
        self._again = False
        self._spoken = False
        """An earlier text stands before this step's."""

    def opening(self) -> Iterator[bytes]:
        yield self._chunk({"role": "assistant", "content": ""})

    def take(self, event: WireEvent) -> Iterator[bytes]:
        """What the event becomes; nothing once the stream has ended."""
        if self.ended:
            return
        fields: dict[str, Any] = orjson.loads(event.data)
        match event.kind:
            case "text.delta":
                yield from self._delta(fields["text"])
            case "text.snapshot":
                self._again, self._fresh = True, ""
                yield from self._delta(fields["text"])
            case "step.started":
                self._next()
            case "attempt.superseded":
                self._again, self._fresh = True, ""
            case _:
                yield from self._coarse(event.kind, fields)

    def broken(self, failure: Failure) -> Iterator[bytes]:
        """The last word of a stream that cannot go on."""
        self.ended = True
        yield unnamed(error_body(500, failure.code, failure.detail))

    def _coarse(self, kind: str, fields: Mapping[str, Any]) -> Iterator[bytes]:
        self.answer.take(kind, fields)
        if kind == "text.completed":
            yield from self._completed(fields)
        elif kind == "text.withdrawn":
            # What stands in its place is said behind it.
            self._next()
        elif self.answer.ending is not None:
            yield from self._end()

    def _next(self) -> None:
        self._spoken = self._spoken or bool(self._sent)
        self._sent, self._fresh, self._again = "", "", False

    def _delta(self, text: str) -> Iterator[bytes]:
        if not self._again:
            yield from self._say(text)
            return
        self._fresh += text
        if self._fresh.startswith(self._sent):
            rest, self._again = self._fresh.removeprefix(self._sent), False
            yield from self._say(rest)
        elif not self._sent.startswith(self._fresh):
            yield from self.broken(_CHANGED)

    def _completed(self, fields: Mapping[str, Any]) -> Iterator[bytes]:
        text: str = fields["text"]
        changed = bool(fields["removed_marks"] or fields["redacted"])
        if text.startswith(self._sent):
            yield from self._say(text.removeprefix(self._sent))
        elif self._again or not changed:
            yield from self.broken(_CHANGED)
        self._next()

    def _say(self, text: str) -> Iterator[bytes]:
        if not text:
            return
        before = BETWEEN if self._spoken and not self._sent else ""
        self._sent += text
        yield self._chunk({"content": before + text})

    def _end(self) -> Iterator[bytes]:
        ending = self.answer.ending
        if ending is None:
            return
        if (failure := failure_of(ending)) is not None:
            yield from self.broken(failure)
            return
        self.ended = True
        yield self._chunk({}, finish_of(ending))
        if self._include_usage:
            yield unnamed({**self._head(), "choices": [], "usage": usage(self.answer.usage)})
        yield DONE

    def _chunk(self, delta: dict[str, Any], finish: str | None = None) -> bytes:
        choice = {"index": 0, "delta": delta, "logprobs": None, "finish_reason": finish}
        said = {**self._head(), "choices": [choice]}
        return unnamed({**said, "usage": None} if self._include_usage else said)

    def _head(self) -> dict[str, Any]:
        return {
            "id": self._facts.id,
            "object": "chat.completion.chunk",
            "created": self._facts.created,
            "model": self._facts.model,
            "service_tier": "default",
            "system_fingerprint": None,
        }
