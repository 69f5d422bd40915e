"""Where garbage is collected. The tests' own process is set up as a worker's is (conftest)."""

import gc
import threading
from concurrent.futures import ThreadPoolExecutor

from adapters.garbage import collect_due

FAR_BEYOND = 100 * gc.get_threshold()[0]


class Forgotten:
    """In a cycle, so that only a pass finds it; says in which thread it was found."""

    def __init__(self, found_in: list[int]) -> None:
        self._itself = self
        self._found_in = found_in

    def __del__(self) -> None:
        self._found_in.append(threading.get_ident())


def test_a_thread_that_allocates_finalizes_nothing() -> None:
    found_in: list[int] = []
    Forgotten(found_in)
    with ThreadPoolExecutor(1) as workflows:
        kept = workflows.submit(lambda: [[number] for number in range(FAR_BEYOND)]).result()
    assert found_in == []

    collect_due()

    assert found_in == [threading.get_ident()]
    assert len(kept) == FAR_BEYOND


def test_nothing_is_searched_before_it_is_due() -> None:
    gc.collect()
    found_in: list[int] = []
    Forgotten(found_in)

    collect_due()

    assert found_in == []


def test_older_generations_become_due_in_turn() -> None:
    gc.collect()
    _, limit, _ = gc.get_threshold()
    before = [generation["collections"] for generation in gc.get_stats()]

    for _ in range(limit + 2):
        kept = [[number] for number in range(FAR_BEYOND)]
        collect_due()
        del kept

    after = [generation["collections"] for generation in gc.get_stats()]
    assert [now - then for now, then in zip(after, before, strict=True)] == [limit + 1, 1, 0]
