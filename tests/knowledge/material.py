"""Documents of nobody in this project, and an embedder that is plain arithmetic."""

import asyncio
import hashlib
import math
import os
import re
from collections.abc import Sequence
from pathlib import Path
from uuid import UUID, uuid4

import pytest

from domain.ports.model import Purpose
from models.errors import ModelError
from models.payloads.chat import Usage
from models.payloads.scope import Scope

SHARED = Path(__file__).parents[3] / "shared" / "data"
DIMENSION = 3_072
USER = UUID(int=7)


def shared(*parts: str) -> Path:
    """A folder of the shared material; skips without it, fails where it must be."""
    folder = SHARED.joinpath(*parts)
    if not folder.exists():
        if os.environ.get("REQUIRE_SHARED_DATA") == "1":
            pytest.fail(f"{folder} is missing, and REQUIRE_SHARED_DATA=1")
        pytest.skip(f"{folder} is missing")
    return folder


def a_scope() -> Scope:
    return Scope(organisation_id=uuid4(), space_id=uuid4())


class HashingEmbedder:
    """Words fall into dimensions by their hash: texts with common words are near each other."""

    dimension = DIMENSION
    tokens = 300_000

    def __init__(self, *, batch: int = 32, name: str = "hashing-1") -> None:
        self.name = name
        self.batch = batch
        self.calls: list[int] = []
        self.failures: list[ModelError] = []
        self.pause: asyncio.Event | None = None
        """Calls wait for it when it is set."""

    async def embed(
        self, texts: Sequence[str], purpose: Purpose = Purpose.DOCUMENT
    ) -> tuple[list[list[float]], Usage]:
        assert 0 < len(texts) <= self.batch
        if self.pause is not None:
            await self.pause.wait()
        if self.failures:
            raise self.failures.pop(0)
        self.calls.append(len(texts))
        return [vector_of(text) for text in texts], Usage(input_tokens=sum(map(len, texts)) // 4)


def vector_of(text: str) -> list[float]:
    numbers = [0.0] * DIMENSION
    for word in re.findall(r"\w+", text.casefold()):
        digest = hashlib.blake2b(word.encode(), digest_size=8).digest()
        number = int.from_bytes(digest)
        numbers[number % DIMENSION] += 1.0 if number >> 63 else -1.0
    length = math.sqrt(sum(number * number for number in numbers)) or 1.0
    return [number / length for number in numbers]
