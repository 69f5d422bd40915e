"""The model server and the edge."""

import os
import time

import httpx2
from holdfast_client.client import ApiError, Client, UnreachableError

from cli.checks.finding import Addresses, CheckFailedError, NotReachedError
from cli.failure import HINTS
from cli.place import claims_of

SECONDS = 8.0
DIMENSION = 3072
EMBEDDING = "text-embedding-3-large"
SOON = 600  # seconds before its expiry a token deserves a word


async def model(where: Addresses) -> str:
    """It lists its models."""
    answer = await _asked("GET", where.model, "models", _key("HOLDFAST_MODEL__API_KEY"))
    names = [str(one.get("id")) for one in answer.get("data", [])]
    return f"{where.model}: {', '.join(names[:3])}{' …' if len(names) > 3 else ''}"


async def embeddings(where: Addresses) -> str:
    """Their size must be the index's."""
    name = os.environ.get("HOLDFAST_EMBEDDING__NAME", EMBEDDING)
    body = {"model": name, "input": "doctor", "dimensions": DIMENSION}
    key = _key("HOLDFAST_EMBEDDING__API_KEY")
    answer = await _asked("POST", where.embedding, "embeddings", key, body)
    size = len(answer["data"][0]["embedding"])
    if size != DIMENSION:
        raise CheckFailedError(
            f"{name} gives {size} dimensions", f"The index has {DIMENSION}: choose another model."
        )
    return f"{name}, {size} dimensions"


def _key(variable: str) -> str:
    return os.environ.get(variable) or os.environ.get("OPENAI_API_KEY") or "none"


async def _asked(
    method: str, base: str, path: str, key: str, body: object = None
) -> dict[str, list[dict[str, list[float]]]]:
    if not base:
        raise CheckFailedError("no address is known", "`make run` starts one.")
    try:
        async with httpx2.AsyncClient(timeout=SECONDS, trust_env="127.0.0.1" not in base) as client:
            response = await client.request(
                method,
                f"{base.rstrip('/')}/{path}",
                json=body,
                headers={"Authorization": f"Bearer {key}"},
            )
    except httpx2.TransportError as error:
        raise CheckFailedError(
            f"{base} cannot be reached: {error or type(error).__name__}",
            "`make run` starts one; `holdfast dev up model`; else see HOLDFAST_MODEL__BASE_URL.",
        ) from error
    if response.status_code == httpx2.codes.UNAUTHORIZED:
        raise CheckFailedError(f"{base} refuses the key", "Set HOLDFAST_MODEL__API_KEY.")
    if not response.is_success:
        raise CheckFailedError(
            f"{base}/{path} answers {response.status_code}", "Its own log says why."
        )
    found: dict[str, list[dict[str, list[float]]]] = response.json()
    return found


async def edge(where: Addresses) -> str:
    """Ready, by its own account."""
    if not where.api:
        raise CheckFailedError("no address is known", "`make run` starts one.")
    try:
        async with httpx2.AsyncClient(timeout=SECONDS) as client:
            response = await client.get(f"{where.api.rstrip('/')}/readyz")
            checks = response.json().get("checks", {})
    except (httpx2.TransportError, ValueError) as error:
        raise CheckFailedError(
            f"{where.api} cannot be reached: {error or type(error).__name__}",
            "`make run` starts one; `holdfast dev up edge` if it was taken down.",
        ) from error
    if not response.is_success:
        away = [f"{name}: {state}" for name, state in checks.items() if state != "up"]
        raise CheckFailedError(
            f"not ready: {', '.join(away) or response.status_code}", "See those first."
        )
    return f"{where.api} is ready"


async def token(where: Addresses) -> str:
    """The edge takes it, in the space."""
    if not (where.api and where.token and where.space_id):
        raise CheckFailedError("none is known", "Set HOLDFAST_TOKEN, or run `make run`.")
    try:
        async with Client(where.api, where.token, where.space_id, patience=0.0) as client:
            await client.get("/v1/agents")
    except UnreachableError as error:
        raise NotReachedError(
            str(error), "`holdfast dev up edge`; else see HOLDFAST_API."
        ) from error
    except ApiError as error:
        said = f"{error.detail or error.title} ({error.code})"
        if error.status >= httpx2.codes.INTERNAL_SERVER_ERROR:
            raise NotReachedError(said, "The edge could not look: its own log says why.") from error
        mend = HINTS.get(error.code) or "Make another with `holdfast token`."
        raise CheckFailedError(said, mend) from error
    claims = claims_of(where.token)
    left = int(claims.get("exp", 0) - time.time())
    role = claims.get("spaces", {}).get(where.space_id, "no role")
    if left < SOON:
        return f"taken as {role}; it expires within {max(left, 0) // 60 + 1} minutes"
    return f"taken as {role}, for {left / 3600:.1f} h"
