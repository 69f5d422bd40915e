"""Text of strangers: what no store or stream can hold is refused by name."""

from typing import Annotated, Final

from pydantic import AfterValidator
from pydantic_core import PydanticCustomError

from models.errors import InvalidError, TooLargeError

# Postgres has no NUL in text. Lone surrogates pydantic refuses itself, as string_unicode.
_NUL: Final = "\x00"


def clean(text: str) -> str:
    if _NUL in text:
        raise PydanticCustomError("text_invalid", "Text may hold no NUL character.")
    try:
        text.encode()
    except UnicodeEncodeError:
        raise PydanticCustomError("text_invalid", "Text may hold no lone surrogate.") from None
    return text


Text = Annotated[str, AfterValidator(clean)]


def checked_message(text: str, limit: int) -> str:
    """InvalidError message_empty; TooLargeError message_too_long beyond `limit` characters."""
    if not text.strip():
        raise InvalidError("The message is empty.", code="message_empty")
    if len(text) > limit:
        raise TooLargeError(
            f"The message has {len(text):,} characters; {limit:,} is the limit.",
            code="message_too_long",
        )
    return text
