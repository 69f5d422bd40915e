"""Text of each format against its ground truth: no change may lose what was won."""

from statistics import fmean

import pytest

from bench.fidelity import compared, scores
from tests.knowledge.material import shared

# A little below what docs/fidelity.md says, for readers that change with their versions.
FLOORS = {
    "docx": (0.97, 0.99, 0.96),
    "pptx": (0.97, 0.99, 0.97),
    "xlsx": (0.97, 0.99, 0.96),
    "html": (0.94, 0.97, 0.82),
    "md": (0.96, 0.90, 0.85),
    "csv": (0.99, None, 0.99),
}


def mean(values: list[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return fmean(known) if known else None


@pytest.mark.parametrize("form", FLOORS)
def test_each_format_keeps_its_text_headings_and_tables(form: str) -> None:
    found = scores(form, shared("documents", "docling"))
    assert len(found) >= 8

    means = (
        mean([score.text for score in found]),
        mean([score.headings for score in found]),
        mean([score.rows for score in found]),
    )

    for reached, floor in zip(means, FLOORS[form], strict=True):
        assert floor is None or (reached is not None and reached >= floor), means


def test_the_score_sees_what_is_lost() -> None:
    truth = "# A\n\nSome text.\n\n| a | b |\n| - | - |\n| 1 | 2 |\n"

    whole = compared("a", "# A\n\nSome  text.\n\n| a | b |\n|---|---|\n| 1 | 2 |", truth)
    half = compared("a", "Some text.", truth)

    assert (whole.text, whole.headings, whole.rows) == (1, 1, 1)
    assert half.text < 0.7
    assert (half.headings, half.rows) == (0, 0)
