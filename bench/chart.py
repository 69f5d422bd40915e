"""The comparison as a picture: `docs/bench.svg`."""

from collections.abc import Sequence
from html import escape
from pathlib import Path

from bench.goals import ADDED, DURABLE, OURS, SIXTEEN, TRANSIT
from bench.results import Results
from bench.spread import Row

PANELS = (
    (ADDED, "added to the first token, ms (less is better)"),
    (TRANSIT, "token transit after the first, ms (less is better)"),
    (SIXTEEN, "turns/s, 16 at once (more is better)"),
    (
        "killed: time to the next new token",
        "killed in mid-answer: next new token, s (less is better)",
    ),
)
# The model server alone answers without adding anything, far off every scale.
LEFT_OUT = ("model server", "holdfast, 1 worker", "holdfast, 2 workers")
WIDTH, LABELS, BARS, LINE, HEAD = 760, 190, 440, 20, 34
INK, QUIET, FLOOR, PEER, MINE = "#1f2328", "#59636e", "#afb8c1", "#7d8fa9", "#1a7f5a"


def write(results: Results, path: Path) -> None:
    panels = [
        (title, rows)
        for figure, title in PANELS
        if (rows := [one for one in results.rows() if _shown(one, figure)])
    ]
    height = sum(HEAD + LINE * len(rows) for _, rows in panels) + LINE
    font = 'font-family="system-ui, sans-serif" font-size="12"'
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" {font}>',
        f'<rect width="{WIDTH}" height="{height}" fill="#ffffff"/>',
    ]
    top = 0
    for title, rows in panels:
        lines += _panel(title, sorted(rows, key=lambda row: row.median), top)
        top += HEAD + LINE * len(rows)
    path.write_text("\n".join([*lines, "</svg>", ""]), encoding="utf-8")


def _shown(row: Row, figure: str) -> bool:
    return row.figure == figure and row.contender not in LEFT_OUT


def _panel(title: str, rows: Sequence[Row], top: int) -> list[str]:
    lines = [f'<text x="8" y="{top + 22}" fill="{INK}" font-weight="600">{escape(title)}</text>']
    # One slow contender must not flatten the rest: its bar is cut, its number is not.
    scale = min(rows[-1].median, 6 * rows[len(rows) // 2].median) or 1.0
    for number, row in enumerate(rows):
        y = top + HEAD + LINE * number
        length = max(1.0, BARS * min(1.0, row.median / scale))
        name = escape(row.contender)
        lines += [
            _text(LABELS, y + 11, name, QUIET, ' text-anchor="end"'),
            _bar(LABELS + 8, y, length, _colour(row)),
            _text(LABELS + 14 + length, y + 11, f"{row.median:.3g}", INK, ""),
        ]
    return lines


def _text(x: float, y: int, text: str, colour: str, more: str) -> str:
    return f'<text x="{x:.0f}" y="{y}" fill="{colour}"{more}>{text}</text>'


def _bar(x: int, y: int, length: float, colour: str) -> str:
    return f'<rect x="{x}" y="{y}" width="{length:.0f}" height="14" fill="{colour}"/>'


def _colour(row: Row) -> str:
    if row.contender.startswith(OURS):
        return MINE
    return PEER if row.contender in DURABLE or "LangGraph" in row.contender else FLOOR
