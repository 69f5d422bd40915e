"""Vectors from Google's text embedding models on Vertex AI."""

import asyncio
from collections.abc import Sequence
from typing import Final

import numpy as np
import structlog
from google.protobuf.struct_pb2 import Value

from adapters.embedding.fitting import fitted
from adapters.embedding.vector import stored_name, unit
from adapters.vertex import Vertex
from domain.ports.model import Purpose
from domain.tokens import count
from models.errors import ModelError, ModelGarbledError, ModelRefusedError
from models.payloads.chat import Usage

# A request takes 250 texts, where its model takes more than one.
BATCH: Final = 250
# And 20,000 tokens together; ours are counted by estimate.
TOKENS: Final = 15_000
# One text may have 2,048; the model leaves out what is beyond, and says so to nobody.
TEXT_TOKENS: Final = 2_048
# Where a request takes one text, so many go at once: what one failure makes us pay again.
AT_ONCE: Final = 8

TASKS: Final = {Purpose.DOCUMENT: "RETRIEVAL_DOCUMENT", Purpose.QUERY: "RETRIEVAL_QUERY"}

_log = structlog.get_logger(__name__)


class VertexEmbedder:
    """One embedding model. Never retries."""

    tokens: int = TOKENS

    def __init__(
        self, vertex: Vertex, name: str = "gemini-embedding-001", *, dimension: int = 3_072
    ) -> None:
        self.name = stored_name(name, dimension)
        self._model = name
        self.dimension = dimension
        self.batch = BATCH
        self._vertex = vertex
        self._alone = False
        """This model takes one text a request."""

    async def embed(
        self, texts: Sequence[str], purpose: Purpose = Purpose.DOCUMENT
    ) -> tuple[list[list[float]], Usage]:
        """Give one unit vector a text, in order, as the port says."""
        if not texts:
            return [], Usage()
        if len(texts) > BATCH:
            raise ModelRefusedError(
                f"{len(texts)} texts for one call; {BATCH} fit.", code="embedding_batch_too_large"
            )
        answers = await self._asked([fitted(text, TEXT_TOKENS) for text in texts], purpose)
        vectors = [self._vector(answer) for answer in answers]
        tokens = sum(_tokens(answer, text) for answer, text in zip(answers, texts, strict=True))
        return vectors, Usage(input_tokens=tokens)

    async def _asked(self, texts: Sequence[str], purpose: Purpose) -> Sequence[Value]:
        """Google's pages and users disagree on whether `gemini-embedding-001` takes many texts a
        request. A refusal costs nothing and tells: from then on each text goes by itself."""
        if not self._alone:
            try:
                return await self._ask(texts, purpose)
            except ModelRefusedError as error:
                if len(texts) == 1 or error.code != ModelRefusedError.code:
                    raise
        answers = await self._each(texts, purpose)
        if not self._alone:
            _log.warning("vertex.one_text_a_request", model=self.name)
            self._alone, self.batch = True, AT_ONCE
        return answers

    async def _each(self, texts: Sequence[str], purpose: Purpose) -> Sequence[Value]:
        turn = asyncio.Semaphore(AT_ONCE)

        async def one(text: str) -> Value:
            async with turn:
                return (await self._ask([text], purpose))[0]

        try:
            async with asyncio.TaskGroup() as group:
                asking = [group.create_task(one(text)) for text in texts]
        except* ModelError as errors:
            first = errors.exceptions[0]
            while isinstance(first, BaseExceptionGroup):
                first = first.exceptions[0]
            raise first from None
        return [asked.result() for asked in asking]

    async def _ask(self, texts: Sequence[str], purpose: Purpose) -> Sequence[Value]:
        instances = [{"content": text, "task_type": TASKS[purpose]} for text in texts]
        parameters = {"autoTruncate": True, "outputDimensionality": self.dimension}
        return await self._vertex.predict(self._model, instances, parameters)

    def _vector(self, answer: Value) -> list[float]:
        embedding = answer.struct_value.fields.get("embeddings", Value())
        values = embedding.struct_value.fields.get("values", Value()).list_value.values
        if not all(value.HasField("number_value") for value in values):
            raise ModelGarbledError("The model gave a vector that is no list of numbers.")
        numbers = np.fromiter((value.number_value for value in values), np.float64, len(values))
        return unit(numbers, self.dimension)


def _tokens(answer: Value, text: str) -> int:
    """As the answer counts them; estimated when it does not."""
    embedding = answer.struct_value.fields.get("embeddings", Value())
    statistics = embedding.struct_value.fields.get("statistics", Value())
    said = statistics.struct_value.fields.get("token_count", Value()).number_value
    return int(said) if 0 < said < 1e9 else count(text)
