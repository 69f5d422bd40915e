"""The Embeddings API."""

import asyncio
import base64
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor

import orjson
import structlog
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from local.model.answering import Desk, body_of, refused
from local.model.conversation import Json, count_in, string_in
from local.model.embedding import Embedder, Floats
from local.model.embedding_failures import spoilt, steering
from local.model.failures import instead_of_answer
from local.model.ledger import Entry
from local.model.problems import BusyError, ProblemError

log = structlog.get_logger(__name__)

DEFAULT_DIMENSION = 3_072
# OpenAI's bounds on one request, and a bound on the dimension that pgvector's halfvec can index.
MOST_TEXTS = 2_048
LONGEST_TEXT = 8_192 * 8
MOST_CHARACTERS = 300_000 * 8
LARGEST_DIMENSION = 4_096
# One thread embeds; beyond this many waiting requests the caller should come back later.
MOST_WAITING = 256


class EmbeddingRoutes:
    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._embedder = Embedder()
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="embedding")
        self._waiting = 0

    def routes(self) -> list[Route]:
        return [Route("/v1/embeddings", self.create, methods=["POST"])]

    def warm(self) -> None:
        """Load weights and matrix beside the start, so that no caller waits a second for them."""
        warming = self._thread.submit(self._embedder.embed, ["warm"], DEFAULT_DIMENSION)
        warming.add_done_callback(_warmed)

    def close(self) -> None:
        self._thread.shutdown(wait=False, cancel_futures=True)

    async def create(self, request: Request) -> Response:
        body = await body_of(request)
        model = string_in(body, "model")
        entry = self._desk.ledger.write(Entry("embeddings", model=model, status="failed"))
        texts = texts_in(body)
        entry.marker = texts[0][:200]
        steered = steering(texts)
        failure = self._desk.failures.due(steered.directive, steered.line)
        await steered.wait()
        refusal = instead_of_answer(failure, steered.directive, stream=False)
        if refusal is not None:
            return refused(refusal, entry, failure)
        dimension = count_in(body, "dimensions") or DEFAULT_DIMENSION
        if dimension > LARGEST_DIMENSION:
            message = f"'dimensions' must be at most {LARGEST_DIMENSION}."
            raise ProblemError(message, param="dimensions")
        encoding = string_in(body, "encoding_format", default="float")
        if encoding not in {"float", "base64"}:
            message = "'encoding_format' is float or base64."
            raise ProblemError(message, param="encoding_format")
        vectors, tokens = await self._embed(texts, dimension)
        entry.input_tokens, entry.status = tokens, "completed"
        return _listed(
            spoilt(vectors, failure), tokens, model=model, as_base64=encoding == "base64"
        )

    async def _embed(self, texts: list[str], dimension: int) -> tuple[Floats, int]:
        if self._waiting >= MOST_WAITING:
            raise BusyError(f"{MOST_WAITING} requests wait for embeddings.", code="overloaded")
        self._waiting += 1
        try:
            loop = asyncio.get_running_loop()
            return await loop.run_in_executor(self._thread, self._embedder.embed, texts, dimension)
        finally:
            self._waiting -= 1


def _warmed(warming: "Future[tuple[Floats, int]]") -> None:
    """The first caller meets the same error; an operator should see it before."""
    if not warming.cancelled() and (error := warming.exception()) is not None:
        log.error("embeddings.unavailable", exc_info=error)


def _listed(vectors: Floats, tokens: int, *, model: str, as_base64: bool) -> Response:
    items = list(_items(vectors, as_base64=as_base64))
    usage = {"prompt_tokens": tokens, "total_tokens": tokens}
    body = {"object": "list", "data": items, "model": model, "usage": usage}
    content = orjson.dumps(body, option=orjson.OPT_SERIALIZE_NUMPY)
    return Response(content, media_type="application/json")


def _items(vectors: Floats, *, as_base64: bool) -> Iterator[Json]:
    for index, vector in enumerate(vectors):
        embedding: object = vector
        if as_base64:
            embedding = base64.b64encode(vector.astype("<f4").tobytes()).decode()
        yield {"object": "embedding", "index": index, "embedding": embedding}


def texts_in(body: Json) -> list[str]:
    """The texts of a request, bounded as OpenAI bounds them. Lists of token ids cannot be read."""
    given = body.get("input")
    texts = [given] if isinstance(given, str) else given
    if not isinstance(texts, list) or not texts:
        raise ProblemError("'input' must be a string or a list of strings.", param="input")
    if not all(isinstance(text, str) for text in texts):
        raise ProblemError("'input' must be text: token ids cannot be read.", param="input")
    if not all(texts):
        raise ProblemError("'input' cannot be an empty string.", param="input")
    if len(texts) > MOST_TEXTS:
        raise ProblemError(f"'input' holds more than {MOST_TEXTS} texts.", param="input")
    if max(map(len, texts)) > LONGEST_TEXT or sum(map(len, texts)) > MOST_CHARACTERS:
        raise ProblemError("'input' is too long.", param="input", code="context_length_exceeded")
    return texts
