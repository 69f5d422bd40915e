"""Between a model's stream and its readers: shows what may be shown, part by whole part."""

from typing import Protocol

from models.payloads.chat import ReasoningPart, TextPart

Part = TextPart | ReasoningPart


class Valve(Protocol):
    """One stream's. What it gives is in the stream's order, and a cursor it gives never stands
    behind text that it still holds."""

    def take(self, part: Part) -> tuple[Part, ...]:
        """What may be shown now: nothing, this part, or those held before as well."""


class Open:
    """Holds nothing."""

    def take(self, part: Part) -> tuple[Part, ...]:
        return (part,)
