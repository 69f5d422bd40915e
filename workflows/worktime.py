"""A turn's working time: waiting for people does not count."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta

from temporalio import workflow

# An activity needs a positive limit even when the deadline is all but over.
_LEAST = timedelta(milliseconds=100)


class WorkTime:
    """Measured by the workflow's clock, so that a replay measures the same."""

    def __init__(self, deadline: timedelta) -> None:
        self._deadline = deadline
        self._since = workflow.now()
        self._paused_at: datetime | None = None
        self._pauses = 0

    def allow(self, deadline: timedelta) -> None:
        """As much working time, from the beginning on."""
        self._deadline = deadline

    def left(self) -> timedelta:
        return max(self._deadline - (workflow.now() - self._since), _LEAST)

    def is_over(self) -> bool:
        return self.left() <= _LEAST

    @contextmanager
    def paused(self) -> Iterator[None]:
        """Stop the clock; several may do so at once."""
        if self._pauses == 0:
            self._paused_at = workflow.now()
        self._pauses += 1
        try:
            yield
        except GeneratorExit:
            raise  # the run is put out of memory: it has no clock any more
        except BaseException:
            self._resume()
            raise
        else:
            self._resume()

    def _resume(self) -> None:
        self._pauses -= 1
        if self._pauses == 0 and self._paused_at is not None:
            self._since += workflow.now() - self._paused_at
