"""A reranker that needs no download and no network."""

import asyncio
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Final

import numpy as np

from adapters.rerank.judging import likeness, shared_words
from adapters.rerank.vocabulary import Vocabulary
from domain.ports.transcript import UsageEntry
from domain.ranking import RANK_CONSTANT
from models.errors import ModelRefusedError

MOST_TEXTS: Final = 200
# The longest passage; what is read of a text is bounded, whoever asks.
TEXT_CHARACTERS: Final = 8_000
QUERY_CHARACTERS: Final = 2_000
# What the search before it thought, beside what is judged here: words and meaning count 1 each.
PLACE_SHARE: Final = 0.5


class LocalReranker:
    """Judges by words, by meaning, and by the place that the texts came in: best first, as the
    search found them. Without wordllama by the first and the last."""

    name = "local"
    most = MOST_TEXTS

    def __init__(self) -> None:
        self._vocabulary = Vocabulary()
        # One thread: the vocabulary is not for two.
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="rerank")

    async def rerank(
        self, query: str, texts: Sequence[str]
    ) -> tuple[Sequence[float], UsageEntry | None]:
        """As the port says; it costs nothing, so there is no usage."""
        if len(texts) > self.most:
            raise ModelRefusedError(
                f"{len(texts)} texts to rank again; {self.most} fit.", code="rerank_too_many"
            )
        cut = [text[:TEXT_CHARACTERS] for text in texts]
        loop = asyncio.get_running_loop()
        scores = await loop.run_in_executor(
            self._thread, self.judged, query[:QUERY_CHARACTERS], cut
        )
        return scores, None

    def preload(self) -> None:
        """Load the vectors beside other work: the first query would wait half a second for them."""
        self._thread.submit(self.judged, "warm", ["warm"])

    def close(self) -> None:
        self._thread.shutdown(wait=False, cancel_futures=True)

    def judged(self, query: str, texts: Sequence[str]) -> list[float]:
        """What `rerank` does, in the caller's thread: for one at a time."""
        asked, *read = self._vocabulary.read([query, *texts])
        found = shared_words(self._vocabulary.terms, asked, read)
        share = 1.0
        if self._vocabulary.vectors is not None:
            found = found + likeness(self._vocabulary.vectors, asked, read)
            share += 1.0
        found += PLACE_SHARE * RANK_CONSTANT / (RANK_CONSTANT + np.arange(len(texts)))
        scores: list[float] = np.clip(found / (share + PLACE_SHARE), 0.0, 1.0).tolist()
        return scores
