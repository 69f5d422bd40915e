"""The moderator against servers that answer as OpenAI does, and as it does not."""

import orjson
import pytest

from adapters.llm.connection import openai_client
from adapters.moderation.openai import MOST_PIECES, PIECE, OpenAIModerator
from domain.ports.moderation import Moderation
from models.errors import ModelError, ModelGarbledError, ModelQuietError, ModelUnavailableError
from tests.adapters.llm.wire import Script, answer, sending, serving


def result(*, flagged: bool, **categories: bool) -> dict[str, object]:
    return {"flagged": flagged, "categories": categories, "category_scores": {}}


def saying(*results: object) -> Script:
    return sending(answer(200, {"id": "modr-1", "model": "m", "results": results}))


async def looked_at(script: Script, text: str, *, seconds: float = 20) -> tuple[Moderation, bytes]:
    """What the moderator makes of it, and what it sent."""
    async with (
        serving(script) as wire,
        openai_client(api_key="x", base_url=wire.base_url) as client,
    ):
        said = await OpenAIModerator(client, "omni-moderation-latest", seconds=seconds).look(text)
        return said, b"".join(wire.requests)


async def test_what_is_flagged_comes_with_its_categories() -> None:
    script = saying(result(flagged=True, violence=True, hate=True, sexual=False))
    said, sent = await looked_at(script, "text")
    assert said == Moderation(flagged=True, categories=("hate", "violence"))
    body = orjson.loads(sent.partition(b"\r\n\r\n")[2])
    assert body == {"model": "omni-moderation-latest", "input": ["text"]}
    assert sent.startswith(b"POST /v1/moderations ")


async def test_what_is_not_flagged_has_no_categories() -> None:
    said, _ = await looked_at(saying(result(flagged=False, violence=False)), "text")
    assert said == Moderation(flagged=False)


async def test_nothing_is_asked_about_no_text() -> None:
    said, sent = await looked_at(saying(), "")
    assert not said.flagged
    assert sent == b""


async def test_a_long_text_is_judged_piece_by_piece() -> None:
    script = saying(result(flagged=False), result(flagged=True, hate=True), result(flagged=False))
    said, _ = await looked_at(script, "x" * (2 * PIECE + 1))
    assert said.categories == ("hate",)


async def test_no_text_is_sent_whole_however_long() -> None:
    script = saying(*[result(flagged=False)] * MOST_PIECES)
    said, sent = await looked_at(script, "x" * (PIECE * MOST_PIECES * 2))
    assert not said.flagged
    assert len(sent) < PIECE * (MOST_PIECES + 1)


@pytest.mark.parametrize(
    "body", [{}, {"results": []}, {"results": [1]}, {"results": [{"flagged": "no"}]}, [], "x"]
)
async def test_an_answer_that_does_not_say_is_an_error_by_name(body: object) -> None:
    with pytest.raises(ModelGarbledError):
        await looked_at(sending(answer(200, body)), "text")


@pytest.mark.parametrize("status", [401, 429, 500])
async def test_a_refusal_is_an_error_by_name(status: int) -> None:
    with pytest.raises(ModelError):
        await looked_at(sending(answer(status, {"error": {"message": "sk-secret"}})), "text")


async def test_silence_ends_in_time() -> None:
    with pytest.raises((ModelQuietError, ModelUnavailableError)):
        await looked_at(sending(then_hang=True), "text", seconds=0.2)
