"""What is counted, for operators: how turns and calls end, what models use."""

from collections.abc import Sequence
from typing import Protocol

from domain.ports.transcript import UsageEntry
from models.payloads.events import Event
from models.payloads.turn import CallStatus, Outcome


class Meters(Protocol):
    """A worker that dies between an end and its count leaves it out; a repeat that finds an end
    does not count."""

    def turn_ended(self, outcome: Outcome) -> None: ...

    def call_ended(self, status: CallStatus) -> None: ...

    def stepped(self, usage: UsageEntry, events: Sequence[Event]) -> None:
        """A step that is committed: what it used, and what its events say."""

    def fell_back(self, why: str) -> None:
        """A step's fallback model is asked: the code of what went wrong, or `attempts`."""

    def used(self, entry: UsageEntry) -> None:
        """A call to a provider, of a tool's."""
