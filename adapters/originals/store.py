"""Originals in a folder, an S3-compatible bucket or one of Google's."""

import asyncio
import os
from collections.abc import Awaitable
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar
from urllib.parse import SplitResult, unquote, urlsplit

import obstore
from obstore.exceptions import BaseError
from obstore.store import GCSStore, LocalStore, ObjectStore, S3Store

from models.errors import NotFoundError, UnavailableError

if TYPE_CHECKING:
    from obstore.store import ClientConfig, GCSConfig, RetryConfig, S3Config

Result = TypeVar("Result")

# 50 MB over a slow line; beyond it the caller tries again later. Well below the quarter of an hour
# after which an object that nobody adopted is removed.
WITHIN = 120.0  # seconds
# The store's own retries; the callers' are patient besides.
_RETRY: "RetryConfig" = {"max_retries": 2, "retry_timeout": timedelta(seconds=30)}


class ObjectOriginals:
    """An Originals. `folder` is where its objects are files: those are brought to the disk
    before their rows say that they are there, which the store's library leaves to the caller."""

    def __init__(
        self, store: ObjectStore, *, folder: Path | None = None, within: float = WITHIN
    ) -> None:
        self._store = store
        self._folder = folder
        self._within = within

    async def put(self, name: str, data: bytes) -> None:
        await self._reached(self._put(name, data))

    async def get(self, name: str) -> bytes:
        try:
            return await self._reached(self._get(name))
        except FileNotFoundError:
            raise NotFoundError("The original is not there.", code="original_missing") from None

    async def remove(self, name: str) -> None:
        try:
            await self._reached(self._remove(name))
        except FileNotFoundError:
            return

    async def _put(self, name: str, data: bytes) -> None:
        # In one request: whole or not at all.
        await obstore.put_async(self._store, name, data, use_multipart=False)
        if self._folder is not None:
            await asyncio.to_thread(_to_disk, self._folder, name)

    async def _get(self, name: str) -> bytes:
        found = await obstore.get_async(self._store, name)
        return bytes(await found.bytes_async())

    async def _remove(self, name: str) -> None:
        await obstore.delete_async(self._store, name)

    async def _reached(self, call: Awaitable[Result]) -> Result:
        """UnavailableError("originals_unavailable"), without what the store says: it may hold
        names and keys. What is not there is a FileNotFoundError."""
        try:
            async with asyncio.timeout(self._within):
                return await call
        except FileNotFoundError:
            raise
        except (BaseError, OSError, TimeoutError) as error:
            raise UnavailableError(
                f"The store of originals does not answer ({type(error).__name__}).",
                code="originals_unavailable",
            ) from None


def originals_at(
    url: str,
    *,
    endpoint: str | None = None,
    region: str | None = None,
    access_key_id: str | None = None,
    secret_access_key: str | None = None,
    google_key: str | None = None,
) -> ObjectOriginals:
    """`s3://bucket/prefix` (of any server that speaks S3, at `endpoint`), `gs://bucket/prefix`,
    `file:///folder`, or a folder's path. Keys that are not given are looked for where the
    vendor's own tools do. ValueError for another scheme, or a key that is none."""
    parts = urlsplit(url)
    if parts.scheme == "s3":
        # Not every server that speaks S3 knows how to delete several at once; ours are single.
        config: S3Config = {"region": region or "us-east-1", "disable_bulk_delete": True}
        if endpoint:
            config["endpoint"] = endpoint
        if access_key_id and secret_access_key:
            config["access_key_id"] = access_key_id
            config["secret_access_key"] = secret_access_key
        return ObjectOriginals(_s3(parts, config, _client(endpoint)))
    if parts.scheme == "gs":
        google: GCSConfig = {}
        if endpoint:
            google["base_url"] = endpoint
        if google_key:
            google["service_account_key"] = google_key
        return ObjectOriginals(_google(parts, google, _client(endpoint)))
    if parts.scheme not in {"", "file"}:
        raise ValueError(f"Originals cannot lie at an address of the scheme {parts.scheme!r}.")
    folder = Path(unquote(parts.path) if parts.scheme else url).absolute()
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    # With its last file a document's folder goes, whose name is the document's.
    return ObjectOriginals(LocalStore(folder, automatic_cleanup=True), folder=folder)


def _s3(parts: SplitResult, config: "S3Config", client: "ClientConfig") -> S3Store:
    return S3Store(
        parts.netloc,
        prefix=parts.path.strip("/") or None,
        config=config,
        client_options=client,
        retry_config=_RETRY,
    )


def _google(parts: SplitResult, config: "GCSConfig", client: "ClientConfig") -> GCSStore:
    try:
        return GCSStore(
            parts.netloc,
            prefix=parts.path.strip("/") or None,
            config=config,
            client_options=client,
            retry_config=_RETRY,
        )
    except BaseError:
        # Its words may quote the key.
        raise ValueError("The google_key of originals is no service account's key.") from None


def _client(endpoint: str | None) -> "ClientConfig":
    """Plain HTTP only to an endpoint that says so: one inside a deployment."""
    return {
        "connect_timeout": timedelta(seconds=5),
        "timeout": timedelta(seconds=60),
        "allow_http": bool(endpoint and endpoint.startswith("http://")),
    }


def _to_disk(folder: Path, name: str) -> None:
    """The file, and each folder above it that may be new."""
    path = folder / name
    for place in (path, *path.parents):
        if place == folder.parent:
            return
        number = os.open(place, os.O_RDONLY)
        try:
            os.fsync(number)
        finally:
            os.close(number)
