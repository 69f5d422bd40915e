"""Answer a question by quoting the passages that came with it."""

import html
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import islice

# Looking further costs more time than an offline answer is worth.
MOST_PASSAGES = 200
MOST_SENTENCES = 4_000
LONGEST_QUOTE = 400
MOST_QUOTES = 3
LONGEST_ECHO = 160
# A sentence answers when it has this share of the question's words: below it, on other people's
# questions (mtrag-un), more sentences were quoted in vain than answers were lost above it.
ANSWERING = 0.4
# With fewer words of its own a question leans on the one before.
LEAST_WORDS = 3
UNANSWERED = "The passages do not answer this."

PASSAGE = re.compile(r"<passage\b([^>]*)>(.*?)</passage>", re.DOTALL)
ATTRIBUTE = re.compile(r"""(\w+)=(?:"([^"]*)"|'([^']*)')""")
# A line break alone ends no sentence: text is wrapped. A blank line, a list item, a heading do.
SENTENCE_END = re.compile(r"(?<=[.!?])[\"')\]]*\s+|\n\s*(?:\n|(?=[-*#|>]|\d+[.)]))")
WORD = re.compile(r"\w+")
# Its letters are nothing that a passage could answer.
ADDRESS = re.compile(r"https?://\S+", re.IGNORECASE)
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
    title: str = ""


def passages_in(texts: Iterable[str]) -> Iterator[Passage]:
    """Read `<passage mark="1" title="…">text…</passage>` blocks, whose text is XML-escaped."""
    for whole in texts:
        if "<passage" not in whole:
            continue
        for block in PASSAGE.finditer(whole):
            attributes = {
                name: html.unescape(double or single)
                for name, double, single in ATTRIBUTE.findall(block.group(1))
            }
            if mark := attributes.get("mark"):
                text = html.unescape(block.group(2)).strip()
                yield Passage(mark, text, attributes.get("title", ""))


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


def quoted_answer(question: str, passages: Iterable[Passage], earlier: str = "") -> str:
    """The sentences that share most words with the question, each with its passage's mark. A
    question of next to no words of its own leans on the `earlier` one."""
    asked = content_words(ADDRESS.sub(" ", question))
    if len(asked) < LEAST_WORDS:
        asked |= content_words(earlier)
    read = list(passages)
    if not read:
        echo = shortened(question, LONGEST_ECHO)
        return f"This is the offline model. It found nothing to quote about: “{echo}”"
    quotes = _best(asked, read)
    if not quotes:
        return f"This is the offline model. {UNANSWERED}"
    said = " ".join(f'"{shortened(text, LONGEST_QUOTE)}" [{mark}]' for text, mark in quotes)
    return f"This is the offline model, quoting what was found: {said}"


@dataclass(frozen=True, slots=True)
class _Sentence:
    shared: int
    """Words of the question in it."""
    covered: float
    """The share of the question's words in it, or in what it stands under."""
    text: str
    mark: str


def _best(asked: set[str], passages: Iterable[Passage]) -> list[tuple[str, str]]:
    scored = sorted(_scored(asked, passages), key=lambda one: -one.shared)[:MOST_QUOTES]
    if not scored or max(one.covered for one in scored) < ANSWERING:
        return []
    # Half the best: what shares one common word with a long question is noise.
    least = scored[0].shared / 2
    return [(one.text, one.mark) for one in scored if one.shared >= least]


def _scored(asked: set[str], passages: Iterable[Passage]) -> Iterator[_Sentence]:
    """Those that share a word, in the order given."""
    seen: set[str] = set()
    for passage in islice(passages, MOST_PASSAGES):
        above = asked & content_words(passage.title)
        for sentence in sentences_in(passage.text):
            if len(seen) >= MOST_SENTENCES:
                return
            if sentence in seen:
                continue
            seen.add(sentence)
            if shared := asked & content_words(sentence):
                covered = len(shared | above) / len(asked)
                yield _Sentence(len(shared), covered, sentence, passage.mark)
