"""Words and lines on a page, in points; y grows downwards."""

from collections.abc import Sequence
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Box:
    left: float
    top: float
    right: float
    bottom: float

    @property
    def width(self) -> float:
        return self.right - self.left

    @property
    def height(self) -> float:
        return self.bottom - self.top

    @property
    def middle(self) -> tuple[float, float]:
        return (self.left + self.right) / 2, (self.top + self.bottom) / 2

    def holds(self, point: tuple[float, float], slack: float = 0.0) -> bool:
        x, y = point
        return (
            self.left - slack <= x <= self.right + slack
            and self.top - slack <= y <= self.bottom + slack
        )

    def beside(self, other: "Box") -> bool:
        """Whether they share more than half of the lower one's height."""
        shared = min(self.bottom, other.bottom) - max(self.top, other.top)
        return shared > 0.5 * min(self.height, other.height)


def around(boxes: Sequence[Box]) -> Box:
    first = boxes[0]
    left, top, right, bottom = first.left, first.top, first.right, first.bottom
    for box in boxes[1:]:
        left, top = min(left, box.left), min(top, box.top)
        right, bottom = max(right, box.right), max(bottom, box.bottom)
    return Box(left, top, right, bottom)


@dataclass(frozen=True, slots=True)
class Word:
    text: str
    box: Box
    bold: bool = False
    level: int = 0
    """Of the heading that a tag says it is part of; 0 for none."""
    breaks: bool = False
    """Whether the writer ended a line after it."""


@dataclass(slots=True)
class Line:
    """Words side by side with no wide gap between."""

    words: list[Word]
    box: Box = field(init=False)
    text: str = field(init=False)
    size: float = field(init=False)
    """Height of most of its letters; superscripts do not count."""

    def __post_init__(self) -> None:
        self.box = around([word.box for word in self.words])
        self.text = " ".join(word.text for word in self.words)
        heights = sorted(word.box.height for word in self.words)
        self.size = heights[len(heights) // 2]

    @property
    def bold(self) -> bool:
        return all(word.bold for word in self.words)

    @property
    def level(self) -> int:
        return self.words[0].level


@dataclass(frozen=True, slots=True)
class Rule:
    """A straight line drawn on the page, as a thin box."""

    box: Box
    flat: bool
    """Horizontal."""


@dataclass(slots=True)
class Sheet:
    """What was found on one page."""

    number: int
    width: float
    height: float
    words: list[Word]
    rules: list[Rule] = field(default_factory=list)
