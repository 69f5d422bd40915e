"""The logs that every dialect is tried on."""

import pytest

from domain.fold import fold
from tests.dialects.corpus import RECORDED, log, recorded


def test_every_shape_of_turn_has_its_logs() -> None:
    assert recorded() == set(RECORDED)


@pytest.mark.parametrize("shape", sorted(recorded()))
def test_what_a_reader_saw_folds_to_what_is_stored(shape: str) -> None:
    assert fold(log(shape, "live")) == fold(log(shape, "stored"))
