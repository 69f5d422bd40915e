"""The language of a text, by a model that comes inside its package."""

import re

from py3langid.langid import MODEL_FILE, LanguageIdentifier

# A sentence or two; less is a guess. More than the most makes it slower and not better.
_LEAST_LETTERS = 120
_MOST_CHARACTERS = 20_000
_LEAST_PROBABILITY = 0.95
_NOT_WORDS = re.compile(r"[^\w\s]|\d|_|https?://\S+")

_identifier = LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)


def of(text: str) -> str | None:
    """ISO 639-1, only when sure."""
    words = " ".join(_NOT_WORDS.sub(" ", text[:_MOST_CHARACTERS]).split())
    if len(words.replace(" ", "")) < _LEAST_LETTERS:
        return None
    language, probability = _identifier.classify(words)
    return language if probability >= _LEAST_PROBABILITY and len(language) == 2 else None
