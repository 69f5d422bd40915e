"""The list of calls says what it means, on each machine that it knows."""

import os

import pytest

from adapters.sandbox_python import confine

ANSWERS = {confine._ALLOW: "allow", confine._REFUSE: "refuse", confine._KILL: "kill"}
HIGHEST = 600  # numbers of calls end below


def judged(lines: list[tuple[int, int, int, int]], machine: int, call: int, first: int) -> str:
    """What the kernel's interpreter would say."""
    loaded, place = 0, 0
    while True:
        code, when, unless, value = lines[place]
        place += 1
        if code == confine._LOAD:
            loaded = {0: call, 4: machine, 16: first}[value]
        elif code == confine._RETURN:
            return ANSWERS[value]
        elif code == confine._EQUAL:
            place += when if loaded == value else unless
        else:
            place += when if loaded >= value else unless


@pytest.mark.parametrize("machine", confine._MACHINES)
def test_what_is_listed_is_allowed_and_nothing_else(machine: str) -> None:
    name, calls, own = confine._MACHINES[machine]
    lines = confine._judging(name, calls, own)
    assert all(max(when, unless) < 256 for _, when, unless, _ in lines)
    for call in range(HIGHEST):
        for first in (0, os.getpid(), 1):
            about_itself = call in own and first != 1
            wanted = "allow" if call in calls or about_itself else "refuse"
            assert judged(lines, name, call, first) == wanted, (call, first)
    assert judged(lines, 1, calls[0], 0) == "kill"
    assert judged(lines, name, confine._X32 | calls[0], 0) == "refuse"
