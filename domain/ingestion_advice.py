"""What to do about a document that could not be taken in, for the person who sees its row."""

from typing import Final

# The row keeps 500 characters.
DETAIL_CHARACTERS: Final = 320

_AGAIN: Final = "Add the same file again later: what was done is kept."
_OPERATOR: Final = "Ask whoever runs this deployment to check"

# The parser's and the fetcher's own errors say what to do by themselves.
ADVICE: Final = {
    "model_overloaded": _AGAIN,
    "model_unavailable": _AGAIN,
    "model_quiet": _AGAIN,
    "model_garbled": f"{_OPERATOR} the embedding model: its vectors cannot be used.",
    "model_key_rejected": f"{_OPERATOR} the embedding model's key, then add the same file again.",
    "model_quota_exhausted": f"{_OPERATOR} the embedding model's quota, then add the file again.",
    "model_not_found": f"{_OPERATOR} the embedding model's name, then add the same file again.",
    "model_rejected": f"{_OPERATOR} the embedding model's settings, then add the file again.",
    "model_failed": _AGAIN,
    "model_content_filtered": "The model's provider refuses what it says: add it without that.",
    "embedding_model_unknown": f"{_OPERATOR} the embedding models, then add the same file again.",
    "context_too_long": "Choose shorter passages for its collection, then add the file again.",
    "url_unavailable": "The site did not answer for a while: refresh the document later.",
    "originals_unavailable": _AGAIN,
    "original_missing": "Its file is lost: upload it again as a new version.",
    "store_unavailable": _AGAIN,
    "ingestion_incomplete": _AGAIN,
    "ingestion_timeout": _AGAIN,
    "ingestion_cancelled": "Add the same file again to go on.",
    "internal": f"Add the same file again; when it fails again, {_OPERATOR[0].lower()}"
    f"{_OPERATOR[1:]} its logs.",
}


def advised(code: str, detail: str) -> str:
    """The detail, and what to do next where the detail does not say it."""
    shown = detail if len(detail) <= DETAIL_CHARACTERS else detail[: DETAIL_CHARACTERS - 1] + "…"
    advice = ADVICE.get(code)
    return f"{shown} {advice}".strip() if advice and advice not in shown else shown
