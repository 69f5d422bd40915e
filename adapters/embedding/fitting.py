"""Texts as embedding models take them."""

from domain.tokens import count

# Counts are estimates: what is cut is cut a little short.
_MARGIN = 0.95


def fitted(text: str, tokens: int) -> str:
    """The text's beginning that has so many tokens at most: providers refuse a longer one, and its
    whole batch with it. OpenAI refuses an empty one too."""
    while len(text) > 1 and (has := count(text)) > tokens:
        text = text[: int(len(text) * tokens / has * _MARGIN) or 1]
    return text or " "
