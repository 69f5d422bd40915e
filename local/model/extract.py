"""Summarise by extraction: sentences and names that stand in the conversation, nothing new."""

import calendar
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain, islice

from local.model.conversation import Conversation, Turn
from local.model.directive import ANY_LINE
from local.model.quoting import content_words, sentences_in, shortened

# A long conversation is read to this many characters and sentences.
MOST_TEXT = 400_000
MOST_SENTENCES = 2_000
LONGEST_TITLE = 80
LONGEST_SENTENCE = 240
MOST_LISTED = 10

MESSAGE = re.compile(
    r"<(?:message|turn)\b[^>]*\brole=[\"'](\w+)[\"'][^>]*>(.*?)</(?:message|turn)>", re.DOTALL
)
SPEAKER = re.compile(
    r"^[ \t*#\[]*(user|assistant|system|tool)[ \t*\]]*:[ \t*]*", re.IGNORECASE | re.MULTILINE
)
TAG = re.compile(r"</?[a-z][^<>]{0,200}>")
NAME = re.compile(r"\b[A-Z][\w&-]*(?:[ ](?:of |and |de )?[A-Z][\w&-]*)*")
DATES = frozenset((*calendar.day_name, *calendar.month_name, *calendar.day_abbr))
ACTION = re.compile(
    r"\b(?:please|todo|must|needs? to|should|have to|has to|will|let's|remember to|follow up"
    r"|by (?:mon|tues|wednes|thurs|fri|satur|sun)day|deadline)\b",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Extract:
    title: str
    summary: str
    entities: tuple[str, ...]
    actions: tuple[str, ...]
    points: tuple[str, ...]


def extract_from(conversation: Conversation) -> Extract:
    turns = list(_said(conversation))
    asked = [turn.text for turn in turns if turn.role == "user"] or [turn.text for turn in turns]
    everything = list(
        islice(chain.from_iterable(sentences_in(turn.text) for turn in turns), MOST_SENTENCES)
    )
    first = next(chain.from_iterable(map(sentences_in, asked)), "Conversation")
    points = tuple(shortened(sentence, LONGEST_SENTENCE) for sentence in _telling(everything))
    said = " ".join(f'"{point}"' for point in points[:3])
    return Extract(
        title=shortened(first, LONGEST_TITLE),
        summary=f"Extract by the offline model: {said}"
        if said
        else "The offline model found nothing.",
        entities=tuple(names_in(everything)),
        actions=tuple(
            shortened(sentence, LONGEST_SENTENCE)
            for sentence in everything
            if ACTION.search(sentence)
        )[:MOST_LISTED],
        points=points,
    )


def _said(conversation: Conversation) -> Iterator[Turn]:
    """The turns of the conversation, or those of the transcript that its one message holds."""
    turns = conversation.turns
    if len(turns) == 1:
        turns = list(_transcript(turns[0].text)) or turns
    left = MOST_TEXT
    for turn in turns:
        text = TAG.sub("", ANY_LINE.sub("", turn.text))[:left]
        left -= len(text)
        if text.strip():
            yield Turn(turn.role, text.strip())


def _transcript(text: str) -> Iterator[Turn]:
    marked = MESSAGE.findall(text)
    if marked:
        yield from (Turn(role.lower(), said) for role, said in marked)
        return
    speakers = list(SPEAKER.finditer(text))
    ends = [*(speaker.start() for speaker in speakers[1:]), len(text)]
    for speaker, end in zip(speakers, ends, strict=False):
        yield Turn(speaker.group(1).lower(), text[speaker.end() : end])


def _telling(sentences: list[str]) -> list[str]:
    """Sentences made of the conversation's most used words, in the order they were said."""
    words = [content_words(sentence) for sentence in sentences]
    used = Counter(chain.from_iterable(words))
    weight = [sum(used[word] for word in own) / (len(own) + 3) for own in words]
    best = sorted(range(len(sentences)), key=lambda place: (-weight[place], place))[:MOST_LISTED]
    distinct = dict.fromkeys(sentences[place] for place in sorted(best))
    return list(distinct)


def names_in(sentences: list[str]) -> list[str]:
    """Capitalised words, those that only begin a sentence left out."""
    found: Counter[str] = Counter()
    for sentence in sentences:
        for name in NAME.finditer(sentence):
            text = name.group()
            if name.start() > 0 or " " in text or text.isupper():
                found[text] += 1
    names = [
        name
        for name, _ in found.most_common()
        if len(name) > 1 and name not in DATES and content_words(name)
    ]
    return names[:MOST_LISTED]
