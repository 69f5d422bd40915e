"""The comparison as a picture: `docs/bench.svg`.

It brings its own background and colours for light and dark: on whichever page it stands,
it can be read.
"""

from collections.abc import Iterator, Sequence
from html import escape
from pathlib import Path

from bench.goals import ADDED, DURABLE, KILLED, OURS, RECOVERED, SIXTEEN, TRANSIT
from bench.number import short
from bench.results import Results
from bench.spread import Row

LESS, MORE = "less is better", "more is better"
PANELS = (
    (ADDED, "Added to the first token, ms", LESS),
    (TRANSIT, "Transit of each later token, ms", LESS),
    (SIXTEEN, "Turns/s, 16 at once", MORE),
    (KILLED, "Killed in mid-answer: until the next new token, s", LESS),
)
# The model server alone answers without adding anything, far off every scale.
LEFT_OUT = ("model server", "holdfast, 1 worker", "holdfast, 2 workers", "holdfast, retrieving")
WIDTH, LABELS, BARS, LINE, HEAD, FOOT = 760, 190, 440, 20, 38, 40
STYLE = """
text { font: 12px system-ui, sans-serif; fill: #1f2328 }
.title { font-weight: 600 } .quiet { fill: #59636e } .card { fill: #fff; stroke: #d1d9e0 }
.floor { fill: #c3cad2 } .peer { fill: #6e8bb5 } .ours { fill: #1a7f5a }
.spread { stroke: #1f2328; stroke-opacity: .55 } .cut { stroke: #fff; stroke-width: 4 }
@media (prefers-color-scheme: dark) {
text { fill: #f0f6fc } .quiet { fill: #9198a1 } .card { fill: #0d1117; stroke: #3d444d }
.floor { fill: #57606a } .peer { fill: #5b7fb5 } .ours { fill: #2ea774 }
.spread { stroke: #f0f6fc } .cut { stroke: #0d1117 }
}"""
KINDS = (("ours", "Holdfast"), ("peer", "other durable engines"), ("floor", "floors, and others"))


def write(results: Results, path: Path) -> None:
    rows = [one for one in results.rows() if one.contender not in LEFT_OUT]
    panels = [
        (title, better, shown)
        for figure, title, better in PANELS
        if (shown := _ordered(rows, figure, better))
    ]
    height = sum(HEAD + LINE * len(shown) for *_, shown in panels) + FOOT
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" role="img">',
        "<title>Holdfast next to floors and peers</title>",
        f"<style>{STYLE}</style>",
        f'<rect class="card" x="0.5" y="0.5" width="{WIDTH - 1}" height="{height - 1}" rx="8"/>',
    ]
    top = 0
    for title, better, shown in panels:
        lines += _panel(title, better, shown, top)
        top += HEAD + LINE * len(shown)
    path.write_text("\n".join([*lines, *_legend(top), "</svg>", ""]), encoding="utf-8")


def _ordered(rows: Sequence[Row], figure: str, better: str) -> list[Row]:
    """The best first; last those whose readers never got a new token."""
    shown = [one for one in rows if one.figure == figure]
    shown.sort(key=lambda row: row.median, reverse=better == MORE)
    if figure == KILLED and shown:
        shown += [one for one in rows if one.figure == RECOVERED and one.median == 0]
    return shown


def _panel(title: str, better: str, rows: Sequence[Row], top: int) -> Iterator[str]:
    yield (
        f'<text x="16" y="{top + 26}"><tspan class="title">{escape(title)}</tspan>'
        f'<tspan class="quiet" dx="8">{better}</tspan></text>'
    )
    # One slow contender must not flatten the rest: its bar is cut, its number is not.
    medians = sorted(row.median for row in rows if row.figure != RECOVERED)
    scale = min(medians[-1], 6 * medians[len(medians) // 2]) or 1.0
    for number, row in enumerate(rows):
        y = top + HEAD + LINE * number
        yield from _line(row, y, scale)


def _line(row: Row, y: int, scale: float) -> Iterator[str]:
    name = escape(row.contender)
    yield f'<text class="quiet" x="{LABELS}" y="{y + 11}" text-anchor="end">{name}</text>'
    if row.figure == RECOVERED:
        yield f'<text class="quiet" x="{LABELS + 8}" y="{y + 11}">never</text>'
        return
    start, length = LABELS + 8, max(1.0, _length(row.median, scale))
    low, high = start + _length(row.p5, scale), start + _length(row.p95, scale)
    box = f'x="{start}" y="{y}" width="{length:.0f}" height="14" rx="2"'
    yield f'<rect class="{_kind(row)}" {box}/>'
    if row.median > scale:
        yield f'<path class="cut" d="M{start + length - 24:.0f} {y + 16}l8 -18"/>'
    elif row.n > 1:
        yield f'<path class="spread" d="M{low:.0f} {y + 7}H{high:.0f}"/>'
    beside = max(start + length, high) + 6
    yield f'<text x="{beside:.0f}" y="{y + 11}">{short(row.median)}</text>'


def _length(value: float, scale: float) -> float:
    return BARS * min(1.0, value / scale)


def _kind(row: Row) -> str:
    if row.contender.startswith(OURS):
        return "ours"
    return "peer" if row.contender in DURABLE else "floor"


def _legend(top: int) -> Iterator[str]:
    x = LABELS + 8
    for kind, words in KINDS:
        yield f'<rect class="{kind}" x="{x}" y="{top + 14}" width="12" height="12" rx="2"/>'
        yield f'<text class="quiet" x="{x + 18}" y="{top + 24}">{words}</text>'
        x += 40 + 7 * len(words)
    yield (
        f'<text class="quiet" x="{WIDTH - 16}" y="{top + 24}" text-anchor="end">'
        "thin line: p5 to p95</text>"
    )
