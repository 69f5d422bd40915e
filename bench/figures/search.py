"""Searches by the size of their space; among 200,000 passages, `python -m bench.search` does it."""

import asyncio
import json
import sys
from pathlib import Path
from typing import Any

from bench.place import Place
from bench.results import Results
from local.paths import PROJECT

OURS = "holdfast"


def whole(size: int) -> str:
    return f"search in {size:,} passages, and load of 10"


def recall(size: int) -> str:
    return f"search in {size:,} passages: recall@10"


async def measure(place: Place, results: Results) -> None:
    """By a program and a server of its own: it loads the product, and leaves gigabytes."""
    report = place.folder / "search.json"
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "bench.search", "--quick"),
        *("--data", place.folder / "search", "--report", report),
        cwd=PROJECT,
        stdout=asyncio.subprocess.DEVNULL,
    )
    try:
        if await process.wait() != 0:
            results.fail(OURS, ["bench.search ended with an error"])
            return
    finally:
        if process.returncode is None:
            process.terminate()
            await process.wait()
    _note(await asyncio.to_thread(_read, report), results)


def _read(report: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(report.read_text(encoding="utf-8"))
    return found


def _note(found: dict[str, Any], results: Results) -> None:
    for words, figures in found["sizes"].items():
        size = int(words)
        results.add(whole(size), OURS, "ms", figures["whole"])
        results.tail(whole(size), OURS, f"p95 of {whole(size)}", 0.95)
        results.add(recall(size), OURS, "", figures["recalls"])
        if figures["too_few"]:
            results.fail(OURS, [f"{figures['too_few']} answers of {size:,} passages were too few"])
