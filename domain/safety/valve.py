"""Between a model's stream and its readers: shows what may be shown, part by whole part."""

import re
from collections import deque
from collections.abc import Callable, Collection
from typing import Final, Protocol

from domain.safety.redaction import Redactor
from models.payloads.chat import Cursor, ReasoningPart, TextPart
from models.payloads.safety import Private

Part = TextPart | ReasoningPart

# What a sentence's end is: white space behind a full stop, and every end of a line.
_SENTENCE_END = re.compile(r"[.!?…][\"'”’)\]*_]{0,4}\s+|[。！？]|\n")
# A sentence that goes on for longer is looked at as far as it is.
_LONGEST_SENTENCE: Final = 2_000
# What is looked at again with each sentence: what gives an answer away may begin before it.
_LOOKED_AT: Final = 1_500


class Valve(Protocol):
    """One stream's. What it gives is in the stream's order, and a cursor it gives never stands
    behind text that it still holds."""

    def take(self, part: Part) -> tuple[Part, ...]:
        """What may be shown now: nothing, this part, or those held before as well."""


class Open:
    """Holds nothing."""

    def take(self, part: Part) -> tuple[Part, ...]:
        return (part,)


class Shut:
    """Shows nothing: the whole answer is looked at first."""

    def take(self, part: Part) -> tuple[Part, ...]:  # noqa: ARG002 -- whatever it is
        return ()


class Redacting:
    """Takes private data out. Holds the parts that may still turn out to have some."""

    def __init__(self, kinds: Collection[Private], shown: str = "") -> None:
        self._streams = {TextPart: Redactor(kinds, shown), ReasoningPart: Redactor(kinds)}
        self._held: deque[tuple[Part, int]] = deque()
        """With the place where each ends in its stream."""
        self._cursor: Cursor | None = None

    def take(self, part: Part) -> tuple[Part, ...]:
        return self.take_to(part, None)

    def take_to(self, part: Part, limit: int | None) -> tuple[Part, ...]:
        """And of the text nothing behind `limit`, a place in it."""
        stream = self._streams[type(part)]
        stream.push(part.text)
        self._held.append((part, stream.end))
        return self._shown(self._ready(limit))

    def _ready(self, limit: int | None) -> int:
        """How many of the held parts may be shown: the first ones, ended where both may end."""
        text = self._streams[TextPart]
        reach = {
            TextPart: text.boundary(text.end if limit is None else limit),
            ReasoningPart: self._streams[ReasoningPart].boundary(self._streams[ReasoningPart].end),
        }
        ready, last = 0, {TextPart: True, ReasoningPart: True}
        for count, (part, end) in enumerate(self._held, start=1):
            kind = type(part)
            if end > reach[kind]:
                break
            last[kind] = self._streams[kind].boundary(end) == end
            if all(last.values()):
                ready = count
        return ready

    def _shown(self, count: int) -> tuple[Part, ...]:
        parts: list[Part] = []
        for left in range(count, 0, -1):
            part, end = self._held.popleft()
            self._cursor = part.cursor or self._cursor
            if left > 1 and type(self._held[0][0]) is type(part):
                continue  # shown as one with the next
            if text := self._streams[type(part)].release(end):
                parts.append(part.model_copy(update={"text": text, "cursor": None}))
        if not parts:
            return ()
        # A cursor goes with the last of what it stands behind.
        parts[-1] = parts[-1].model_copy(update={"cursor": self._cursor})
        self._cursor = None
        return tuple(parts)


class BySentence:
    """Shows whole sentences that were looked at. Once one gives the answer away, nothing more is
    shown; and never any reasoning, which nobody looks at."""

    def __init__(
        self, kinds: Collection[Private], shown: str, gives_away: Callable[[str], bool]
    ) -> None:
        self._redacting = Redacting(kinds, shown)
        self._gives_away = gives_away
        self._before = shown[-_LOOKED_AT:]
        self._text = ""
        """What is not looked at yet."""
        self._clean = 0
        self._shut = False

    def take(self, part: Part) -> tuple[Part, ...]:
        if self._shut or isinstance(part, ReasoningPart):
            return ()
        self._text += part.text
        self._look()
        return () if self._shut else self._redacting.take_to(part, self._clean)

    def _look(self) -> None:
        ends = [match.end() for match in _SENTENCE_END.finditer(self._text)]
        end = ends[-1] if ends else 0
        if not end and len(self._text) > _LONGEST_SENTENCE:
            end = len(self._text)
        if not end:
            return
        looked_at = self._before + self._text[:end]
        self._shut = self._gives_away(looked_at)
        self._before, self._text = looked_at[-_LOOKED_AT:], self._text[end:]
        self._clean += end
