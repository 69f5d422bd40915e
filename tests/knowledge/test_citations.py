"""Marks that nothing bears out are taken out of an answer; what is no mark is left alone."""

from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.citation_marks import groups_in
from domain.citations import checked
from domain.ports.transcript import Passage
from domain.support import supported
from models.payloads.sources import Source

REFUND = "Customers get their money back within 14 days of returning an article, with the receipt."
LOGO = "The logo is never placed on a patterned background; its clear space is half its height."
GERMAN = "Die Lieferung auf die Inseln dauert fünf Werktage, und sie wird nicht berechnet."


def passages(*texts: str) -> list[Passage]:
    return [
        Passage(
            Source(
                mark=mark, passage_id=uuid4(), document_id=uuid4(), title="T", snippet=text[:300]
            ),
            text,
        )
        for mark, text in enumerate(texts, start=1)
    ]


GIVEN = passages(REFUND, LOGO, GERMAN)


@pytest.mark.parametrize(
    "text",
    [
        "Customers get their money back within 14 days [1].",
        "Customers get their money back within 14 days.[1]",
        "Returned articles are refunded to customers. [1] The logo needs clear space. [2]",
        "[1] Customers get their money back.",
        "The logo keeps clear space [2], and customers get money back [1].",
        "The clear space of the logo and the receipt of customers matter [1][2].",
        "According to [2], the logo stands on no patterned background.",
        "- Customers get money back [1]\n- The logo keeps clear space [2]\n",
        "Deliveries to the islands are free of charge [3].",  # another language cannot be judged
        "Yes [1].",
        "It takes two weeks [1].",
        "",
        "No marks at all.",
    ],
)
def test_a_mark_that_is_borne_out_stays(text: str) -> None:
    assert checked(text, GIVEN) == (checked(text, GIVEN).__class__(text))


@pytest.mark.parametrize(
    ("text", "without", "removed"),
    [
        ("Customers get money back [9].", "Customers get money back.", ("[9]",)),
        ("Customers get money back.[99]", "Customers get money back.", ("[99]",)),
        ("Customers get money back [1, 9].", "Customers get money back [1].", ("[9]",)),
        ("Customers get money back [1][7].", "Customers get money back [1].", ("[7]",)),
        ("Customers get money back 【9】.", "Customers get money back.", ("[9]",)),
        ("Customers get money back [8-9].", "Customers get money back.", ("[8]", "[9]")),
        (
            "Customers get money back [1]. Penguins breed on Antarctic ice in large colonies [1].",
            "Customers get money back [1]. Penguins breed on Antarctic ice in large colonies.",
            ("[1]",),
        ),
        (
            "Penguins breed on Antarctic ice in large colonies. [2]\n\nThe logo keeps space. [2]",
            "Penguins breed on Antarctic ice in large colonies.\n\nThe logo keeps space. [2]",
            ("[2]",),
        ),
        ("See [4] for customers.", "See for customers.", ("[4]",)),
        ("Sources:\n[4] A book\n [5]  Another", "Sources:\nA book\n Another", ("[4]", "[5]")),
    ],
)
def test_a_mark_that_nothing_bears_out_goes(
    text: str, without: str, removed: tuple[str, ...]
) -> None:
    found = checked(text, GIVEN)
    assert (found.text, found.removed) == (without, removed)


@pytest.mark.parametrize(
    "text",
    [
        "Call `items[9]` and `[9]`.",
        "```python\nx = [7]\ny = [8, 9]\n```",
        "~~~\n[9]\n",
        "  ```\n  [9]\n  ```\nDone.",
        "See [9](https://example.com/9) and ![9](x.png).",
        "[9]: https://example.com",
        "The list is [10, 20, 30].",
        "The interval [0, 1] is closed.",
        "In 2023 [2023] it was so.",
        "items[9] is an element.",
        r"The formula \[9\] stands.",
        "https://example.com/a[9] leads on.",
        "[ ] to do, [x] done, [a] letter.",
        "[9]",
    ],
)
def test_what_is_no_citation_is_left_alone(text: str) -> None:
    assert checked(text, GIVEN).text == text


def test_wide_brackets_become_plain_ones() -> None:
    found = checked("Customers get money back【1†source】 and receipts【1:0†a.pdf】.", GIVEN)
    assert found.text == "Customers get money back[1] and receipts[1]."
    assert found.removed == ()


def test_without_passages_every_mark_goes() -> None:
    assert checked("It is so [1]. Or so [2].", []).text == "It is so. Or so."


def test_the_profile_is_nothing_to_cite() -> None:
    profile = passages("We sell bicycles.")[0]
    unnumbered = Passage(profile.source.model_copy(update={"mark": 0}), profile.text)
    assert checked("We sell bicycles [1].", [unnumbered]).text == "We sell bicycles."


@pytest.mark.parametrize(
    ("claim", "passage", "verdict"),
    [
        ("The returned articles are refunded to customers", REFUND, True),
        ("In total the price was 14 units for penguins on ice", REFUND, True),
        ("Penguins breed on the Antarctic ice in colonies", REFUND, False),
        ("Die Pinguine brüten auf dem antarktischen Eis in Kolonien", REFUND, True),
        ("Die Pinguine brüten auf dem antarktischen Eis in Kolonien", GERMAN, False),
        ("企鹅在南极的冰上繁殖并组成群落", "退货后十四天内退款给客户，需要收据", False),
        ("客户在退货后十四天内收到退款", "退货后十四天内退款给客户，需要收据", True),
    ],
)
def test_support_is_denied_only_when_nothing_is_shared(
    claim: str,
    passage: str,
    verdict: bool,  # noqa: FBT001 -- a case of the table
) -> None:
    assert supported(claim, passage) is verdict


@given(st.text(alphabet="[]【】()`1234, -a.\n†\\$~", max_size=300))
def test_any_text_is_read_and_checking_twice_changes_nothing(text: str) -> None:
    once = checked(text, GIVEN)
    assert checked(once.text, GIVEN).text == once.text
    assert len(once.text) <= len(text) + 8 * len(groups_in(text))


@pytest.mark.parametrize("text", ["`" * 30_000, "[1]" * 20_000, "[" * 60_000, "\\[" * 20_000])
def test_hostile_answers_come_to_an_end(text: str) -> None:
    assert len(checked(text, GIVEN).text) <= len(text)
