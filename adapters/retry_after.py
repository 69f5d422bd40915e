"""How long a server asks us to wait."""

import math
from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

# A wait is kept, or the work given up when its own deadline comes first. Beyond an hour it is
# more likely a mistake than a wait, and asking once an hour burdens nobody.
LONGEST_RETRY_AFTER = 3_600.0


def retry_after(headers: Mapping[str, str]) -> float | None:
    """Seconds to wait, from milliseconds, seconds or an HTTP date; None when it says none."""
    if (milliseconds := _seconds(headers.get("retry-after-ms"))) is not None:
        return min(milliseconds / 1000, LONGEST_RETRY_AFTER)
    value = headers.get("retry-after")
    seconds = _seconds(value)
    if seconds is None:
        seconds = _until(value, headers.get("date"))
    return None if seconds is None else min(max(seconds, 0.0), LONGEST_RETRY_AFTER)


def _seconds(value: str | None) -> float | None:
    try:
        seconds = float(value or "")
    except ValueError:
        return None
    return seconds if math.isfinite(seconds) and seconds >= 0 else None


def _until(value: str | None, said_at: str | None) -> float | None:
    """Seconds from the answer's own date, since whoever named the moment has that clock."""
    moment = _moment(value)
    if moment is None:
        return None
    return (moment - (_moment(said_at) or datetime.now(UTC))).total_seconds()


def _moment(value: str | None) -> datetime | None:
    try:
        moment = parsedate_to_datetime(value or "")
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
    return moment.replace(tzinfo=moment.tzinfo or UTC)
