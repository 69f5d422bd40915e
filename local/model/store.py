"""Responses kept for a while, so that a stream can be taken up again."""

import time
from collections import OrderedDict
from dataclasses import dataclass, field

from local.model.directive import Directive
from local.model.generation import Generation
from local.model.response_events import ResponseEncoder

MOST_RESPONSES = 10_000
LONGEST_KEPT_S = 900.0
# Ten thousand long answers would be gigabytes: their events are bounded by bytes too.
MOST_BYTES = 128_000_000


@dataclass(slots=True)
class Stored:
    encoder: ResponseEncoder
    generation: Generation
    directive: Directive
    message: str
    kept_at: float = field(default_factory=time.monotonic)
    size: int = 0


class ResponseStore:
    """The newest, by number, age and bytes. An answer that is evicted while it is written goes on
    for those who follow it, and cannot be found again."""

    def __init__(self) -> None:
        self._stored: OrderedDict[str, Stored] = OrderedDict()
        self._bytes = 0

    def keep(self, stored: Stored) -> None:
        self._stored[stored.encoder.id] = stored
        self._evict()

    def grown(self, stored: Stored) -> None:
        """Count a finished response's events."""
        if not stored.encoder.background:
            # No one may take it up again; whoever reads it now has the log.
            stored.generation.forget()
        if stored.encoder.id in self._stored:
            stored.size = sum(map(len, stored.generation.log.events))
            self._bytes += stored.size
            self._evict()

    def find(self, response_id: str) -> Stored | None:
        stored = self._stored.get(response_id)
        if stored is not None and time.monotonic() - stored.kept_at > LONGEST_KEPT_S:
            self.drop(response_id)
            return None
        return stored

    def drop(self, response_id: str) -> None:
        self._bytes -= self._stored.pop(response_id).size

    def _evict(self) -> None:
        oldest = time.monotonic() - LONGEST_KEPT_S
        while self._stored:
            response_id, stored = next(iter(self._stored.items()))
            fits = len(self._stored) <= MOST_RESPONSES and self._bytes <= MOST_BYTES
            if fits and stored.kept_at > oldest:
                return
            self.drop(response_id)
