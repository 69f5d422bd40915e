"""What the fault tests understand of Postgres's protocol."""

import itertools
import struct

from hypothesis import given
from hypothesis import strategies as st

from tests.chaos.wire import Transactions

STARTUP = struct.pack("!ii", 8, 80877103) + struct.pack("!ii", 13, 196608) + b"user\0"


def message(kind: bytes, body: bytes) -> bytes:
    return kind + struct.pack("!i", len(body) + 4) + body


def prepared(name: bytes, statement: bytes) -> bytes:
    return message(b"P", name + b"\0" + statement + b"\0\0\0")


def bound(name: bytes) -> bytes:
    return message(b"B", b"\0" + name + b"\0" + bytes(6))


BEGIN, COMMIT = message(b"Q", b"BEGIN; SET LOCAL x = ''\0"), message(b"Q", b"COMMIT\0")
READ = prepared(b"r", b"SELECT FROM turn FOR NO KEY UPDATE OF turn") + bound(b"r")
WRITE = prepared(b"w", b"WITH a AS (\nUPDATE turn SET steps = 1) SELECT") + bound(b"w")
TALK = STARTUP + BEGIN + READ + COMMIT + BEGIN + WRITE + COMMIT + BEGIN + bound(b"w") + COMMIT


def test_only_a_commit_behind_a_write_counts() -> None:
    client = Transactions()

    assert not client.commits(STARTUP + BEGIN + READ + COMMIT)
    assert not client.commits(BEGIN + WRITE)
    assert client.commits(COMMIT)
    assert not client.commits(BEGIN + bound(b"r") + COMMIT)
    assert client.commits(BEGIN + bound(b"w") + COMMIT)


@given(st.lists(st.integers(0, len(TALK)), max_size=8))
def test_commits_are_found_however_their_bytes_are_cut(places: list[int]) -> None:
    client = Transactions()
    edges = sorted({0, TALK.rindex(BEGIN), *places, len(TALK)})

    found = [client.commits(TALK[start:end]) for start, end in itertools.pairwise(edges)]

    assert sum(found) == 2
