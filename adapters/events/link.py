"""What a process knows about its way to Redis: since when it is down, said once a change."""

import time

import structlog

_LOG = structlog.get_logger(__name__)


class Link:
    """Shared by the writers of a process."""

    def __init__(self) -> None:
        self._down: set[int] = set()
        self._since = 0.0

    def down(self, writer: object, reason: Exception | str) -> None:
        """A writer lost Redis."""
        if not self._down:
            self._since = time.monotonic()
            _LOG.warning("event_log.degraded", reason=str(reason)[:200])
        self._down.add(id(writer))

    def up(self, writer: object) -> None:
        """A writer has it again, or has ended."""
        if id(writer) in self._down:
            self._down.discard(id(writer))
            if not self._down:
                _LOG.info("event_log.restored", after=round(time.monotonic() - self._since, 3))

    def elapsed(self) -> int:
        """Milliseconds since the outage began; 0 when there is none."""
        return int((time.monotonic() - self._since) * 1000) if self._down else 0
