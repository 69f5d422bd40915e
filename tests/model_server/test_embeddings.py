"""Embeddings: wordllama's own geometry, in the dimension that was asked for."""

from pathlib import Path

import httpx2
import numpy as np
import pytest
import wordllama
from openai import AsyncOpenAI, BadRequestError

from local.model.embedding import Floats, rotation
from tests.model_server.ledger_reading import calls

TEXTS = [
    "A cat sat on the mat.",
    "The feline was sitting on a rug.",
    "Quarterly revenue grew by nine percent.",
    "Le chat est sur le tapis ☃",
    "word " * 4_000,
]


async def vectors_of(client: AsyncOpenAI, dimensions: int) -> Floats:
    answer = await client.embeddings.create(model="e", input=TEXTS, dimensions=dimensions)
    return np.array([item.embedding for item in answer.data], np.float32)


@pytest.mark.parametrize("dimensions", [256, 300, 1536, 3072, 4000])
async def test_cosines_are_those_of_wordllama(client: AsyncOpenAI, dimensions: int) -> None:
    model = wordllama.WordLlama.load(
        cache_dir=Path(wordllama.__file__).parent, disable_download=True
    )
    raw = model.embed(TEXTS, norm=True)
    vectors = await vectors_of(client, dimensions)
    assert vectors.shape == (len(TEXTS), dimensions)
    np.testing.assert_allclose(vectors @ vectors.T, raw @ raw.T, atol=1e-5)
    assert np.all(np.abs(vectors).max(axis=0) > 0)


async def test_fewer_dimensions_are_a_projection_of_unit_length(client: AsyncOpenAI) -> None:
    vectors = await vectors_of(client, 64)
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-5)
    assert vectors[0] @ vectors[1] > vectors[0] @ vectors[2]


@pytest.mark.parametrize("dimension", [300, 3072])
def test_the_matrix_has_orthonormal_rows(dimension: int) -> None:
    matrix = rotation(dimension)
    np.testing.assert_allclose(matrix @ matrix.T, np.eye(256), atol=1e-5)


async def test_floats_and_base64_agree_and_usage_counts_tokens(client: AsyncOpenAI) -> None:
    encoded = await client.embeddings.create(model="e", input="hello world")
    floats = await client.embeddings.create(model="e", input="hello world", encoding_format="float")
    assert len(encoded.data[0].embedding) == 3072
    np.testing.assert_allclose(encoded.data[0].embedding, floats.data[0].embedding, atol=1e-7)
    assert encoded.usage.prompt_tokens == encoded.usage.total_tokens == 2


async def test_many_texts_come_back_in_their_order(client: AsyncOpenAI) -> None:
    texts = [f"text number {number}" for number in range(600)]
    together = await client.embeddings.create(model="e", input=texts, dimensions=256)
    assert [item.index for item in together.data] == list(range(600))
    alone = await client.embeddings.create(model="e", input=texts[431], dimensions=256)
    np.testing.assert_allclose(together.data[431].embedding, alone.data[0].embedding, atol=1e-6)


@pytest.mark.parametrize(
    "given", ["", [], ["a", ""], [1, 2, 3], ["a"] * 2_049, "a" * 70_000], ids=range(6)
)
async def test_what_cannot_be_embedded_is_refused(client: AsyncOpenAI, given: list[str]) -> None:
    with pytest.raises(BadRequestError):
        await client.embeddings.create(model="e", input=given)


async def test_a_dimension_beyond_bounds_is_refused(client: AsyncOpenAI) -> None:
    with pytest.raises(BadRequestError):
        await client.embeddings.create(model="e", input="a", dimensions=5_000)


async def test_a_call_is_in_the_ledger_with_its_tokens(
    client: AsyncOpenAI, http: httpx2.AsyncClient, marker: str
) -> None:
    answer = await client.embeddings.create(model="e", input=[marker, "b"])
    [call] = await calls(http, marker, kind="embeddings")
    assert call["input_tokens"] == answer.usage.prompt_tokens
    assert call["status"] == "completed"
