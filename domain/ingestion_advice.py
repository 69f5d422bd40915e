"""What to do about a document that could not be taken in, for the person who sees its row."""

from typing import Final

# The row keeps 500 characters.
DETAIL_CHARACTERS: Final = 320

_AGAIN: Final = "Add the same file again later: what was done is kept."
_OPERATOR: Final = "Ask whoever runs this deployment to check"

_SMALLER: Final = "Split it, and add the parts."
_ANEW: Final = "Save it anew or in another format, and add that."
_SAVED: Final = "Save the page yourself, and add the file."

ADVICE: Final = {
    "document_without_text": "Add a file with text or pictures in it.",
    "document_too_long": _SMALLER,
    "document_expands": _SMALLER,
    "document_nested": "Add what is inside by itself.",
    "document_parse_timeout": _SMALLER,
    "document_parse_failed": _ANEW,
    "document_unsafe": _ANEW,
    "document_exists": "Look for that one.",
    "parser_unavailable": _AGAIN,
    "collection_not_found": "Move it to another collection, then add the same file again.",
    "url_invalid": "Name a public page.",
    "url_forbidden": f"Name a public page. {_SAVED}",
    "url_robots": _SAVED,
    "url_refused": _SAVED,
    "url_not_found": "Check the address.",
    "url_failed": _SAVED,
    "url_redirects": _SAVED,
    "url_timeout": f"Refresh the document later. {_SAVED}",
    "url_too_large": _SAVED,
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
    """The detail, and what to do next where the detail does not say it: what is to be tried again
    is said with how."""
    shown = detail if len(detail) <= DETAIL_CHARACTERS else detail[: DETAIL_CHARACTERS - 1] + "…"
    advice = ADVICE.get(code)
    if advice is None or advice in shown or "try again" in shown:
        return shown
    return f"{shown} {advice}".strip()
