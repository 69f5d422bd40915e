"""Originals: what is put is there, whole; and a store that fails says so by name."""

import asyncio
import os
import stat
from asyncio import start_server
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from adapters.originals.store import ObjectOriginals, originals_at
from models.errors import NotFoundError, UnavailableError
from settings import OriginalsSettings
from tests.knowledge.bucket import KEY, REGION, SECRET, Bucket

NAME = "organisation/space/document/hash-1"


@pytest.fixture
def bucket() -> Bucket:
    return Bucket()


@pytest.fixture
async def endpoint(bucket: Bucket) -> AsyncIterator[str]:
    server = await start_server(bucket.serve, "127.0.0.1", 0)
    host, port = server.sockets[0].getsockname()
    yield f"http://{host}:{port}"
    server.close()


def in_bucket(endpoint: str, secret: str = SECRET) -> ObjectOriginals:
    settings = OriginalsSettings.model_validate(
        {
            "url": "s3://files/in/here",
            "endpoint": endpoint,
            "region": REGION,
            "access_key_id": KEY,
            "secret_access_key": secret,
        }
    )
    return originals_at(settings.url, **settings.access())


@pytest.fixture(params=["folder", "bucket"])
def originals(request: pytest.FixtureRequest, tmp_path: Path, endpoint: str) -> ObjectOriginals:
    return originals_at(str(tmp_path)) if request.param == "folder" else in_bucket(endpoint)


async def test_what_is_put_is_got_and_what_is_removed_is_gone(originals: ObjectOriginals) -> None:
    data = bytes(range(256)) * 40_000
    await originals.put(NAME, data)
    await originals.put(f"{NAME}2", b"other")

    assert await originals.get(NAME) == data
    for _ in range(2):
        await originals.remove(NAME)
    with pytest.raises(NotFoundError) as gone:
        await originals.get(NAME)

    assert gone.value.code == "original_missing"
    assert await originals.get(f"{NAME}2") == b"other"


async def test_a_bucket_gets_one_signed_request_for_each_object(
    bucket: Bucket, endpoint: str
) -> None:
    await in_bucket(endpoint).put(NAME, b"x" * 20_000_000)

    assert bucket.requests == [f"PUT /files/in/here/{NAME}"]
    assert list(bucket.objects) == [f"/files/in/here/{NAME}"]


async def test_a_wrong_key_is_named_and_tells_nothing(bucket: Bucket, endpoint: str) -> None:
    originals = in_bucket(endpoint, secret="wrong")
    for attempt in (originals.put(NAME, b"x"), originals.get(NAME), originals.remove(NAME)):
        with pytest.raises(UnavailableError) as refused:
            await attempt
        assert (refused.value.code, refused.value.retryable) == ("originals_unavailable", True)
        assert endpoint not in refused.value.detail
    assert bucket.objects == {}


async def test_a_store_that_is_away_for_a_moment_is_asked_again(
    bucket: Bucket, endpoint: str
) -> None:
    bucket.answers = [503]
    await in_bucket(endpoint).put(NAME, b"x")

    assert list(bucket.objects.values()) == [b"x"]


async def test_a_store_that_stays_away_is_given_up(bucket: Bucket, endpoint: str) -> None:
    bucket.answers = [500] * 100
    with pytest.raises(UnavailableError) as away:
        await in_bucket(endpoint).get(NAME)

    assert away.value.code == "originals_unavailable"
    assert "secret detail" not in str(away.value)
    assert len(bucket.requests) <= 3


async def test_a_store_that_says_nothing_is_given_up(bucket: Bucket, endpoint: str) -> None:
    silent = in_bucket(endpoint)
    silent._within = 0.05
    bucket.answers = [500] * 100
    with pytest.raises(UnavailableError):
        await silent.put(NAME, b"x")


async def test_a_folder_is_made_for_its_owner_alone(tmp_path: Path) -> None:
    await originals_at((tmp_path / "a b" / "c").as_uri()).put(NAME, b"x")

    folder = tmp_path / "a b" / "c"
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert (folder / NAME).read_bytes() == b"x"


async def test_nothing_is_left_of_a_document_whose_files_are_removed(tmp_path: Path) -> None:
    originals = originals_at(str(tmp_path))
    names = [f"organisation/space/document{number % 3}/hash-{number}" for number in range(60)]

    async def come_and_go(name: str) -> None:
        for _ in range(5):
            await originals.put(name, b"bytes")
            assert await originals.get(name) == b"bytes"
            await originals.remove(name)

    # A folder goes with its last file, and not while another one comes.
    await asyncio.gather(*map(come_and_go, names))

    assert await asyncio.to_thread(os.listdir, tmp_path) == []
    await originals.put(NAME, b"again")
    assert await originals.get(NAME) == b"again"


async def test_a_folder_that_cannot_be_written_is_a_named_error(tmp_path: Path) -> None:
    originals = originals_at(str(tmp_path))
    (tmp_path / "organisation").write_bytes(b"a file where a folder should be")

    with pytest.raises(UnavailableError) as refused:
        await originals.put(NAME, b"x")
    assert refused.value.code == "originals_unavailable"


def test_another_scheme_is_refused() -> None:
    with pytest.raises(ValueError, match="ftp"):
        originals_at("ftp://somewhere")


def test_a_key_of_googles_that_is_none_is_refused_at_once() -> None:
    with pytest.raises(ValueError, match="google_key"):
        originals_at("gs://files/prefix", google_key="no key")
