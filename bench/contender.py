"""Who is measured: how it is asked, and which processes it runs."""

from collections.abc import Mapping, Sequence
from enum import StrEnum
from typing import Protocol

from bench.answer import Answer
from bench.client import Connection, Request


class Kind(StrEnum):
    FLOOR = "floor"
    OURS = "ours"
    PEER = "peer"


class Contender(Protocol):
    """One that answers. It is ready when it is handed over."""

    @property
    def name(self) -> str: ...

    @property
    def kind(self) -> Kind: ...

    @property
    def port(self) -> int: ...

    async def conversation(self, connection: Connection) -> str:
        """Open a conversation, outside the clock; its id."""

    def ask(self, conversation: str, content: str) -> Request:
        """The request that is answered by a stream of tokens."""

    def processes(self) -> Mapping[str, Sequence[int]]:
        """Its own processes' ids by role, servers that it shares with others left out."""

    async def crash(self) -> None:
        """Kill the process that calls the model; something starts it again soon."""

    def resume(self, conversation: str, answer: Answer) -> Request | None:
        """How a reader whose connection was cut takes the answer up; None: it cannot."""

    @property
    def servers(self) -> Sequence[str]:
        """Names of the shared servers that work for it."""
