"""The moderation API of OpenAI, or of any server that speaks it."""

from contextlib import AsyncExitStack
from datetime import timedelta
from typing import Any, Final, Protocol

from openai import AsyncOpenAI
from pydantic import SecretStr

from adapters.llm.connection import openai_client, post
from adapters.llm.failure import translated
from adapters.llm.patience import Patience, Silence
from adapters.llm.streaming import Json, read_json
from domain.ports.moderation import Moderation
from models.errors import ModelGarbledError

# Of one input: far below what the model takes, so that any script fits.
PIECE: Final = 16_000
# Of one text: longer ones are judged by so many pieces.
MOST_PIECES: Final = 8
# Two dozen categories with their scores, for each piece.
LONGEST_ANSWER: Final = 256 * 1024


class ModerationChoice(Protocol):
    """What the settings say of it."""

    @property
    def provider(self) -> str | None: ...
    @property
    def name(self) -> str: ...
    @property
    def base_url(self) -> str | None: ...
    @property
    def api_key(self) -> SecretStr: ...
    @property
    def within(self) -> timedelta: ...


class OpenAIModerator:
    """Implements `domain.ports.moderation.Moderator`. Never retries."""

    def __init__(self, client: AsyncOpenAI, model: str, *, seconds: float = 3.0) -> None:
        """`seconds` bounds one call: a reader waits for it."""
        self._client, self._model = client, model
        self._patience = Patience(first_token=seconds)

    async def look(self, text: str) -> Moderation:
        starts = range(0, min(len(text), PIECE * MOST_PIECES), PIECE)
        pieces = [text[start : start + PIECE] for start in starts]
        if not pieces:
            return Moderation(flagged=False)
        body = {"model": self._model, "input": pieces}
        document = await Silence(self._patience).during(self._answer(body))
        results = _results(document, len(pieces))
        names = {name for result in results for name in _categories(result)}
        flagged = any(result.get("flagged") is True for result in results)
        return Moderation(flagged=flagged, categories=tuple(sorted(names)) if flagged else ())

    async def _answer(self, body: Json) -> Json:
        with translated():
            response = await post(self._client, "/moderations", body)
            return await read_json(response, LONGEST_ANSWER)


def moderator(choice: ModerationChoice, stack: AsyncExitStack) -> OpenAIModerator | None:
    """Connect what the settings name; the stack closes it. None where they name nobody."""
    if choice.provider is None:
        return None
    client = openai_client(api_key=choice.api_key.get_secret_value(), base_url=choice.base_url)
    stack.push_async_callback(client.close)
    return OpenAIModerator(client, choice.name, seconds=choice.within.total_seconds())


def _results(document: Json, wanted: int) -> list[dict[str, Any]]:
    results: Any = document.get("results")
    if not isinstance(results, list) or len(results) != wanted:
        raise ModelGarbledError("The moderation's results are not one for each text.")
    if not all(isinstance(one, dict) and isinstance(one.get("flagged"), bool) for one in results):
        raise ModelGarbledError("A moderation's result does not say whether it is flagged.")
    return results


def _categories(result: dict[str, Any]) -> list[str]:
    categories = result.get("categories")
    if not isinstance(categories, dict):
        return []
    return [str(name)[:60] for name, holds in list(categories.items())[:100] if holds is True]
