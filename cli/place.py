"""Which Holdfast is meant: the options, the environment, or the local stack nearby."""

import base64
import json
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import UUID

from cli.failure import CliError

FOLDER = ".holdfast"
STACK_FILE = "stack.json"
_KEY = "hf_"


@dataclass(frozen=True)
class Place:
    """Where to ask, as whom, in which space."""

    api: str
    token: str
    space_id: UUID


def stack_files(start: Path) -> Iterator[Path]:
    """Where a stack.json may be: the data folder that was chosen, this folder and those above."""
    if chosen := os.environ.get("HOLDFAST_DATA"):
        yield Path(chosen) / STACK_FILE
    for folder in (start, *start.parents):
        yield folder / FOLDER / STACK_FILE
    yield Path(__file__).resolve().parent.parent / FOLDER / STACK_FILE


def stack(start: Path | None = None) -> dict[str, Any]:
    """What the nearest stack.json says; empty when there is none."""
    for path in stack_files(start or Path.cwd()):
        try:
            written = json.loads(path.read_text(encoding="utf-8"))
        except (FileNotFoundError, NotADirectoryError):
            continue
        except (OSError, ValueError) as error:
            raise CliError(f"{path} cannot be read: {error}") from error
        return written if isinstance(written, dict) else {}
    return {}


def find(api: str | None, token: str | None, space: str | None) -> Place:
    """Fill in what was not said; CliError says what is missing and how to give it."""
    nearby = stack()
    chosen = api or nearby.get("api")
    if not chosen:
        raise CliError(
            "No Holdfast found: no stack runs here, and no address was given.",
            "Start one with `make run`, or give --api and --token (HOLDFAST_API, HOLDFAST_TOKEN).",
        )
    if not chosen.startswith(("http://", "https://")):
        raise CliError(f"{chosen!r} is no address.", "Write it as http://host:port.")
    # The local stack's token goes to the local stack alone.
    local = chosen.rstrip("/") == str(nearby.get("api")).rstrip("/")
    bearer = token or (nearby.get("token") if local else None)
    if not bearer:
        raise CliError(f"No token for {chosen}.", "Give --token, or set HOLDFAST_TOKEN.")
    if not bearer.isascii() or not bearer.isprintable():
        raise CliError("The token is not one: it holds characters that no token has.")
    return Place(chosen, bearer, _space(space, bearer, nearby))


def _space(space: str | None, token: str, nearby: dict[str, Any]) -> UUID:
    if space:
        try:
            return UUID(space)
        except ValueError:
            raise CliError(f"{space!r} is no space: a space is a UUID.") from None
    allowed = spaces_of(token)
    usual = nearby.get("space_id")
    if usual and (not allowed or UUID(usual) in allowed):
        return UUID(usual)
    if len(allowed) == 1:
        return allowed[0]
    raise CliError("Which space?", "Give --space, or set HOLDFAST_SPACE.")


def spaces_of(token: str) -> list[UUID]:
    """The spaces that a token or an API key names, unverified: only to choose a default by."""
    if token.startswith(_KEY):
        return _space_of_key(token.removeprefix(_KEY))
    return [UUID(space) for space in claims_of(token).get("spaces", {})]


def _space_of_key(key: str) -> list[UUID]:
    """It stands behind 32 random bytes and the organisation; empty when this is no key."""
    try:
        return [UUID(bytes=base64.urlsafe_b64decode(key + "==")[48:64])]
    except ValueError:
        return []


def claims_of(token: str) -> dict[str, Any]:
    """A token's claims, unverified; empty when it cannot be read."""
    try:
        payload = token.split(".")[1]
        claims = json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
        return claims if isinstance(claims, dict) else {}
    except (IndexError, ValueError):
        return {}
