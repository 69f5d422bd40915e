"""The page with its tables computed anew."""

import json
from pathlib import Path

from bench.scale.assumptions import Assumptions
from bench.scale.tables import tables, written
from bench.scale.turn import Measured
from local.paths import PROJECT

PAGE = PROJECT / "docs" / "scale.md"


def rewrite(results: Path, given: Assumptions) -> None:
    """Raises NotMeasuredError when a figure is missing, and leaves the page as it is."""
    measured = Measured(json.loads(results.read_text(encoding="utf-8")))
    page = written(PAGE.read_text(encoding="utf-8"), tables(measured, given))
    PAGE.write_text(page, encoding="utf-8")
