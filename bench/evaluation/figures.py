"""What one run found, as it is stored in `bench/evaluation/results.json`."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from statistics import fmean

import numpy as np
from pydantic import TypeAdapter

from bench.evaluation.answers import Judged
from bench.evaluation.chunks import Found
from bench.evaluation.questions import Question
from bench.evaluation.scoring import Difference, difference, ndcg, recall

DEPTHS = (10, 100)
RESULTS = Path(__file__).parent / "results.json"


@dataclass(frozen=True, slots=True)
class Row:
    """Means over the questions. `recalls` by depth; none beyond what a way ranks."""

    way: str
    ndcg: float
    held_out: float
    recalls: dict[int, float]
    subjects: dict[str, float]


@dataclass(frozen=True, slots=True)
class Comparison:
    """nDCG@10 of `ours` less that of `theirs`."""

    ours: str
    theirs: str
    all: Difference
    held_out: Difference


@dataclass(slots=True)
class Figures:
    machine: str
    command: str
    passages: int
    questions: int
    rows: list[Row] = field(default_factory=list)
    comparisons: list[Comparison] = field(default_factory=list)
    rewritten: int = 0
    """Questions that were asked in other words."""
    times: dict[str, tuple[float, float]] = field(default_factory=dict)
    """Milliseconds, p50 and p95."""
    answers: list[Judged] = field(default_factory=list)
    chunks: list[Found] = field(default_factory=list)
    seconds: dict[str, float] = field(default_factory=dict)

    def row(self, way: str) -> Row | None:
        return next((one for one in self.rows if one.way == way), None)

    def written(self, path: Path = RESULTS) -> None:
        path.write_text(json.dumps(asdict(self), indent=1) + "\n", encoding="utf-8")


def stored(path: Path = RESULTS) -> Figures | None:
    """Those of the last run; None before the first."""
    if not path.exists():
        return None
    return TypeAdapter(Figures).validate_json(path.read_bytes())


@dataclass(frozen=True, slots=True)
class Rankings:
    """What each way ranks for each question, in the questions' order."""

    questions: Sequence[Question]
    ways: dict[str, list[list[str]]] = field(default_factory=dict)

    def add(self, found: Mapping[str, list[str]], suffix: str = "") -> None:
        for name, ranked in found.items():
            self.ways.setdefault(f"{name}{suffix}", []).append(ranked)

    def row(self, way: str) -> Row:
        scores = self.scores(way)
        pairs = list(zip(self.questions, scores, strict=True))
        ranked = self.ways[way]
        deep = {
            depth: fmean(
                recall(names, one.gold, depth)
                for one, names in zip(self.questions, ranked, strict=True)
            )
            for depth in DEPTHS
            if max(map(len, ranked)) >= depth
        }
        subjects = sorted({one.subject for one in self.questions})
        return Row(
            way,
            fmean(scores),
            fmean(score for one, score in pairs if one.held_out),
            deep,
            {name: fmean(s for one, s in pairs if one.subject == name) for name in subjects},
        )

    def scores(self, way: str) -> list[float]:
        pairs = zip(self.questions, self.ways[way], strict=True)
        return [ndcg(ranked, one.gold) for one, ranked in pairs]

    def compared(self, ours: str, theirs: str) -> Comparison:
        mine, other = self.scores(ours), self.scores(theirs)
        groups = [one.conversation for one in self.questions]
        out = [place for place, one in enumerate(self.questions) if one.held_out]
        return Comparison(
            ours,
            theirs,
            difference(mine, other, groups),
            difference([mine[n] for n in out], [other[n] for n in out], [groups[n] for n in out]),
        )


def percentiles(times: Mapping[str, Sequence[float]]) -> dict[str, tuple[float, float]]:
    return {
        name: (float(np.percentile(values, 50)), float(np.percentile(values, 95)))
        for name, values in times.items()
    }
