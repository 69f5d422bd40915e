"""Costs by list price."""

from decimal import Decimal

import pytest

from domain.prices import PRICES
from domain.pricing import PRICE_VERSION, cost
from models.payloads.chat import Usage

MILLION = Usage(input_tokens=1_000_000, output_tokens=1_000_000)


@pytest.mark.parametrize(
    ("model", "usd"),
    [
        ("gpt-4o", "12.50"),
        ("gpt-4o-2024-11-20", "12.50"),
        ("gpt-4o-2024-05-13", "20.00"),
        ("gpt-4o-mini-2024-07-18", "0.75"),
        ("GPT-5-mini", "2.25"),
        ("openai/gpt-4.1-nano", "0.50"),
        ("gemini-2.0-flash-001", "0.50"),
        ("text-embedding-3-large", "0.13"),
        ("offline-1", "0"),
        ("smollm2", "0"),
    ],
)
def test_a_million_tokens_each_way_cost_the_list_price(model: str, usd: str) -> None:
    assert cost(model, MILLION) == Decimal(usd)


@pytest.mark.parametrize("model", ["", "my-deployment", "gpt-6", "gpt-4o-audio", "gpt-5.9", "/"])
def test_an_unknown_model_has_no_cost_rather_than_a_wrong_one(model: str) -> None:
    assert cost(model, MILLION) is None


def test_cached_tokens_are_the_cheaper_part_of_the_input() -> None:
    usage = Usage(input_tokens=1_000_000, cached_tokens=400_000)

    assert cost("gpt-4o", usage) == Decimal("2.00")
    assert cost("gpt-5-pro", usage) == Decimal("15.00")


def test_more_cached_than_sent_is_all_cached() -> None:
    usage = Usage(input_tokens=1_000_000, cached_tokens=9_000_000)

    assert cost("gpt-4o", usage) == Decimal("1.25")


def test_long_prompts_have_their_own_price() -> None:
    assert cost("gemini-2.5-pro", Usage(input_tokens=200_000)) == Decimal("0.25")
    assert cost("gemini-2.5-pro", Usage(input_tokens=200_001)) == Decimal("0.5000025")


def test_small_calls_lose_nothing_to_rounding() -> None:
    one = cost("gpt-5-nano", Usage(input_tokens=1, cached_tokens=1))

    assert one == Decimal("0.000000005")


def test_cached_input_never_costs_more_than_other_input() -> None:
    for prices in PRICES.values():
        for price in prices:
            assert price.cached is None or 0 < price.cached < price.input
            assert price.output >= 0
    assert PRICE_VERSION
