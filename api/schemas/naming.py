"""Fields whose mistakes have names of their own."""

import re
from datetime import date
from typing import Annotated, Final
from urllib.parse import urlsplit

from pydantic import (
    AfterValidator,
    BeforeValidator,
    Field,
    ValidationError,
    ValidatorFunctionWrapHandler,
)
from pydantic.functional_validators import WrapValidator
from pydantic_core import PydanticCustomError

from api.text import Text
from models.payloads.knowledge import COLLECTION_PATTERN

# As browsers send it at most, and far more than any page's address needs.
URL_CHARACTERS: Final = 2_000
KEYWORDS: Final = 32
_DATE: Final = re.compile(r"\d{4}-\d{2}-\d{2}")
_SCHEMES: Final = frozenset({"http", "https"})


def named(code: str, say: str) -> WrapValidator:
    """Whatever is wrong with the value is the error `code`, told as `say`."""

    def check(value: object, handler: ValidatorFunctionWrapHandler) -> object:
        try:
            return handler(value)
        except ValidationError as error:
            if any(item["type"] in {"text_invalid", "string_unicode"} for item in error.errors()):
                raise
            raise PydanticCustomError(code, say) from None

    return WrapValidator(check)


def _iso(value: object) -> object:
    """Dates as text alone: pydantic reads numbers as moments since 1970."""
    if isinstance(value, date) or (isinstance(value, str) and _DATE.fullmatch(value)):
        return value
    raise ValueError("no date")


def _address(value: str) -> str:
    """A page's address by its form; whether it may be fetched is found out when it is."""
    value = value.strip()
    parts = urlsplit(value)
    plain = value.isprintable() and " " not in value and parts.port != 0
    if parts.scheme not in _SCHEMES or not parts.hostname or "@" in parts.netloc or not plain:
        raise ValueError("no page's address")
    return value


def _lower(value: object) -> object:
    return value.strip().lower() if isinstance(value, str) else value


def _once(value: object) -> object:
    """Each text once, in the order of their coming."""
    if isinstance(value, list | tuple) and all(isinstance(item, str) for item in value):
        return tuple(dict.fromkeys(value))
    return value


# The order counts: each annotation wraps those before it, so that `named` comes last.
CollectionName = Annotated[
    str,
    Field(pattern=COLLECTION_PATTERN, examples=["brand"]),
    named(
        "collection_name_invalid",
        "A collection's name has 1 to 64 characters: a-z, 0-9, - and _, the first no sign.",
    ),
]
Author = Annotated[Text, Field(min_length=1, max_length=200, examples=["Ada Lovelace"])]
Language = Annotated[
    str,
    Field(pattern=r"^[a-z]{2}$", examples=["en"]),
    BeforeValidator(_lower),
    named("language_invalid", "Give languages as ISO 639-1 codes of two letters."),
]
Day = Annotated[
    date,
    Field(examples=["2026-03-01"]),
    BeforeValidator(_iso),
    named("date_invalid", "Write dates as YYYY-MM-DD."),
]
Keyword = Annotated[Text, Field(min_length=1, max_length=80, examples=["tone"])]
Keywords = Annotated[tuple[Keyword, ...], Field(max_length=KEYWORDS), BeforeValidator(_once)]
Address = Annotated[
    Text,
    Field(max_length=URL_CHARACTERS, examples=["https://example.com/press/spring"]),
    AfterValidator(_address),
    named("url_invalid", "Give the http or https address of a page, without a name or password."),
]
