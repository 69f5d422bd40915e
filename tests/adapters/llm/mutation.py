"""What can happen to a recorded stream on its way."""

from collections.abc import Callable
from random import Random

Mutation = Callable[[bytes, Random], bytes]


def cut(stream: bytes, chance: Random) -> bytes:
    return stream[: chance.randrange(len(stream))]


def flip_bits(stream: bytes, chance: Random) -> bytes:
    changed = bytearray(stream)
    for _ in range(chance.randint(1, 6)):
        changed[chance.randrange(len(changed))] ^= 1 << chance.randrange(8)
    return bytes(changed)


def lose_lines(stream: bytes, chance: Random) -> bytes:
    lines = stream.splitlines(keepends=True)
    for _ in range(chance.randint(1, 3)):
        del lines[chance.randrange(len(lines))]
    return b"".join(lines)


def repeat_lines(stream: bytes, chance: Random) -> bytes:
    lines = stream.splitlines(keepends=True)
    for _ in range(chance.randint(1, 3)):
        place = chance.randrange(len(lines))
        lines.insert(place, lines[place])
    return b"".join(lines)


def swap_events(stream: bytes, chance: Random) -> bytes:
    events = stream.split(b"\n\n")
    first, second = chance.randrange(len(events)), chance.randrange(len(events))
    events[first], events[second] = events[second], events[first]
    return b"\n\n".join(events)


def insert_noise(stream: bytes, chance: Random) -> bytes:
    place = chance.randrange(len(stream))
    return stream[:place] + chance.randbytes(chance.randint(1, 40)) + stream[place:]


MUTATIONS: tuple[Mutation, ...] = (
    cut,
    flip_bits,
    lose_lines,
    repeat_lines,
    swap_events,
    insert_noise,
)


def split(stream: bytes, chance: Random) -> list[bytes]:
    """The same bytes in packets cut anywhere."""
    places = sorted(chance.randrange(len(stream) + 1) for _ in range(chance.randint(0, 6)))
    return [stream[a:b] for a, b in zip([0, *places], [*places, len(stream)], strict=True)]
