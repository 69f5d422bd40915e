"""API keys, as they are typed."""

import base64
import json
from collections.abc import Iterator
from typing import Any
from uuid import UUID, uuid4

import pytest

from cli.place import spaces_of
from tests.cli import api
from tests.cli.edge import Answer, Edge

PATH = "/v1/api-keys"
KEY = "hf_Zk3vQ9aBcdefgh"
KNOWN: dict[str, Any] = {
    "id": str(UUID(int=7)),
    "name": "Nightly\x1b[2J report",
    "prefix": KEY[:11],
    "role": "viewer",
    "user_id": str(UUID(int=8)),
    "created_at": "2026-11-20T12:00:00Z",
    "expires_at": None,
    "last_used_at": None,
}


@pytest.fixture
def edge() -> Iterator[Edge]:
    with api.beside() as running:
        running.routes[("GET", PATH)] = lambda _: Answer(200, {"items": [KNOWN]})
        running.routes[("POST", PATH)] = lambda _: Answer(201, {**KNOWN, "key": KEY})
        running.routes[("DELETE", f"{PATH}/{KNOWN['id']}")] = lambda _: Answer(204)
        yield running


def run(edge: Edge, *arguments: str) -> tuple[int, str, str]:
    return api.run(edge, "api-key", *arguments)


def test_the_list_tells_keys_by_their_first_characters(edge: Edge) -> None:
    code, out, _ = run(edge)
    assert code == 0
    assert KEY[:11] in out
    assert "never" in out
    assert "\x1b" not in out
    assert json.loads(run(edge, "list", "--json")[1]) == {"items": [KNOWN]}


def test_a_new_key_is_all_that_is_printed(edge: Edge) -> None:
    code, out, said = run(edge, "create", "Nightly report", "--role", "viewer", "--expires", "2h")
    assert (code, out) == (0, f"{KEY}\n"), said
    assert "this once" in said
    (asked,) = edge.asked("POST", PATH)
    assert asked.json == {"name": "Nightly report", "role": "viewer", "expires_in": 7_200}


@pytest.mark.parametrize("named", [KNOWN["id"], KEY[:11], KEY])
def test_a_key_is_revoked_by_its_id_or_its_first_characters(edge: Edge, named: str) -> None:
    code, out, said = run(edge, "revoke", named, "--yes")
    assert code == 0, said
    assert KEY[:11] in out


def test_a_key_that_is_not_there_is_not_repeated(edge: Edge) -> None:
    code, _, said = run(edge, "revoke", "hf_unknown_and_secret", "--yes")
    assert code == 1
    assert "hf_unknown_" in said
    assert "secret" not in said


def test_a_key_says_its_space_itself() -> None:
    organisation, space = uuid4(), uuid4()
    raw = b"r" * 32 + organisation.bytes + space.bytes
    key = base64.urlsafe_b64encode(raw).decode().rstrip("=")
    assert spaces_of(f"hf_{key}") == [space]
    assert spaces_of("hf_short") == []
