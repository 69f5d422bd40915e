"""Precision and recall of each kind of private data."""

from collections import Counter
from dataclasses import dataclass
from typing import Final

from bench.safety.corpus import Corpus, half, own
from domain.safety.redaction import spans_of
from models.payloads.safety import Private

# The data's names of ours; what it labels besides (names, places, dates) is none of ours.
KINDS: Final = {
    "EMAIL_ADDRESS": Private.EMAIL,
    "PHONE_NUMBER": Private.PHONE,
    "CREDIT_CARD": Private.CARD,
    "US_SSN": Private.NATIONAL,
    "US_DRIVER_LICENSE": Private.NATIONAL,
    "IBAN_CODE": Private.IBAN,
}


@dataclass(frozen=True)
class Figures:
    kind: Private
    labelled: int
    found: int
    wrong: int
    """Taken out though nothing of its kind stands there."""

    def cells(self) -> str:
        taken = self.found + self.wrong
        recall, precision = self.found / max(1, self.labelled), self.found / max(1, taken)
        return f"| {self.kind.value} | {self.labelled} | {recall:.1%} | {precision:.1%} |"


def figures(corpus: Corpus, which: int) -> list[Figures]:
    labelled: Counter[Private] = Counter()
    found: Counter[Private] = Counter()
    wrong: Counter[Private] = Counter()
    for one in corpus.private:
        if half(one.text) != which:
            continue
        spans = spans_of(one.text, set(Private), 0)
        gold = [(start, end, KINDS[name]) for start, end, name in one.spans if name in KINDS]
        for start, end, kind in gold:
            labelled[kind] += 1
            found[kind] += any(s.kind is kind and s.start <= start and s.end >= end for s in spans)
        for span in spans:
            wrong[span.kind] += not any(
                kind is span.kind and start < span.end and span.start < end
                for start, end, kind in gold
            )
    kinds = [kind for kind in Private if labelled[kind]]
    return [Figures(kind, labelled[kind], found[kind], wrong[kind]) for kind in kinds]


def needless(corpus: Corpus) -> dict[str, int]:
    """What of texts with few or no private data is taken out: by kind, all texts together."""
    texts = [*corpus.passages, *own("documents"), *own("fresh_documents")]
    counted = Counter(span.kind.value for text in texts for span in spans_of(text, set(Private), 0))
    return {"texts": len(texts), **counted}
