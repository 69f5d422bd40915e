"""Ten thousand passages for our agent that looks things up; ingested through the API, once."""

import asyncio
import json
import random

import httpx2

from bench.place import Place
from local.stack import Stack

PASSAGES = 10_000
# The same texts on each machine and in each run: documents with known bytes are not taken twice.
SEED = 20_261_120
WORDS = 4_000
DOCUMENT_WORDS = 40_000
SECTION_WORDS = 120
# Ingestions at once: the worker has eight slots.
AT_ONCE = 4
INGESTION_SECONDS = 600.0
LOOK = 0.25
SYLLABLES = (
    "ba",
    "ce",
    "di",
    "fo",
    "gu",
    "ka",
    "le",
    "mi",
    "no",
    "pu",
    "ra",
    "se",
    "ti",
    "vo",
    "zu",
)


class IngestionFailedError(Exception):
    """The passages could not be made ready; the message has the API's reason."""


def _text(number: int) -> str:
    """A document of sections with words of a skewed vocabulary, as language has them."""
    chance = random.Random(SEED + number)  # noqa: S311 -- texts that are the same everywhere
    words = [
        "".join(SYLLABLES[(word // 15**place) % 15] for place in range(2 + word % 3))
        for word in range(WORDS)
    ]
    lines = []
    for section in range(DOCUMENT_WORDS // SECTION_WORDS):
        picked = (words[int(WORDS * chance.random() ** 3)] for _ in range(SECTION_WORDS))
        lines += [f"## Section {section} of {number}", "", " ".join(picked) + ".", ""]
    return "\n".join(lines)


async def filled(place: Place) -> int:
    """Ingest until there are enough; how many passages there are."""
    stack = place.stack
    headers = {"authorization": f"Bearer {stack.token}", "x-space-id": str(stack.space_id)}
    passages = 0
    number = 0
    async with httpx2.AsyncClient(base_url=stack.api, headers=headers, timeout=60.0) as http:
        while passages < PASSAGES:
            batch = [_ingested(http, number + offset) for offset in range(AT_ONCE)]
            passages += sum(await asyncio.gather(*batch))
            number += AT_ONCE
    return passages


async def _ingested(http: httpx2.AsyncClient, number: int) -> int:
    body = {"title": f"Bench {number}", "text": _text(number)}
    answer = await http.post("/v1/documents", json=body)
    document = answer.json()
    if answer.status_code not in {200, 202}:
        raise IngestionFailedError(answer.text)
    async with asyncio.timeout(INGESTION_SECONDS):
        while document["status"] not in {"ready", "failed"}:
            await asyncio.sleep(LOOK)
            document = (await http.get(f"/v1/documents/{document['id']}")).json()
    if document["status"] == "failed":
        raise IngestionFailedError(json.dumps(document["error"]))
    return int(document["passages"])


async def embedding_call(stack: Stack, times: int) -> list[float]:
    """Milliseconds of the embedding call alone, which retrieval waits for."""
    spent = []
    loop = asyncio.get_running_loop()
    body = {"model": "offline-embedding", "input": ["Say something."], "dimensions": 3_072}
    async with httpx2.AsyncClient(timeout=60.0) as http:
        for _ in range(times):
            began = loop.time()
            answer = await http.post(f"{stack.model_base_url}/embeddings", json=body)
            answer.raise_for_status()
            spent.append((loop.time() - began) * 1_000)
    return spent
