"""A website's figures, from the customer's own account."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Protocol

from models.payloads.scope import Scope


@dataclass(frozen=True, slots=True)
class ReportRequest:
    property_id: str
    """Digits."""
    metrics: tuple[str, ...]
    dimensions: tuple[str, ...]
    start: date
    end: date
    limit: int = 100


@dataclass(frozen=True, slots=True)
class Report:
    """A table; `rows` beyond the limit are counted in `total`."""

    header: tuple[str, ...]
    rows: Sequence[tuple[str, ...]]
    total: int
    sampled: bool = False


class Analytics(Protocol):
    async def run_report(self, scope: Scope, request: ReportRequest) -> Report:
        """NotFoundError("not_connected"), ConflictError("reconnect"),
        UnavailableError("not_configured"), LimitError("provider_quota"),
        InvalidError("report_invalid")."""
