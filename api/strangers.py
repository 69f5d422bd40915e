"""Callbacks that Slack did not send: turned away, counted, and written down."""

import asyncio
from collections import Counter
from typing import Final

import structlog

from domain.ports.audit import DEPLOYMENT, Audit
from models.errors import AppError

# A flood is one entry a second, with its size.
PAUSE: Final = 1.0  # seconds

log = structlog.get_logger(__name__)


class Strangers:
    """They belong to no tenant, whatever they say they are: the trail is the deployment's own.
    The reasons are codes of ours, so that their number is bounded."""

    def __init__(self, pause: float = PAUSE) -> None:
        self._pause = pause
        self._counts: Counter[str] = Counter()
        self._writing: asyncio.Task[None] | None = None

    def turned_away(self, audit: Audit, reason: str) -> None:
        log.warning("slack.refused", reason=reason)
        self._counts[reason] += 1
        if self._writing is None or self._writing.done():
            self._writing = asyncio.create_task(self._write(audit))

    async def _write(self, audit: Audit) -> None:
        while self._counts:
            counts, self._counts = self._counts, Counter()
            try:
                await audit.record(
                    DEPLOYMENT,
                    "slack.refused",
                    DEPLOYMENT.space_id,
                    by=None,
                    details={"reasons": dict(counts)},
                )
            except AppError as error:
                # They stay refused; the count is kept for when the trail can be written again.
                log.error("slack.refusal_unaudited", code=error.code, reasons=dict(counts))  # noqa: TRY400 - named
                self._counts += counts
            await asyncio.sleep(self._pause)
