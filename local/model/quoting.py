"""Answer a question by quoting the passages that came with it."""

import html
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

# Looking further costs more time than an offline answer is worth.
MOST_PASSAGES = 200
MOST_SENTENCES = 4_000
LONGEST_QUOTE = 400
MOST_QUOTES = 3
LONGEST_ECHO = 160

PASSAGE = re.compile(r"<passage\b([^>]*)>(.*?)</passage>", re.DOTALL)
ATTRIBUTE = re.compile(r"""(\w+)=(?:"([^"]*)"|'([^']*)')""")
# A line break alone ends no sentence: text is wrapped. A blank line, a list item, a heading do.
SENTENCE_END = re.compile(r"(?<=[.!?])[\"')\]]*\s+|\n\s*(?:\n|(?=[-*#|>]|\d+[.)]))")
WORD = re.compile(r"\w+")
LITTLE_WORDS = (
    "a about all also an and any are as at be been but by can could did do does for from give "
    "had has have he her his how i if in into is it its list me more most my no not of on one "
    "or our please say she should so some tell than that the their them then there these they "
    "this to up us was we were what when where which who why will with would you your"
)
STOPWORDS = frozenset(LITTLE_WORDS.split())


@dataclass(frozen=True, slots=True)
class Passage:
    mark: str
    text: str


def passages_in(texts: Iterable[str]) -> Iterator[Passage]:
    """Read `<passage mark="1" title="…">text…</passage>` blocks, whose text is XML-escaped."""
    for text in texts:
        if "<passage" not in text:
            continue
        for block in PASSAGE.finditer(text):
            attributes = {
                name: html.unescape(double or single)
                for name, double, single in ATTRIBUTE.findall(block.group(1))
            }
            if mark := attributes.get("mark"):
                yield Passage(mark, html.unescape(block.group(2)).strip())


def content_words(text: str) -> set[str]:
    """Words that carry meaning, singular and plural taken as one."""
    words = (word for word in WORD.findall(text.lower()) if word not in STOPWORDS)
    return {word[:-1] if len(word) > 3 and word.endswith("s") else word for word in words}


def sentences_in(text: str) -> Iterator[str]:
    for sentence in SENTENCE_END.split(text):
        if stripped := " ".join(sentence.split()):
            yield stripped


def shortened(text: str, longest: int) -> str:
    """Cut at a word, with an ellipsis to show it."""
    text = " ".join(text.split())
    if len(text) <= longest:
        return text
    return text[:longest].rsplit(" ", 1)[0] + "…"


def quoted_answer(question: str, passages: Iterable[Passage]) -> str:
    """The sentences that share most words with the question, each with its passage's mark."""
    quotes = _best(content_words(question), passages)
    if not quotes:
        asked = shortened(question, LONGEST_ECHO)
        return f"This is the offline model. It found nothing to quote about: “{asked}”"
    said = " ".join(f'"{shortened(text, LONGEST_QUOTE)}" [{mark}]' for text, mark in quotes)
    return f"This is the offline model, quoting what was found: {said}"


def _best(asked: set[str], passages: Iterable[Passage]) -> list[tuple[str, str]]:
    scored: list[tuple[int, int, str, str]] = []
    seen: set[str] = set()
    for count, passage in enumerate(passages):
        if count >= MOST_PASSAGES or len(seen) >= MOST_SENTENCES:
            break
        for sentence in sentences_in(passage.text):
            if sentence in seen:
                continue
            seen.add(sentence)
            if shared := len(asked & content_words(sentence)):
                scored.append((-shared, len(scored), sentence, passage.mark))
    if not scored:
        return []
    scored.sort()
    # Half the best: what shares one common word with a long question is noise.
    least = -scored[0][0] / 2
    best = [entry for entry in scored[:MOST_QUOTES] if -entry[0] >= least]
    return [(sentence, mark) for _, _, sentence, mark in best]
