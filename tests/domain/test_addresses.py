"""Addresses are found where they stand, without what stands around them."""

import pytest

from domain.addresses import addresses, without_addresses

PAGE = "https://pages.example/a"


@pytest.mark.parametrize(
    ("message", "found"),
    [
        ("What does https://pages.example/a say?", [PAGE]),
        ("See https://pages.example/a.", [PAGE]),
        ("(https://pages.example/a)", [PAGE]),
        ("(see https://pages.example/a_(b))", [f"{PAGE}_(b)"]),
        ("[our page](https://pages.example/a)", [PAGE]),
        ('[our page](https://pages.example/a "The title")', [PAGE]),
        ("[https://pages.example/a](https://pages.example/b)", [PAGE, "https://pages.example/b"]),
        ("<https://pages.example/a>", [PAGE]),
        ("**https://pages.example/a**", [PAGE]),
        ("“https://pages.example/a”, they say", [PAGE]),
        ("| https://pages.example/a|next |", [PAGE]),
        ("「https://pages.example/a」。", [PAGE]),
        ("HTTPS://PAGES.example/a", ["HTTPS://PAGES.example/a"]),
        ("www.pages.example/a is it", ["https://www.pages.example/a"]),
        ("https://bücher.example/ü?q=ö", ["https://bücher.example/ü?q=ö"]),
        ("http://[::1]:80/x]", ["http://[::1]:80/x"]),
        ("https://pages.example/a#top and https://pages.example/a#end", [f"{PAGE}#top"]),
        ("no address: http:// https://. or me@www.pages.example", []),
        ("ftp://pages.example file:///etc/passwd javascript:alert(1)", []),
        ("xhttps://pages.example", []),
        ("", []),
    ],
)
def test_an_address_ends_where_its_sentence_goes_on(message: str, found: list[str]) -> None:
    assert addresses(message) == found


def test_no_more_than_three_are_found() -> None:
    message = " ".join(f"https://pages.example/{number}" for number in range(10))
    assert len(addresses(message)) == 3


def test_a_long_message_is_looked_through_so_far() -> None:
    assert addresses("(" * 1_000_000 + PAGE) == []
    assert addresses("https://" + ")" * 100_000) == []
    assert len(addresses("www." * 100_000)) <= 3


def test_the_question_is_what_is_said_around_the_address() -> None:
    assert (
        without_addresses("What does https://a.example/b say on blue?") == "What does say on blue?"
    )
