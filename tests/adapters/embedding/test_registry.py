"""Models are chosen by settings, and found by the name that is stored with their vectors."""

from contextlib import AsyncExitStack
from decimal import Decimal

import pytest

from adapters.embedding.openai import OpenAIEmbedder
from adapters.embedding.registry import embedders
from domain.pricing import cost
from models.errors import UnavailableError
from models.payloads.chat import Usage
from settings import EmbeddingSettings

LARGE = EmbeddingSettings()
SHORT = EmbeddingSettings(dimension=256)
AZURE = EmbeddingSettings(provider="azure", name="ours", base_url="https://x.example.com")
GOOGLE = EmbeddingSettings(provider="vertex", name="gemini-embedding-001", project="p")


async def test_each_model_has_a_name_of_its_own_and_an_unknown_one_is_named() -> None:
    async with AsyncExitStack() as stack:
        found = embedders(GOOGLE, (LARGE, SHORT, AZURE), stack)

        assert found.default.name == "gemini-embedding-001"
        assert type(found.default).__name__ == "VertexEmbedder"
        for name in ("text-embedding-3-large", "text-embedding-3-large#256", "ours"):
            assert isinstance(found.named(name), OpenAIEmbedder)
        assert found.named("text-embedding-3-large#256").dimension == 256
        with pytest.raises(UnavailableError) as unknown:
            found.named("hashing-1")
    assert unknown.value.code == "embedding_model_unknown"


def test_a_shorter_vector_costs_what_the_model_does() -> None:
    used = Usage(input_tokens=1_000_000)
    assert cost("text-embedding-3-large#256", used) == Decimal("0.13")
