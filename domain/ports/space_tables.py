"""Read-only SQL over the space's own tables."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from models.payloads.scope import Scope


@dataclass(frozen=True, slots=True)
class Rows:
    """Values as text; None is NULL."""

    header: tuple[str, ...]
    rows: Sequence[tuple[str | None, ...]]
    cut: bool = False
    """There were more than the limit."""


class SpaceTables(Protocol):
    schema: str
    """The tables and columns that can be asked, for the model to read."""

    async def query(self, scope: Scope, sql: str) -> Rows:
        """One SELECT. InvalidError("sql_invalid") says what is not allowed or where it is wrong;
        LimitError("sql_time")."""
