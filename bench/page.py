"""The report that people read: `docs/bench.md`."""

from collections.abc import Iterator, Sequence
from pathlib import Path

from bench import goals
from bench.goals import BARE, DURABLE, OURS, PROXY, Verdict
from bench.machine import Machine
from bench.number import number, short
from bench.results import Results
from bench.spread import Row

COMPARED = (
    ("added to first token", "added to first token, ms"),
    ("token transit after the first", "token transit, ms"),
    ("turns/s, 1 at once", "turns/s, 1 at once"),
    ("turns/s, 4 at once", "turns/s, 4 at once"),
    ("turns/s, 16 at once", "turns/s, 16 at once"),
    ("turns/s, 64 at once", "turns/s, 64 at once"),
    ("CPU per turn, own processes", "CPU per turn, own processes, ms"),
    ("CPU per turn, temporal", "CPU per turn, Temporal, ms"),
    ("CPU per turn, postgres", "CPU per turn, Postgres, ms"),
)
KILLED = (
    ("killed: answers that went on", "answers that went on, share"),
    ("killed: time to the next new token", "next new token, s"),
    ("killed: tokens the reader got again", "tokens got again"),
    ("killed: tokens the reader never got", "tokens never got"),
    ("killed: model calls", "model calls"),
)
# What is left is told in full, by what its figures' names begin with.
GROUPS = (
    ("Time to first token", ("time to first token", "added", "p99", "embedding", "whole turn")),
    ("After a start", ("start to ready",)),
    ("CPU", ("CPU",)),
    ("Memory", ("memory",)),
    ("Readers", ("100", "300", "1,000", "2,000", "10 ", "20 ")),
    ("Requests counted", ("a request counted",)),
    ("Slack", ("mention in Slack",)),
    ("What a turn costs", ("per ", "connections")),
    ("Everything else", ("",)),
)
FIRST = (OURS, "model server", PROXY, BARE)
TABLED = {figure for figure, _ in (*COMPARED, *KILLED)}
LONGEST_REASON = 300

RESULTS = "[bench/results.json](../bench/results.json)"
WRITTEN = f"Written by `make bench`; every number is in {RESULTS}."
METHOD = Path(__file__).with_name("method.md")


def write(results: Results, machine: Machine, plan: str, path: Path) -> None:
    path.write_text("\n".join(_lines(results, machine, plan)), encoding="utf-8")


def _lines(results: Results, machine: Machine, plan: str) -> Iterator[str]:
    rows = results.rows()
    yield f"# Bench\n\n{WRITTEN}\n\nRun: {plan}. Machine: {machine}.\n"
    if not machine.quiet:
        yield "**The machine was busy with other work before this run: do not quote.**\n"
    yield "![The comparison as bars](bench.svg)\n"
    yield from _goals(goals.judged(results))
    yield from _table("Compared", COMPARED, rows)
    yield from _table("Killed in mid-answer", KILLED, rows)
    yield from _rest(rows)
    yield from _failed(results)
    yield from _took(results)
    yield METHOD.read_text(encoding="utf-8")


def _goals(verdicts: Sequence[Verdict]) -> Iterator[str]:
    yield "## Goals\n\n| Goal | Limit here | Measured | |\n|---|---|---|---|"
    for one in verdicts:
        word = f"**{one.word}**" if one.met is False else one.word
        yield f"| {one.goal} | {_number(one.limit, one)} | {_number(one.measured, one)} | {word} |"
    yield ""


def _number(value: float | None, verdict: Verdict) -> str:
    return "" if value is None else number(value, verdict.unit)


def _table(title: str, figures: Sequence[tuple[str, str]], rows: Sequence[Row]) -> Iterator[str]:
    """Contenders down, figures across; what was not measured has no column."""
    found = {(row.figure, row.contender): row for row in rows}
    shown = [one for one in figures if any(one[0] == row.figure for row in rows)]
    if not shown:
        return
    named = {figure for figure, _ in shown}
    contenders = sorted({row.contender for row in rows if row.figure in named}, key=_rank)
    yield f"## {title}\n"
    yield "| |" + "".join(f" {head} |" for _, head in shown)
    yield "|---|" + "---|" * len(shown)
    for contender in contenders:
        cells = (_cell(found.get((figure, contender))) for figure, _ in shown)
        yield f"| {contender} |" + "".join(f" {cell} |" for cell in cells)
    yield ""


def _cell(row: Row | None) -> str:
    if row is None:
        return ""
    spread = "" if row.p5 == row.p95 else f" ({short(row.p5)}-{short(row.p95)})"
    return f"{short(row.median)}{spread}"


def _rest(rows: Sequence[Row]) -> Iterator[str]:
    rest = [row for row in rows if row.figure not in TABLED]
    for title, beginnings in GROUPS:
        group = [row for row in rest if row.figure.startswith(beginnings)]
        rest = [row for row in rest if row not in group]
        if not group:
            continue
        yield f"## {title}\n"
        yield "| Figure | Contender | Median | p5 | p95 | n |\n|---|---|---|---|---|---|"
        for row in sorted(group, key=lambda row: (row.figure, _rank(row.contender))):
            spread = f"{short(row.p5)} | {short(row.p95)} | {row.n}"
            yield f"| {row.figure} | {row.contender} | {_median(row)} | {spread} |"
        yield ""


def _rank(contender: str) -> tuple[int, int, str]:
    """Ours, floors, durable peers, others."""
    for place, begin in enumerate(FIRST):
        if contender.startswith(begin):
            return 0, place, contender
    return 1, 0 if contender in DURABLE else 1, contender


def _median(row: Row) -> str:
    return number(row.median, row.unit)


def _failed(results: Results) -> Iterator[str]:
    if not results.failures:
        return
    yield "## What failed\n"
    for who, reasons in results.failures.items():
        reason = " ".join(reasons[0].split())[:LONGEST_REASON]
        yield f"- {who}: {len(reasons)} times, the first: `{reason}`"
    yield ""


def _took(results: Results) -> Iterator[str]:
    if results.seconds:
        each = ", ".join(f"{name} {seconds:.0f} s" for name, seconds in results.seconds.items())
        yield f"This run took {sum(results.seconds.values()) / 60:.0f} minutes: {each}.\n"
