"""Numbers as people read them."""

import math


def short(value: float, digits: int = 3) -> str:
    """So many digits that mean something, and never an exponent."""
    if value == 0:
        return "0"
    places = digits - 1 - math.floor(math.log10(abs(value)))
    return f"{round(value, places):,.{max(0, places)}f}"


def number(value: float, unit: str) -> str:
    """Counts in full, what was measured with three digits and its unit."""
    whole = not unit and value == round(value)
    return f"{value:,.0f}" if whole else f"{short(value)} {unit}".rstrip()
