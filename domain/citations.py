"""Keep the citation marks that something given bears out, and take the others out."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from domain.citation_marks import Group, groups_in
from domain.ports.transcript import Passage
from domain.support import supported

# Marks of one answer that are judged; a model gone astray may write thousands. The rest must only
# be known.
MOST_JUDGED: Final = 300
# Marks in a row that stand for one claim.
MOST_TOGETHER: Final = 20
# Of the text before a mark that it may stand for.
LONGEST_CLAIM: Final = 2_000

# What ends a sentence, and the closing signs behind it.
_END = re.compile(r"[.!?…][\"'”’»)\]*_]*(?=\s|$)|[。！？]+[」』”）]*|\n")
_PARAGRAPH = re.compile(r"\n\s*\n|\n(?=\s*(?:[-*+•]|\d+[.)]|\#{1,6})\s)")
# Not the ends of sentences.
_SHORT = re.compile(
    r"\b(?:[A-Za-z]|[Mm]rs?|[Dd]r|[Nn]o|[Ss]t|vs|[Ee]tc|[Ff]ig|[Aa]pprox|e\.g|i\.e)$"
)


@dataclass(frozen=True, slots=True)
class Checked:
    """`removed` are the marks that were taken out of the text, once each."""

    text: str
    removed: tuple[str, ...] = ()


def checked(text: str, passages: Sequence[Passage]) -> Checked:
    """Without marks of passages that were not given, or that have nothing of the sentence that
    cites them. An answer of marks alone stays as it is, and so do numbers in brackets that look
    like something else: code, links, `items[3]`, `[10, 20, 30]`."""
    reading = _Reading(text, {p.source.mark: _readable(p) for p in passages if p.source.mark > 0})
    pieces: list[str] = []
    removed: dict[str, None] = {}
    end = 0
    for place, group in enumerate(reading.groups):
        kept = reading.kept(place)
        if kept is None:
            continue
        gone = [number for number in group.numbers if number not in kept]
        removed.update((f"[{number}]", None) for number in gone)
        before, own = text[end : group.start], text[group.start : group.end]
        end = group.end
        if kept:
            plain = f"[{', '.join(map(str, kept))}]"
            pieces += (before, plain if gone or group.wide else own)
        elif _begins_line(text, group.start):
            pieces.append(before)
            while text.startswith(" ", end):
                end += 1
        else:
            pieces.append(_closed(before, text[end : end + 1]))
    result = "".join([*pieces, text[end:]])
    return Checked(result, tuple(removed)) if result.strip() else Checked(text)


def _readable(passage: Passage) -> str:
    source = passage.source
    return f"{source.title}\n{source.heading}\n{passage.text}"


class _Reading:
    """An answer's marks beside the texts that they may mean."""

    def __init__(self, text: str, texts: Mapping[int, str]) -> None:
        self.groups = groups_in(text)
        self._text = text
        self._texts = texts

    def kept(self, place: int) -> tuple[int, ...] | None:
        """The group's numbers that may stay; None when it is no citation, and so is left alone."""
        group = self.groups[place]
        known = tuple(number for number in group.numbers if number in self._texts)
        if not known:
            return () if self._cites(group) else None
        if place >= MOST_JUDGED:
            return known
        claims = self._claims(place)
        return tuple(
            number
            for number in known
            if any(supported(claim, self._texts[number]) for claim in claims)
        )

    def _cites(self, group: Group) -> bool:
        """Whether brackets with nothing known in them were meant to cite."""
        if group.wide:
            return True
        if group.glued:
            return False
        return len(group.numbers) == 1 or max(group.numbers) <= 2 * len(self._texts) + 5

    def _claims(self, place: int) -> tuple[str, str]:
        """What the mark may stand for: its sentence, and all since the mark before it."""
        first, last = self._beside(place)
        start = max(0, self.groups[first].start - LONGEST_CLAIM)
        paragraph = _PARAGRAPH.split(self._unmarked(start, first))[-1]
        since = self.groups[first - 1].end if first else 0
        own = _PARAGRAPH.split(self._text[max(since, start) : self.groups[first].start])[-1]
        sentences = _sentences(paragraph)
        if sentences and _ended(paragraph):
            # Behind the full stop: the sentence is over.
            return sentences[-1], own
        behind = self._behind(last)
        return f"{sentences[-1] if sentences else ''} {behind}", f"{own} {behind}"

    def _beside(self, place: int) -> tuple[int, int]:
        """The first and the last of the groups that stand together with this one."""
        first = last = place
        while first and place - first < MOST_TOGETHER and self._touch(first - 1):
            first -= 1
        while last + 1 < len(self.groups) and last - place < MOST_TOGETHER and self._touch(last):
            last += 1
        return first, last

    def _touch(self, place: int) -> bool:
        between = self._text[self.groups[place].end : self.groups[place + 1].start]
        return len(between) < 4 and not any(map(str.isalnum, between)) and "\n" not in between

    def _unmarked(self, start: int, place: int) -> str:
        """The text from there to this group, without the marks in it."""
        pieces: list[str] = []
        for group in self.groups[max(0, place - MOST_JUDGED) : place]:
            if group.start >= start:
                pieces.append(self._text[start : group.start])
                start = group.end
        return "".join([*pieces, self._text[start : self.groups[place].start]])

    def _behind(self, place: int) -> str:
        """The rest of the sentence behind this group, up to the next mark."""
        start = self.groups[place].end
        end = self.groups[place + 1].start if place + 1 < len(self.groups) else len(self._text)
        rest = self._text[start : min(end, start + LONGEST_CLAIM)]
        return rest[: match.start()] if (match := _END.search(rest)) else rest


def _sentences(text: str) -> list[str]:
    sentences: list[str] = []
    start = 0
    for match in _END.finditer(text):
        if _SHORT.search(text[start : match.start()]):
            continue
        sentences.append(text[start : match.end()])
        start = match.end()
    sentences.append(text[start:])
    return [sentence.strip() for sentence in sentences if sentence.strip()]


def _ended(text: str) -> bool:
    stripped = text.rstrip()
    return any(match.end() == len(stripped) for match in _END.finditer(stripped))


def _begins_line(text: str, place: int) -> bool:
    return not text[text.rfind("\n", 0, place) + 1 : place].strip()


def _closed(before: str, after: str) -> str:
    """The space before a mark goes with it, unless a word follows at once."""
    return before if after.isalnum() else before.rstrip(" \t\u00a0\u202f")
