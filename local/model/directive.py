"""`@offline key=value …` lines: how a test or a demonstration steers one answer."""

import math
import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any

import orjson

from local.model.problems import ProblemError

# Bounds on what one line may ask for: an answer's events are kept in memory.
MOST_TOKENS = 50_000
MOST_CALLS = 64
LONGEST_WAIT_MS = 600_000.0

ANY_LINE = re.compile(r"^[ \t]*@offline(?:[ \t].*)?$", re.MULTILINE)
LINE = re.compile(r"^[ \t]*@offline(?:[ \t]+(?!structured=1\b)(.+))?$", re.MULTILINE)
# Anywhere in a line: a transcript puts the speaker before it.
STRUCTURED_LINE = re.compile(r"@offline[ \t]+structured=1\b[ \t]*(.*)$", re.MULTILINE)
# These take the rest of the line, spaces included.
TO_THE_END = re.compile(r"(?:^|[ \t])(args|reply)=(.*)$")


class Failure(StrEnum):
    """What goes wrong. The first group is answered by status, the second inside the answer,
    the third on the connection that carries it."""

    UNKNOWN_MODEL = "404"
    RATE_LIMITED = "429"
    BROKEN = "500"
    UNAVAILABLE = "503"

    FILTER = "filter"
    EMPTY = "empty"
    GARBAGE = "garbage"
    REPEAT_CALL_ID = "repeat_call_id"

    DROP = "drop"
    STALL = "stall"
    TRICKLE = "trickle"
    TRUNCATE = "truncate"
    MALFORMED = "malformed"
    HTML = "html"
    SPLIT_UTF8 = "split_utf8"
    BAD_UTF8 = "bad_utf8"
    HUGE_LINE = "huge_line"
    ENDLESS_LINE = "endless_line"
    FUZZ = "fuzz"

    @property
    def by_status(self) -> bool:
        return self.value.isdecimal()

    @property
    def on_the_wire(self) -> bool:
        return not self.by_status and self not in {
            Failure.FILTER,
            Failure.EMPTY,
            Failure.GARBAGE,
            Failure.REPEAT_CALL_ID,
        }


class Finish(StrEnum):
    LENGTH = "length"
    CONTENT_FILTER = "content_filter"


class DirectiveError(ProblemError):
    """Refused, since a directive that is silently ignored lets a test pass for nothing."""

    def __init__(self, message: str) -> None:
        super().__init__(f"@offline: {message}", param="input", code="bad_directive")


@dataclass(frozen=True, slots=True)
class WantedCall:
    tool: str
    arguments: str = "{}"


@dataclass(frozen=True, slots=True)
class Directive:
    """What `@offline` lines ask for; `call=` lines add up, of other keys the last counts.

    `after` counts text and argument deltas: of the answer, or, for failures of the connection, of
    those sent on it. `times` counts failures of this very message, whichever call meets them, and
    a failure of the connection also meets those who take a stream up again; without it there is no
    end. `lasts` is in seconds from this message's first call: the failure is over then. `model`
    lets only calls of that model fail. A refusal names its wait in seconds, `retry_after`, or with
    `retry_date` as the date when it is over.
    `pause_ms` lies between the bytes of a trickle, `seed` decides how a stream is fuzzed. Each
    `call` line is one call of a step, repeated in `calls` steps; `reply` or `tokens` say
    what follows. `stamp` makes each token `t<microseconds since the epoch> `.
    """

    ttft_ms: float | None = None
    gap_ms: float | None = None
    tokens: int | None = None
    fail: Failure | None = None
    model: str | None = None
    after: int | None = None
    times: int | None = None
    lasts: float | None = None
    retry_after: float | None = None
    retry_date: bool = False
    pause_ms: float = 10_000.0
    seed: int = 0
    call: tuple[WantedCall, ...] = ()
    calls: int = 1
    reply: str | None = None
    reasoning: int = 0
    finish: Finish | None = None
    stamp: bool = False


def whole(most: int) -> Callable[[str], int]:
    def read(text: str) -> int:
        if not text.isdecimal() or int(text) > most:
            raise ValueError(text)
        return int(text)

    return read


def span(text: str) -> float:
    value = float(text)
    if not math.isfinite(value) or not 0 <= value <= LONGEST_WAIT_MS:
        raise ValueError(text)
    return value


READERS: dict[str, Callable[[str], Any]] = {
    "ttft_ms": span,
    "gap_ms": span,
    "tokens": whole(MOST_TOKENS),
    "fail": Failure,
    "model": str,
    "after": whole(MOST_TOKENS),
    "times": whole(1_000_000),
    "lasts": span,
    "retry_after": span,
    "retry_date": lambda text: bool(whole(1)(text)),
    "pause_ms": span,
    "seed": whole(2**31),
    "calls": whole(1_000),
    "reply": lambda text: text.strip(),
    "reasoning": whole(MOST_TOKENS),
    "finish": Finish,
    "stamp": lambda text: bool(whole(1)(text)),
}


def read_directive(message: str, *, structured: bool = False) -> tuple[Directive, str]:
    """Split a user message into what steers the server and what was asked.

    Structured output obeys only what says `@offline structured=1 …`, and nothing else obeys that: a
    summary's input quotes the conversation, whose own directives must not steer the summary.
    """
    if "@offline" not in message:
        return Directive(), message
    directive = Directive()
    for line in (STRUCTURED_LINE if structured else LINE).finditer(message):
        directive = _obeying(directive, line.group(1) or "")
    return directive, ANY_LINE.sub("", message).strip()


def _obeying(directive: Directive, line: str) -> Directive:
    words = line
    values: dict[str, Any] = {}
    tool: str | None = None
    arguments = "{}"
    if rest := TO_THE_END.search(line):
        words = line[: rest.start()]
        if rest.group(1) == "args":
            arguments = _json(rest.group(2))
        else:
            values["reply"] = rest.group(2).strip()
    for word in words.split():
        key, equals, value = word.partition("=")
        if key == "call" and value:
            tool = value
        elif not equals or key not in READERS:
            raise DirectiveError(f"{word!r} is not known; known: call, args, {', '.join(READERS)}")
        else:
            values[key] = _value(key, value)
    if tool is not None:
        if len(directive.call) >= MOST_CALLS:
            raise DirectiveError(f"more than {MOST_CALLS} calls")
        values["call"] = (*directive.call, WantedCall(tool, arguments))
    return replace(directive, **values)


def _value(key: str, text: str) -> object:
    try:
        return READERS[key](text)
    except ValueError as error:
        raise DirectiveError(f"{key}={text[:80]!r} is no value for {key}") from error


def _json(text: str) -> str:
    try:
        orjson.loads(text)
    except orjson.JSONDecodeError as error:
        raise DirectiveError(f"args is no JSON: {error}") from error
    return text.strip()
