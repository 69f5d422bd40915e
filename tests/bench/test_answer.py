"""Stamps are found in whatever pieces they come."""

import pytest

from bench.answer import Answer

STAMPS = (1_763_600_000_000_001, 1_763_600_000_000_123, 1_763_600_000_000_999)
BODY = b"".join(
    b'id: 3.%d\nevent: text.delta\ndata: {"text":"t%d "}\n\n' % (number, stamp)
    for number, stamp in enumerate(STAMPS, 1)
)


@pytest.mark.parametrize("size", [1, 7, 16, 33, len(BODY)])
def test_each_token_counts_once_in_pieces_of_any_size(size: int) -> None:
    answer = Answer(sent=STAMPS[0])
    for start in range(0, len(BODY), size):
        answer.take(BODY[start : start + size], STAMPS[0] + 5_000 + start)
    assert tuple(answer.arrivals) == STAMPS
    assert answer.seen == len(STAMPS)
    assert answer.size == len(BODY)
    assert answer.first_token >= 5.0


def test_a_token_that_comes_again_counts_at_its_first_arrival() -> None:
    answer = Answer()
    answer.take(b"t%d " % STAMPS[0], STAMPS[0] + 1_000)
    answer.take(b"t%d " % STAMPS[0], STAMPS[0] + 9_000)
    assert answer.arrivals == {STAMPS[0]: STAMPS[0] + 1_000}
    assert answer.seen == 2


def test_transit_leaves_the_first_token_out() -> None:
    answer = Answer()
    for stamp in STAMPS:
        answer.take(b"t%d " % stamp, stamp + 2_000)
    assert answer.transits == [2.0, 2.0]


def test_a_reader_knows_where_to_go_on_from() -> None:
    answer = Answer()
    answer.take(BODY, STAMPS[-1])
    assert answer.last_id == b"3.3"
