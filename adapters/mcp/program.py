"""A program that speaks the protocol over its pipes, as the deployment's own list names it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Command:
    program: Sequence[str]
    environment: Mapping[str, str] = field(default_factory=dict, repr=False)
    """All that it gets, beside PATH."""
    megabytes: int = 0
    """Of address space; 0: no limit. Node reserves far more than it uses."""
