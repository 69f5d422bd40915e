"""Search by a picture: read in a child process, described, compared."""

import asyncio
import base64
import binascii
from collections.abc import Sequence
from typing import Final
from uuid import uuid4

from api.dependencies import Context, Edge
from domain.parsing import kinds
from domain.ports.search import PictureHit
from domain.pricing import priced
from models.errors import (
    InvalidError,
    NotFoundError,
    TooLargeError,
    UnavailableError,
    UnsupportedError,
)
from models.payloads.knowledge import Filters

# Seconds for reading a picture, its turn included: the parser's own limit, and half as much.
_READING: Final = 30.0
_TIMEOUT: Final = "document_parse_timeout"
_DATA_URL: Final = ";base64,"
# What stands before the data in a data URL.
_HEAD: Final = 100


def decoded(image: str) -> bytes:
    """Of base64, plain or as a data URL. InvalidError("image_invalid")."""
    if image.startswith("data:") and _DATA_URL in image[:_HEAD]:
        image = image.partition(_DATA_URL)[2]
    try:
        return base64.b64decode(image, validate=True)
    except (binascii.Error, ValueError):
        raise InvalidError("The image is not base64.", code="image_invalid") from None


def kind_of(data: bytes) -> str:
    """By its first bytes alone: whatever name and type it came with. UnsupportedError."""
    try:
        kind = kinds.detect("", "", data[: kinds.HEAD_BYTES])
    except (UnsupportedError, InvalidError):
        kind = ""
    if not kind.startswith("image/"):
        raise UnsupportedError("Search by a picture.", code="picture_type_unsupported")
    return kind


async def nearest(
    edge: Edge, context: Context, data: bytes, *, limit: int, filters: Filters
) -> Sequence[PictureHit]:
    """The space's pictures most like this one. TooLargeError, UnsupportedError, InvalidError,
    NotFoundError, ModelError."""
    the = edge.ports
    if not data:
        raise InvalidError("The image is empty.", code="image_empty")
    if len(data) > edge.limits.picture_bytes:
        raise TooLargeError(
            f"The picture may have {edge.limits.picture_bytes:,} bytes.", code="picture_too_large"
        )
    kind = kind_of(data)
    await _known(edge, context, filters.collections)
    vectors, usage = await the.pictures.embed([await _small(edge, kind, data)])
    entry = priced("embedding", the.pictures.name, usage)
    await the.usage.record(context.scope, uuid4(), [entry], user_id=context.caller.user_id)
    return await the.index.pictures(
        context.scope, vectors[0], model=the.pictures.name, limit=limit, filters=filters
    )


async def _small(edge: Edge, kind: str, data: bytes) -> bytes:
    """As pictures in documents are kept: read and made small by the parser's child."""
    unreadable = InvalidError("The picture cannot be read.", code="picture_unreadable")
    async with edge.bulk.place():
        try:
            async with asyncio.timeout(_READING):
                parsed = await edge.ports.parser.parse(kind, data)
        except TimeoutError:
            raise _late() from None
        except (InvalidError, UnsupportedError) as error:
            raise (_late() if error.code == _TIMEOUT else unreadable) from None
    if not parsed.pictures:
        raise unreadable
    return parsed.pictures[0].data


def _late() -> UnavailableError:
    """A picture of so few bytes and pixels takes long to read only while much else is done."""
    return UnavailableError(
        "Reading the picture took too long.", code="search_timeout", retryable=True
    )


async def _known(edge: Edge, context: Context, names: Sequence[str]) -> None:
    if not names:
        return
    there = {one.name for one in await edge.ports.collections.all(context.scope)}
    if unknown := [name for name in names if name not in there]:
        raise NotFoundError(f"There is no collection {unknown[0]}.", code="collection_not_found")
