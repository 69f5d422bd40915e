"""A reranker elsewhere: one POST of JSON, one bounded answer, no retries."""

import math
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, Final

import httpx2

from adapters.llm.connection import error_body
from adapters.llm.failure import from_status, translated
from adapters.llm.streaming import Json, read_json
from models.errors import ModelGarbledError, ModelQuietError, ModelRefusedError

MOST_TEXTS: Final = 200
# Some servers send the texts back: 200 of the longest passages, escaped, stay below.
LONGEST_ANSWER: Final = 8 * 1024 * 1024
# The search gives up before; this frees the connection.
TIMEOUT: Final = httpx2.Timeout(10.0, connect=3.0, pool=3.0)
CONNECTIONS: Final = httpx2.Limits(
    max_connections=100, max_keepalive_connections=20, keepalive_expiry=30.0
)


def rerank_client() -> httpx2.AsyncClient:
    """Close it at the end. A POST with a key in it follows nobody."""
    return httpx2.AsyncClient(
        timeout=TIMEOUT,
        limits=CONNECTIONS,
        follow_redirects=False,
        headers={"Accept-Encoding": "identity"},
    )


async def posted(
    client: httpx2.AsyncClient, url: str, body: Mapping[str, Any], headers: Mapping[str, str]
) -> Json:
    """The answer's object. Raises ModelError and nothing else."""
    with _named():
        request = client.build_request("POST", url, json=body, headers=headers)
        response = await client.send(request, stream=True)
    if response.is_success:
        return await read_json(response, LONGEST_ANSWER)
    if response.is_redirect:
        await response.aclose()
        raise ModelRefusedError("The reranker answered with a redirect.")
    raise from_status(response.status_code, response.headers, await _error_of(response))


@contextmanager
def _named() -> Iterator[None]:
    """As `translated`; silence is told here from a broken connection, since there it would look
    at the cause, which is another library's error when no openai client stands between."""
    with translated():
        try:
            yield
        except (httpx2.ReadTimeout, httpx2.WriteTimeout) as error:
            raise ModelQuietError("The reranker went quiet.") from error


async def _error_of(response: httpx2.Response) -> bytes:
    try:
        with _named():
            return await error_body(response)
    finally:
        await response.aclose()


def fits(texts: Sequence[str]) -> None:
    """ModelRefusedError rerank_too_many, before anything is sent."""
    if len(texts) > MOST_TEXTS:
        raise ModelRefusedError(
            f"{len(texts)} texts to rank again; {MOST_TEXTS} fit.", code="rerank_too_many"
        )


def objects(answer: Json, name: str) -> list[Json]:
    """The list of objects under that name; ModelGarbledError."""
    rows: Any = answer.get(name)
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        raise ModelGarbledError(f"The {name} are no list of objects.")
    return rows


def by_place(pairs: Sequence[tuple[object, object]], wanted: int) -> list[float]:
    """Scores from 0 to 1 in the order of the texts; each place must have come once.

    Servers that give the model's own numbers, any at all, get them squeezed between 0 and 1.
    """
    scores: dict[int, float] = {}
    for place, score in pairs:
        if not _is_place(place, wanted) or place in scores or not _is_number(score):
            raise ModelGarbledError("A score is no number, or stands at no text's place.")
        scores[place] = float(score)  # type: ignore[index,arg-type]  # both were looked at above
    if len(scores) != wanted:
        raise ModelGarbledError(f"{len(scores)} scores came for {wanted} texts.")
    ordered = [scores[place] for place in range(wanted)]
    if all(0 <= score <= 1 for score in ordered):
        return ordered
    return [1 / (1 + math.exp(-max(-60.0, min(60.0, score)))) for score in ordered]


def _is_place(place: object, wanted: int) -> bool:
    return isinstance(place, int) and not isinstance(place, bool) and 0 <= place < wanted


def _is_number(score: object) -> bool:
    return isinstance(score, int | float) and not isinstance(score, bool) and math.isfinite(score)
