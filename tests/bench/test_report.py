"""What is drawn and written shows everything that happened."""

from pathlib import Path
from xml.etree import ElementTree as ET

from bench import chart, page
from bench.goals import ADDED, KILLED, RECOVERED
from bench.machine import Machine
from bench.number import short
from bench.results import Results

QUIET = Machine(2, "a processor", 8.0, "Linux 6.1", "3.11.7", 0.1)


def measured() -> Results:
    found = Results()
    found.add(ADDED, "holdfast", "ms", [20.0, 22.0, 24.0])
    found.add(ADDED, "DBOS", "ms", [30.0])
    found.add(ADDED, "LangGraph dev server", "ms", [900.0])
    found.add(KILLED, "holdfast", "s", [4.0])
    found.add(RECOVERED, "holdfast", "share", [1.0])
    found.add(RECOVERED, "<Aegra>", "share", [0.0])
    found.fail("DBOS", ["a very\nlong reason"])
    found.seconds["single"] = 12.0
    return found


def texts(path: Path) -> list[str]:
    tree = ET.parse(path)  # noqa: S314 -- our own file
    return ["".join(one.itertext()) for one in tree.iter("{http://www.w3.org/2000/svg}text")]


def test_the_picture_is_sound_and_names_everyone(tmp_path: Path) -> None:
    chart.write(measured(), tmp_path / "bench.svg")
    shown = texts(tmp_path / "bench.svg")
    assert {"holdfast", "DBOS", "LangGraph dev server", "<Aegra>", "never", "900"} <= set(shown)


def test_the_picture_brings_colours_for_light_and_dark(tmp_path: Path) -> None:
    chart.write(measured(), tmp_path / "bench.svg")
    text = (tmp_path / "bench.svg").read_text()
    assert "prefers-color-scheme: dark" in text
    assert 'class="card"' in text


def test_a_run_without_figures_still_makes_a_picture(tmp_path: Path) -> None:
    chart.write(Results(), tmp_path / "bench.svg")
    assert texts(tmp_path / "bench.svg")


def test_the_page_tells_goals_failures_machine_and_time(tmp_path: Path) -> None:
    page.write(measured(), QUIET, "`make bench`", tmp_path / "bench.md")
    text = (tmp_path / "bench.md").read_text()
    for words in ("not measured", "DBOS: 1 times", "a very long reason", "2 cores", "single 12 s"):
        assert words in text
    assert "do not quote" not in text


def test_numbers_have_three_digits_and_no_exponent() -> None:
    assert [short(value) for value in (0.0, 0.0123, 4.2, 15.0, 4_089.0, 1e6)] == [
        "0",
        "0.0123",
        "4.20",
        "15.0",
        "4,090",
        "1,000,000",
    ]
