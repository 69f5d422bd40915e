"""Which passages of a few pages answer a question best: BM25 among themselves."""

import math
from collections import Counter
from collections.abc import Sequence

from domain.lexical import asked, counted
from domain.ports.knowledge import NewPassage

_K1 = 1.2
_B = 0.75


def ranked(question: str, passages: Sequence[NewPassage], most: int) -> list[tuple[int, float]]:
    """Places of at most `most` passages, best first, with scores from 0 to 1 (the best has 1).
    Those that share no word with the question come last, in their order, with 0: a question may
    say no more than "summarise this"."""
    scores = _scores(question, passages)
    highest = max(scores, default=0.0) or 1.0
    order = sorted(range(len(passages)), key=lambda at: (-scores[at], passages[at].index, at))
    return [(at, scores[at] / highest) for at in order[: max(0, most)]]


def _scores(question: str, passages: Sequence[NewPassage]) -> list[float]:
    wanted = asked(question)
    have = [counted(passage.text, passage.heading) for passage in passages]
    among = Counter(term for terms, _ in have for term in wanted if term in terms)
    usual = sum(length for _, length in have) / max(1, len(have)) or 1.0
    # Smoothed: in three passages every word is either everywhere or rare.
    weights = {
        term: math.log(1 + (len(have) - among[term] + 0.5) / (among[term] + 0.5)) for term in wanted
    }
    return [
        sum(
            weights[term]
            * times
            * terms[term]
            * (_K1 + 1)
            / (terms[term] + _K1 * (1 - _B + _B * length / usual))
            for term, times in wanted.items()
            if term in terms
        )
        for terms, length in have
    ]
