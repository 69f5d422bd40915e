"""What a passage stands under: its document's title and the headings above it."""

from typing import Final

BETWEEN: Final = " > "


def standing(title: str, heading: str) -> str:
    """The passage itself may say neither. A path that begins with the title says it already."""
    if not heading:
        return title
    return heading if heading.startswith(title) else f"{title}{BETWEEN}{heading}"
