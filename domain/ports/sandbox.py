"""Python that a model wrote, where it can do no harm."""

from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Ran:
    """`output` is what it printed; `value` the text of its last expression. Both are cut."""

    output: str
    value: str | None
    error: str | None = None
    """What the program did wrong, with its line: for the model to mend."""
    cut: bool = False


class Sandbox(Protocol):
    dialect: str
    """Which Python it is and what is missing from it, for the model to read."""

    async def run(self, code: str) -> Ran:
        """LimitError("sandbox_time"), LimitError("sandbox_memory"), LimitError("sandbox_full"),
        UnavailableError("sandbox_away")."""
