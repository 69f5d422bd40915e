"""From where other people's pages may call."""

import re
from typing import Annotated, Final

from pydantic import AfterValidator, Field
from pydantic_core import PydanticCustomError

from api.schemas.base import Body, View
from domain.ports.web_origins import MOST

_ORIGIN: Final = re.compile(
    r"(https?)://([a-z0-9](?:[a-z0-9._-]{0,251}[a-z0-9])?|\[[0-9a-f:.]{2,45}\])(?::([0-9]{1,5}))?"
)
_USUAL: Final = {"http": 80, "https": 443}
_LAST_PORT: Final = 65_535


def canonical(text: str) -> str:
    """As browsers write it: in small letters, without the scheme's usual port."""
    found = _ORIGIN.fullmatch(text.lower())
    port = int(found[3]) if found and found[3] else None
    if found is None or (port is not None and not 0 < port <= _LAST_PORT):
        raise PydanticCustomError(
            "origin_invalid",
            "An origin is https://host or https://host:port: no path, no wildcard.",
        )
    place = f"{found[1]}://{found[2]}"
    return place if port in (None, _USUAL[found[1]]) else f"{place}:{port}"


Origin = Annotated[
    str,
    Field(max_length=300, examples=["https://app.example.org"]),
    AfterValidator(canonical),
]


class OriginsBody(Body):
    origins: list[Origin] = Field(max_length=MOST)


class OriginsView(View):
    origins: list[str]
