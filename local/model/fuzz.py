"""A sound stream, damaged on its way: what a seed decides is the same each time."""

from collections.abc import Callable, Sequence
from enum import StrEnum
from random import Random
from typing import Any

import orjson

MOST_PACKETS = 8
# A field grows to this many characters; half of them stay below an answer's own limit, all of them
# below a line's.
GIANTS = (2_000, 70_000, 300_000, 1_000_000, 5_000_000)
DEEP = 2_000
# Values that no field of an event expects, and some that are too much for a column or a number.
ODD: tuple[object, ...] = (
    None, True, -1, 0, 1.5, 2**31, 2**63 - 1, "", "\0", "x\0y", "null", [], {}, [[]], [None],
    {"": ""}, "☃" * 300,
)  # fmt: skip

Events = Sequence[bytes]


class Kind(StrEnum):
    """What is done to a stream. A client cannot tell the last ones from what the model said."""

    PACKETS = "packets"
    CUT = "cut"
    LOSE = "lose"
    REPEAT = "repeat"
    SWAP = "swap"
    FLIP = "flip"
    NOISE = "noise"
    RETYPE = "retype"
    GIANT = "giant"
    DEEP = "deep"


KINDS = tuple(Kind)


def kind_of(seed: int) -> Kind:
    """Seeds go round the kinds."""
    return KINDS[seed % len(KINDS)]


def fuzzed(events: Events, seed: int) -> list[bytes]:
    """The packets of the damaged stream."""
    chance = Random(seed)  # noqa: S311 - a seed makes a stream repeatable
    kind = kind_of(seed)
    stream = _DAMAGE[kind](events, chance) if events else b""
    return _packets(stream, chance, MOST_PACKETS if kind is not Kind.PACKETS else len(stream))


def _packets(stream: bytes, chance: Random, most: int) -> list[bytes]:
    """The same bytes, cut anywhere: inside lines, characters and events."""
    count = chance.randint(1, max(most // 4, 2))
    places = sorted(chance.randrange(len(stream) + 1) for _ in range(count))
    pieces = [stream[a:b] for a, b in zip([0, *places], [*places, len(stream)], strict=True)]
    return [piece for piece in pieces if piece]


def _dressed(events: Events, chance: Random) -> bytes:
    """The same events with comments between them, and other line ends."""
    dressed = []
    for event in events:
        if chance.random() < 0.3:
            dressed.append(b": keep-alive\n\n")
        dressed.append(event)
    stream = b"".join(dressed)
    return stream.replace(b"\n", b"\r\n") if chance.random() < 0.3 else stream


def _cut(events: Events, chance: Random) -> bytes:
    stream = b"".join(events)
    return stream[: chance.randrange(len(stream))]


def _lost(events: Events, chance: Random) -> bytes:
    kept = list(events)
    for _ in range(chance.randint(1, 3)):
        if kept:
            del kept[chance.randrange(len(kept))]
    return b"".join(kept)


def _repeated(events: Events, chance: Random) -> bytes:
    told = list(events)
    for _ in range(chance.randint(1, 3)):
        place = chance.randrange(len(told))
        told.insert(chance.randint(place, len(told)), told[place])
    return b"".join(told)


def _swapped(events: Events, chance: Random) -> bytes:
    told = list(events)
    for _ in range(chance.randint(1, 2)):
        a, b = chance.randrange(len(told)), chance.randrange(len(told))
        told[a], told[b] = told[b], told[a]
    return b"".join(told)


def _flipped(events: Events, chance: Random) -> bytes:
    stream = bytearray(b"".join(events))
    for _ in range(chance.randint(1, 6)):
        stream[chance.randrange(len(stream))] ^= 1 << chance.randrange(8)
    return bytes(stream)


def _noisy(events: Events, chance: Random) -> bytes:
    stream = b"".join(events)
    place = chance.randrange(len(stream))
    return stream[:place] + chance.randbytes(chance.randint(1, 60)) + stream[place:]


def _retyped(events: Events, chance: Random) -> bytes:
    return _changed(events, chance, lambda _: chance.choice(ODD))


def _giant(events: Events, chance: Random) -> bytes:
    size = chance.choice(GIANTS)
    return _changed(events, chance, lambda value: f"{value}{'g' * size}")


def _deep(events: Events, chance: Random) -> bytes:
    depth = chance.choice((50, 300, DEEP))
    opening, closing = chance.choice(((b"[", b"]"), (b'{"a":', b"}")))
    nest = opening * depth + b"1" + closing * depth
    return _changed(events, chance, lambda _: orjson.Fragment(nest))


_DAMAGE: dict[Kind, Callable[[Events, Random], bytes]] = {
    Kind.PACKETS: _dressed,
    Kind.CUT: _cut,
    Kind.LOSE: _lost,
    Kind.REPEAT: _repeated,
    Kind.SWAP: _swapped,
    Kind.FLIP: _flipped,
    Kind.NOISE: _noisy,
    Kind.RETYPE: _retyped,
    Kind.GIANT: _giant,
    Kind.DEEP: _deep,
}


def _changed(events: Events, chance: Random, change: Callable[[object], object]) -> bytes:
    """One field of one event, however deep it lies, has another value."""
    told = list(events)
    place = chance.choice([i for i, event in enumerate(told) if b"data: {" in event])
    head, data = told[place].split(b"data: ", 1)
    document = orjson.loads(data)
    holder, key = chance.choice(list(_fields(document)))
    holder[key] = change(holder[key])
    told[place] = b"%bdata: %b\n\n" % (head, orjson.dumps(document))
    return b"".join(told)


def _fields(document: Any) -> list[tuple[Any, Any]]:  # noqa: ANN401 - any JSON
    """Every place in it that holds a value, as its holder and key."""
    keys = document.keys() if isinstance(document, dict) else range(len(document))
    found = []
    for key in keys:
        found.append((document, key))
        if isinstance(document[key], dict | list):
            found += _fields(document[key])
    return found
