"""Samples become rows, and rows become the file that others read."""

import json
import random
from pathlib import Path

from bench import results
from bench.results import Results
from bench.spread import quantile, row, tail


def test_a_row_has_the_median_and_its_spread() -> None:
    found = row("turns/s", "holdfast", "1/s", [float(number) for number in range(101)])
    assert (found.median, found.p5, found.p95, found.n) == (50.0, 5.0, 95.0, 101)


def test_a_quantile_lies_between_its_neighbours() -> None:
    assert quantile([1.0, 2.0], 0.25) == 1.25
    assert quantile([4.0], 0.99) == 4.0


def test_a_tail_is_a_figure_of_its_own_with_the_samples_behind_it() -> None:
    chance = random.Random(7)  # noqa: S311 -- samples are no secret
    samples = [chance.expovariate(1 / 100) for _ in range(400)]
    found = tail("p99", "holdfast", "ms", samples, 0.99)
    assert found.median == round(quantile(sorted(samples), 0.99), 3)
    assert found.p5 < found.median < found.p95
    assert found.n == 400
    assert tail("p99", "holdfast", "ms", samples, 0.99) == found


def test_the_file_is_a_list_of_rows_and_nothing_else(tmp_path: Path) -> None:
    found = Results()
    found.add("first", "holdfast", "ms", [1.0, 2.0])
    found.add("first", "holdfast", "ms", [3.0])
    found.add("nothing was measured", "DBOS", "ms", [])
    found.tail("first", "holdfast", "p99 of first", 0.99)
    found.fail("DBOS", ["it hung"])
    results.write(found, tmp_path / "results.json")
    rows = json.loads((tmp_path / "results.json").read_text())
    assert [set(one) for one in rows] == [
        {"figure", "contender", "unit", "median", "p5", "p95", "n"}
    ] * 2
    assert [(one["figure"], one["n"]) for one in rows] == [("first", 3), ("p99 of first", 3)]


def test_who_only_fails_is_given_up() -> None:
    found = Results()
    found.judge("DBOS", ["a", "b"], hopeless=False)
    assert not found.given_up
    found.judge("DBOS", ["c"], hopeless=True)
    assert found.given_up == {"DBOS"}
    assert found.failures == {"DBOS": ["a", "b", "c"]}
