"""Durations as people write them: 20s, 30m, 1h30m, 2d."""

import re
from datetime import timedelta

UNITS = {"d": "days", "h": "hours", "m": "minutes", "s": "seconds", "ms": "milliseconds"}
PART = re.compile(r"(\d+(?:\.\d+)?)(ms|[dhms])", re.ASCII)


def parsed(text: str) -> timedelta:
    """Raises ValueError for anything else."""
    parts = list(PART.finditer(text))
    if not parts or "".join(part.group() for part in parts) != text:
        raise ValueError(f"{text!r} is no duration; write 20s, 30m or 1h30m.")
    return sum((timedelta(**{UNITS[p[2]]: float(p[1])}) for p in parts), timedelta())
