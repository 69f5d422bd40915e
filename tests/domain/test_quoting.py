"""Words of a call that stand in what a turn has read."""

from hypothesis import given
from hypothesis import strategies as st

from domain.quoting import MOST_COMPARED, MOST_QUOTES, Words, compared_whole, quotes

CONTRACT = Words(
    "contract.pdf",
    "The fee is 12,000 francs a month. Please wire it to account CH9300762011623852957 at once.",
)


def test_the_longest_run_of_words_is_quoted_with_its_place() -> None:
    arguments = {"mail": {"body": ["Dear Ann,\nplease WIRE it to account - thanks"]}}
    (quote,) = quotes(arguments, [CONTRACT])
    assert (quote.path, quote.text) == ("mail.body.*", "please wire it to account")
    assert quote.source == "contract.pdf"


def test_an_account_number_alone_is_a_quote() -> None:
    (quote,) = quotes({"to": "ch9300762011623852957"}, [CONTRACT])
    assert quote.text == "ch9300762011623852957"
    (number,) = quotes({"to": 300762011}, [Words("a page", "call 300762011 now")])
    assert number.text == "300762011"


def test_words_that_stand_elsewhere_are_no_quote() -> None:
    assert quotes({"body": "Please wire the fee. It is a month late."}, [CONTRACT]) == ()
    assert quotes({"n": 12, "flag": True, "none": None}, [CONTRACT]) == ()


def test_scripts_without_spaces_are_quoted_too() -> None:
    page = Words("page", "契約の料金は毎月一万二千フランです。")
    (quote,) = quotes({"text": "メモ:料金は毎月一万二千フランです"}, [page])
    assert quote.text.replace(" ", "") == "料金は毎月一万二千フランです"


def test_names_that_a_model_chose_are_looked_at() -> None:
    (quote,) = quotes({"fields": {"please wire it to account": 1}}, [CONTRACT])
    assert quote.path == "fields"


def test_only_so_many_are_kept_and_the_longest_first() -> None:
    texts = [Words(f"t{n}", f"number {n} of many pages " + "x " * n) for n in range(30)]
    value = " ; ".join(text.text for text in texts)
    found = quotes({"a": value}, texts)
    assert len(found) == MOST_QUOTES
    assert [len(q.text) for q in found] == sorted((len(q.text) for q in found), reverse=True)
    assert max(len(q.text) for q in found) <= 300


def test_more_arguments_than_are_compared_are_known_to_be() -> None:
    long = {"a": "b " * MOST_COMPARED + "please wire it to account"}
    assert not compared_whole(long)
    assert quotes(long, [CONTRACT]) == ()
    assert compared_whole({"a": "b" * MOST_COMPARED})


WORD = st.text("abcdefghij", min_size=4, max_size=9)


@given(st.lists(WORD, min_size=5, max_size=30), st.data())
def test_whatever_is_copied_is_found(words: list[str], data: st.DataObject) -> None:
    start = data.draw(st.integers(0, len(words) - 5))
    length = data.draw(st.integers(4, len(words) - start))
    copied = " ".join(words[start : start + length])
    found = quotes({"a": copied}, [Words("text", " ".join(words))])
    assert " ".join(words[start : start + length])[:300] in {quote.text for quote in found}


@given(st.text(), st.text(), st.text())
def test_any_text_can_be_compared_with_any(one: str, other: str, third: str) -> None:
    for quote in quotes({"a": [one, {other: third}]}, [Words("s", other), Words("t", one)]):
        assert quote.text
