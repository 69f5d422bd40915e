"""The comparison as a picture: `docs/eval.svg`."""

from collections.abc import Sequence
from html import escape
from pathlib import Path

from bench.chart import BARS, LABELS, LINE, STYLE, WIDTH
from bench.evaluation.baseline import PLAIN, STEMMED
from bench.evaluation.figures import Row

HEAD, FOOT = 38, 16
TITLE = (
    '<text x="16" y="26"><tspan class="title">nDCG@10</tspan>'
    '<tspan class="quiet" dx="8">more is better; the line is the held-out half</tspan></text>'
)


def write(rows: Sequence[Row], path: Path) -> None:
    shown = sorted(rows, key=lambda row: -row.ndcg)
    height = HEAD + LINE * len(shown) + FOOT
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" role="img">',
        "<title>nDCG@10 by stage of retrieval</title>",
        f"<style>{STYLE}</style>",
        f'<rect class="card" x="0.5" y="0.5" width="{WIDTH - 1}" height="{height - 1}" rx="8"/>',
        TITLE,
    ]
    for number, row in enumerate(shown):
        lines += _bar(row, HEAD + LINE * number)
    path.write_text("\n".join([*lines, "</svg>", ""]), encoding="utf-8")


def _bar(row: Row, y: int) -> list[str]:
    kind = "peer" if row.way in {PLAIN, STEMMED} else "ours"
    start, length, mark = LABELS + 8, BARS * row.ndcg, LABELS + 8 + BARS * row.held_out
    beside = max(start + length, mark) + 6
    name = escape(row.way)
    return [
        f'<text class="quiet" x="{LABELS}" y="{y + 11}" text-anchor="end">{name}</text>',
        f'<rect class="{kind}" x="{start}" y="{y}" width="{length:.0f}" height="14" rx="2"/>',
        f'<path class="spread" d="M{mark:.0f} {y + 1}v12"/>',
        f'<text x="{beside:.0f}" y="{y + 11}">{row.ndcg:.3f}</text>',
    ]
