"""What was measured, as it is kept and shown."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

import numpy as np

from bench.search.library import Build
from bench.search.measure import Figures
from bench.search.rivals import Rival
from bench.search.sizes import Table

MILLIONS: Final = 10
_COLUMNS: Final = (
    "Passages in the space",
    "lexical, p50 / p95 ms",
    "semantic",
    "both, and load of 10",
    "narrowed to a tenth",
    "recall@10",
    "of the worst space",
    "narrowed",
    "too few",
)
_STREAMS: Final = ("lexical", "semantic", "load", "whole", "filtered")


def build(took: Build) -> dict[str, float]:
    return {
        "seconds": round(took.seconds, 1),
        "staging_ms_per_document": round(1e3 * took.staging / took.documents, 1),
        "publishing_ms_per_document": round(1e3 * took.publishing / took.documents, 1),
        "slowest_publication_s": round(took.slowest, 2),
        "documents": took.documents,
    }


def tables(found: Sequence[Table]) -> dict[str, dict[str, int]]:
    return {one.name: {"bytes": one.size, "rows": one.rows} for one in found}


def figures(found: Mapping[int, Figures]) -> dict[str, dict[str, Any]]:
    return {str(size): _figures(one) for size, one in sorted(found.items(), reverse=True)}


def _figures(one: Figures) -> dict[str, Any]:
    times = {
        f"{stream}_p{share}": round(float(np.percentile(getattr(one, stream), share)), 2)
        for stream in _STREAMS
        for share in (50, 95)
    }
    return {
        **times,
        "recall": round(one.mean_recall, 4),
        "recall_of_worst_space": round(one.worst_recall, 4),
        "recall_filtered": round(float(np.mean(one.filtered_recall)), 4),
        "too_few": one.too_few,
        "whole": [round(value, 3) for value in one.whole],
        "recalls": [round(value, 3) for some in one.recall.values() for value in some],
    }


def rival(one: Rival) -> dict[str, Any]:
    return {
        "name": one.name,
        "seconds": round(one.seconds, 1),
        "bytes": one.size,
        "p50": round(float(np.percentile(one.times, 50)), 2),
        "p95": round(float(np.percentile(one.times, 95)), 2),
        "recall": one.recall,
    }


def shown(found: Mapping[str, Any]) -> str:
    """As Markdown."""
    parts = [
        f"{found['passages']:,} passages in {found['spaces']:,} spaces; built: {found['build']}",
        _times(found["sizes"]),
        _stored(found["tables"], found["passages"]),
    ]
    if "spread" in found:
        parts.append("Vectors of full rank:\n" + _times(found["spread"]))
    if "rivals" in found:
        parts.append(_ways(found["rivals"]))
    return "\n\n".join(parts)


def _times(sizes: Mapping[str, Mapping[str, Any]]) -> str:
    lines = [
        f"| {' | '.join(_COLUMNS)} |",
        f"|{'---|' * len(_COLUMNS)}",
    ]
    for size, one in sizes.items():
        times = " | ".join(
            f"{one[f'{stream}_p50']:.1f} / {one[f'{stream}_p95']:.1f}"
            for stream in ("lexical", "semantic", "whole", "filtered")
        )
        lines.append(
            f"| {int(size):,} | {times} | {one['recall']:.3f} | {one['recall_of_worst_space']:.3f}"
            f" | {one['recall_filtered']:.3f} | {one['too_few']} |"
        )
    return "\n".join(lines)


def _stored(tables: Mapping[str, Mapping[str, int]], passages: int) -> str:
    lines = [f"| Table | MB | bytes a passage | GB for {MILLIONS} million |", "|---|---|---|---|"]
    for name, one in tables.items():
        each = one["bytes"] / passages
        lines.append(
            f"| {name} | {one['bytes'] / 1e6:,.0f} | {each:,.0f} | {each * MILLIONS / 1e3:,.1f} |"
        )
    total = sum(one["bytes"] for one in tables.values()) / passages
    lines.append(f"| all | | {total:,.0f} | {total * MILLIONS / 1e3:,.0f} |")
    return "\n".join(lines)


def _ways(found: Sequence[Mapping[str, Any]]) -> str:
    lines = ["| Way | built in s | MB | p50 / p95 ms | recall@10 |", "|---|---|---|---|---|"]
    for one in found:
        recall = "" if one["recall"] is None else f"{one['recall']:.3f}"
        lines.append(
            f"| {one['name']} | {one['seconds']:.0f} | {one['bytes'] / 1e6:,.0f}"
            f" | {one['p50']:.1f} / {one['p95']:.1f} | {recall} |"
        )
    return "\n".join(lines)
