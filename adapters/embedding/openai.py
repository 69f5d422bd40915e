"""Vectors from the embeddings API of OpenAI, or of any server that speaks it."""

import base64
import binascii
from collections.abc import Sequence
from typing import Any, Final

import numpy as np
import numpy.typing as npt
from openai import AsyncOpenAI

from adapters.embedding.fitting import fitted
from adapters.embedding.vector import stored_name, unit
from adapters.llm.connection import post
from adapters.llm.failure import translated
from adapters.llm.patience import Patience, Silence
from adapters.llm.streaming import Json, read_json
from domain.ports.model import Purpose
from domain.tokens import count
from models.errors import ModelGarbledError, ModelRefusedError
from models.payloads.chat import Usage

# OpenAI takes 2,048 texts in one call. A quarter of a thousand are stored before the next are paid.
BATCH: Final = 256
# It takes 300,000 tokens; ours are counted by estimate.
TOKENS: Final = 200_000
# One text may have 8,192: passages of scripts with a token a character can have more.
TEXT_TOKENS: Final = 8_000
# A batch of 3,072-d vectors is 4 MB in base64, 17 MB as numbers from servers without base64.
LONGEST_ANSWER: Final = 32 * 1024 * 1024

Vector = npt.NDArray[np.float32]


class OpenAIEmbedder:
    """One embedding model. Never retries."""

    batch: int = BATCH
    tokens: int = TOKENS

    def __init__(
        self, client: AsyncOpenAI, name: str, *, dimension: int = 3_072, seconds: float = 30.0
    ) -> None:
        """`seconds` bounds one call."""
        self.name = stored_name(name, dimension)
        self._model = name
        self.dimension = dimension
        self._client = client
        self._patience = Patience(first_token=seconds)

    async def embed(
        self,
        texts: Sequence[str],
        purpose: Purpose = Purpose.DOCUMENT,  # noqa: ARG002 -- these models have but one way
    ) -> tuple[list[list[float]], Usage]:
        """Give one unit vector a text, in order, as the port says."""
        if not texts:
            return [], Usage()
        if len(texts) > self.batch:
            raise ModelRefusedError(
                f"{len(texts)} texts for one call; {self.batch} fit.",
                code="embedding_batch_too_large",
            )
        body = {
            "model": self._model,
            "input": [fitted(text, TEXT_TOKENS) for text in texts],
            "dimensions": self.dimension,
            "encoding_format": "base64",
        }
        document = await Silence(self._patience).during(self._answer(body))
        vectors = [self._vector(row) for row in _rows(document, len(texts))]
        return vectors, _usage(document, texts)

    async def _answer(self, body: Json) -> Json:
        with translated():
            response = await post(self._client, "/embeddings", body)
            return await read_json(response, LONGEST_ANSWER)

    def _vector(self, embedding: object) -> list[float]:
        return unit(_decoded(embedding).astype(np.float64), self.dimension)


def _rows(document: Json, wanted: int) -> list[object]:
    """The embeddings by index, which must be each position once."""
    rows: Any = document.get("data")
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        raise ModelGarbledError("The embeddings are no list of objects.")
    places = [row.get("index", place) for place, row in enumerate(rows)]
    if not all(isinstance(place, int) for place in places) or sorted(places) != [*range(wanted)]:
        raise ModelGarbledError(f"{len(rows)} embeddings came for {wanted} texts.")
    by_place = {place: row.get("embedding") for place, row in zip(places, rows, strict=True)}
    return [by_place[place] for place in range(wanted)]


def _decoded(embedding: object) -> Vector:
    try:
        if isinstance(embedding, str):
            return np.frombuffer(base64.b64decode(embedding, validate=True), dtype="<f4")
        return np.asarray(embedding, dtype=np.float32)
    except (binascii.Error, ValueError, TypeError, OverflowError) as error:
        raise ModelGarbledError("A vector is neither base64 nor numbers.") from error


def _usage(document: Json, texts: Sequence[str]) -> Usage:
    usage = document.get("usage")
    tokens = usage.get("prompt_tokens") if isinstance(usage, dict) else None
    if not isinstance(tokens, int) or tokens < 0:
        tokens = sum(map(count, texts))
    return Usage(input_tokens=tokens)
