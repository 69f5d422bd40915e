"""The figures as a page: `docs/eval.md`."""

from collections.abc import Iterator, Sequence
from pathlib import Path

from bench.evaluation import picture
from bench.evaluation.answers import Judged
from bench.evaluation.chunks import ROOMS, Found
from bench.evaluation.figures import DEPTHS, Figures

DOCS = Path(__file__).parents[2] / "docs"
METHOD = Path(__file__).with_name("method.md")


def write(figures: Figures, folder: Path = DOCS) -> None:
    picture.write(figures.rows, folder / "eval.svg")
    page = "\n".join([*lines(figures), METHOD.read_text(encoding="utf-8")])
    (folder / "eval.md").write_text(page, encoding="utf-8")


def lines(figures: Figures) -> Iterator[str]:
    yield "# How good what is found is"
    yield ""
    yield (
        f"Made by {figures.command}: {figures.questions} questions over {figures.passages}"
        f" passages, on {figures.machine}."
    )
    yield ""
    yield "![nDCG@10 by stage](eval.svg)"
    yield ""
    yield from _stages(figures)
    yield from _differences(figures)
    yield from _times(figures)
    yield from _answers(figures.answers)
    yield from _chunks(figures.chunks)


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> Iterator[str]:
    yield f"| {' | '.join(head)} |"
    yield f"|---{'|---:' * (len(head) - 1)}|"
    for row in rows:
        yield f"| {' | '.join(row)} |"
    yield ""


def _stages(figures: Figures) -> Iterator[str]:
    yield "## Stages"
    yield ""
    subjects = list(figures.rows[0].subjects) if figures.rows else []
    head = ["", "nDCG@10", "held-out half", *(f"recall@{n}" for n in DEPTHS), *subjects]
    yield from _table(
        head,
        [
            [
                row.way,
                f"{row.ndcg:.3f}",
                f"{row.held_out:.3f}",
                *(f"{row.recalls[n]:.3f}" if n in row.recalls else "–" for n in DEPTHS),
                *(f"{row.subjects[name]:.3f}" for name in subjects),
            ]
            for row in figures.rows
        ],
    )


def _differences(figures: Figures) -> Iterator[str]:
    yield "## Differences in nDCG@10"
    yield ""
    yield (
        "In brackets what 95 % of resampled sets of conversations give."
        f" Of the questions, {figures.rewritten} were searched in other words than their own."
    )
    yield ""
    yield from _table(
        ["", "all", "held-out half"],
        [
            [f"{one.ours} – {one.theirs}", str(one.all), str(one.held_out)]
            for one in figures.comparisons
        ],
    )


def _times(figures: Figures) -> Iterator[str]:
    yield "## Milliseconds"
    yield ""
    yield "One question at a time."
    yield ""
    yield from _table(
        ["", "p50", "p95"],
        [[name, f"{p50:.1f}", f"{p95:.1f}"] for name, (p50, p95) in figures.times.items()],
    )


def _answers(answers: Sequence[Judged]) -> Iterator[str]:
    if not answers:
        return
    yield "## Answers"
    yield ""
    head = [
        "", "answerable", "gold given", "cite", "citation precision", "citation recall",
        "wrongly declined", "unanswerable", "declined", "marks removed", "failed", "s each",
    ]  # fmt: skip
    rows = [
        [
            one.model,
            str(one.answerable),
            *(f"{value:.2f}" for value in (one.given, one.citing, one.precision, one.recall)),
            f"{one.wrongly:.2f}",
            str(one.unanswerable),
            f"{one.declined:.2f}",
            str(one.removed),
            str(one.failed),
            f"{one.seconds:.2f}",
        ]
        for one in answers
    ]
    yield from _table(head, rows)


def _chunks(chunks: Sequence[Found]) -> Iterator[str]:
    if not chunks:
        return
    yield "## Sizes of passages"
    yield ""
    head = ["size / overlap", "passages"]
    for room in ROOMS:
        head += [f"gold in {room:,} characters", "of them gold", "answer's words"]
    rows = []
    for one in chunks:
        cells = [f"{one.size:,} / {one.overlap}", f"{one.pieces:,}"]
        for room in ROOMS:
            cells += [
                f"{one.covered[room]:.3f}",
                f"{one.pure[room]:.3f}",
                f"{one.answered[room]:.3f}",
            ]
        rows.append(cells)
    yield from _table(head, rows)
