"""A document's row says what to do, in the room that it has."""

from domain.ingestion_advice import ADVICE, advised

ROOM = 500


def test_every_advice_fits_beside_the_longest_detail() -> None:
    for code, advice in ADVICE.items():
        said = advised(code, "x" * 10_000)
        assert said.endswith(advice)
        assert len(said) <= ROOM


def test_what_says_it_by_itself_is_left_alone() -> None:
    said = "The file is encrypted: remove its password and try again."
    assert advised("document_parse_failed", said) == said
    assert advised("something_else", said) == said
