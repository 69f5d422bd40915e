"""Words as the local reranker knows them: each one's term, and its vector from wordllama."""

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import structlog

from domain.lexical import terms

# Kept words: 33 MB with their vectors. A team's documents have some ten thousand different ones;
# when it is full it starts anew, which costs one question some 20 ms.
MOST_WORDS: Final = 32_768
DIMENSION: Final = 256
# No term: a word that stands anywhere.
NOTHING: Final = -1

# A letter of a script that is written without spaces stands for itself.
_UNSPACED: Final = (
    "\u0e00-\u0eff\u1000-\u109f\u1100-\u11ff\u1780-\u17ff\u3040-\u9fff\uac00-\ud7af"
    "\uf900-\ufaff\uff66-\uff9f\U00020000-\U0003ffff"
)
_WORD: Final = re.compile(rf"[^\W{_UNSPACED}]{{1,32}}|[{_UNSPACED}]")

log = structlog.get_logger(__name__)

Places = npt.NDArray[np.intp]
Terms = npt.NDArray[np.int32]
Floats = npt.NDArray[np.float32]


class Vocabulary:
    """Loads its weights at the first reading: half a second and 110 MB; without wordllama there
    are terms alone. Not thread-safe: use it from one thread at a time."""

    def __init__(self) -> None:
        self.vectors: Floats | None = None
        self.terms: Terms = np.full(MOST_WORDS, NOTHING, np.int32)
        self._places: dict[str, int] = {}
        self._term_numbers: dict[str, int] = {}
        self._model: Any = None
        self._loaded = False

    def read(self, texts: Sequence[str]) -> list[Places]:
        """Where the words of each text stand in `terms` and `vectors`, in their order."""
        self._load()
        read = [_WORD.findall(text.casefold()) for text in texts]
        new = {word for words in read for word in words}.difference(self._places)
        if len(self._places) + len(new) > MOST_WORDS:
            self._places.clear()
            self._term_numbers.clear()
            new = {word for words in read for word in words}
        self._learn(sorted(new)[:MOST_WORDS])
        place = self._places.get
        found = [np.array([place(word, NOTHING) for word in words], np.intp) for words in read]
        return [places[places != NOTHING] for places in found]

    def _learn(self, words: Sequence[str]) -> None:
        first = len(self._places)
        for place, word in enumerate(words, first):
            self._places[word] = place
            known = terms(word)
            numbers = self._term_numbers
            self.terms[place] = numbers.setdefault(known[0], len(numbers)) if known else NOTHING
        if self.vectors is not None and words:
            tokenized = self._model.tokenizer.encode_batch(list(words), add_special_tokens=False)
            for place, token in enumerate(tokenized, first):
                self.vectors[place] = self._model.embedding[token.ids, :DIMENSION].sum(axis=0)

    def _load(self) -> None:
        if self._loaded:
            return
        self._loaded = True
        try:
            import wordllama  # noqa: PLC0415 -- an optional package
        except ImportError:
            log.warning("rerank.without_vectors", install="holdfast[local]")
            return
        folder = Path(wordllama.__file__).parent
        self._model = wordllama.WordLlama.load(cache_dir=folder, disable_download=True)
        self._model.tokenizer.no_padding()
        self.vectors = np.zeros((MOST_WORDS, DIMENSION), np.float32)
