"""Tokens: times with their leeway, claims, and keys that come and go."""

import json
import os
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import httpx2
import pytest
from joserfc import jwt
from joserfc.jwk import RSAKey

from adapters.identity.keys import FileKeys, UrlKeys
from adapters.identity.signature import Keys, keys_of
from adapters.identity.verifier import JwksVerifier
from domain.ports.identity import Role
from models.errors import IdentityError

NOW = 1_800_000_000
LEEWAY = 60


def a_key(kid: str) -> RSAKey:
    return RSAKey.generate_key(2048, {"kid": kid, "use": "sig", "alg": "RS256"}, private=True)


def jwks(*keys: RSAKey) -> dict[str, Any]:
    return {"keys": [key.as_dict(private=False) for key in keys]}


ONE, TWO = a_key("one"), a_key("two")


def token(key: RSAKey = ONE, **changes: Any) -> str:  # noqa: ANN401 - any claim
    claims = {
        "iss": "issuer",
        "aud": "holdfast",
        "sub": str(uuid4()),
        "org": str(uuid4()),
        "spaces": {str(uuid4()): "member"},
        "jti": "token",
        "iat": NOW,
        "nbf": NOW,
        "exp": NOW + 600,
        **changes,
    }
    kept = {name: value for name, value in claims.items() if value is not None}
    return jwt.encode({"alg": "RS256", "kid": key.kid}, kept, key)


class FixedKeys:
    def __init__(self, keys: Keys) -> None:
        self._keys = keys

    async def current(self) -> Keys:
        return self._keys

    async def renewed(self) -> Keys:
        return self._keys


def a_verifier(keys: Any = None) -> JwksVerifier:  # noqa: ANN401 - any key source
    return JwksVerifier(
        keys or FixedKeys(keys_of(jwks(ONE))),
        issuer="issuer",
        audience="holdfast",
        leeway=timedelta(seconds=LEEWAY),
        now=lambda: NOW,
    )


async def test_a_good_token_names_its_caller_and_spaces() -> None:
    user, organisation, space = uuid4(), uuid4(), uuid4()
    caller = await a_verifier().verify(
        token(
            sub=str(user),
            org=str(organisation),
            spaces={str(space): "approver"},
            aud=["other", "holdfast"],
        )
    )
    assert (caller.user_id, caller.organisation_id) == (user, organisation)
    assert caller.spaces == {space: Role.APPROVER}
    assert caller.token_id == "token"


@pytest.mark.parametrize(
    "changes",
    [
        {"iss": "other"},
        {"aud": "other"},
        {"aud": []},
        {"sub": "somebody"},
        {"org": None},
        {"spaces": None},
        {"spaces": []},
        {"spaces": {"main": "member"}},
        {"spaces": {str(UUID(int=7)): "owner"}},
        {"jti": None},
        {"jti": ""},
        {"exp": None},
        {"exp": "soon"},
        {"iat": None},
        {"iat": NOW + LEEWAY + 1},
        {"nbf": NOW + LEEWAY + 1},
    ],
    ids=str,
)
async def test_a_claim_that_is_wrong_makes_the_token_invalid(changes: dict[str, Any]) -> None:
    with pytest.raises(IdentityError) as refused:
        await a_verifier().verify(token(**changes))
    assert refused.value.code == "token_invalid"


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"exp": NOW - LEEWAY + 1}, None),
        ({"exp": NOW - LEEWAY}, "token_expired"),
        ({"exp": 0}, "token_expired"),
        ({"nbf": NOW + LEEWAY, "iat": NOW + LEEWAY}, None),
        ({"nbf": None}, None),
    ],
    ids=str,
)
async def test_clocks_may_differ_by_the_leeway_and_no_more(
    changes: dict[str, Any], code: str | None
) -> None:
    if code is None:
        assert await a_verifier().verify(token(**changes))
        return
    with pytest.raises(IdentityError) as refused:
        await a_verifier().verify(token(**changes))
    assert refused.value.code == code


async def refused_by(verifier: JwksVerifier, given: str) -> bool:
    try:
        await verifier.verify(given)
    except IdentityError:
        return True
    return False


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


def write(path: Path, text: str) -> None:
    """With a time of its own: two writes within one tick of the kernel's clock look like one."""
    before = path.stat().st_mtime_ns if path.exists() else 0
    path.write_text(text)
    later = max(path.stat().st_mtime_ns, before + 1_000_000)
    os.utime(path, ns=(later, later))


async def test_a_file_of_keys_is_rotated_without_refusing_a_good_token(tmp_path: Path) -> None:
    path, clock = tmp_path / "jwks.json", Clock()
    verifier = a_verifier(FileKeys(path, clock=clock))
    assert await refused_by(verifier, token())

    write(path, json.dumps(jwks(ONE)))
    await verifier.verify(token())
    write(path, json.dumps(jwks(ONE, TWO)))
    await verifier.verify(token(TWO))
    await verifier.verify(token(ONE))

    write(path, json.dumps(jwks(TWO)))
    clock.now += 1
    await verifier.verify(token(TWO))
    assert await refused_by(verifier, token(ONE))


async def test_the_last_good_keys_outlive_a_broken_or_missing_file(tmp_path: Path) -> None:
    path, clock = tmp_path / "jwks.json", Clock()
    write(path, json.dumps(jwks(ONE)))
    verifier = a_verifier(FileKeys(path, clock=clock))
    await verifier.verify(token())
    for broken in ('{"keys": [', "[]", '{"keys": 5}', "[" * 100_000):
        write(path, broken)
        clock.now += 1
        await verifier.verify(token())
    path.unlink()
    clock.now += 1
    await verifier.verify(token())


def an_issuer(
    clock: Clock, answer: Callable[[], httpx2.Response]
) -> tuple[JwksVerifier, list[float]]:
    asked: list[float] = []

    def handle(request: httpx2.Request) -> httpx2.Response:
        del request
        asked.append(clock.now)
        return answer()

    client = httpx2.AsyncClient(transport=httpx2.MockTransport(handle))
    return a_verifier(UrlKeys("https://issuer/jwks", client, clock=clock)), asked


async def test_unknown_key_ids_cannot_make_us_fetch_without_end() -> None:
    clock, published = Clock(), [ONE]
    verifier, asked = an_issuer(clock, lambda: httpx2.Response(200, json=jwks(*published)))
    await verifier.verify(token())
    for _ in range(100):
        assert await refused_by(verifier, token(TWO))
    assert asked == [0.0]

    published.append(TWO)
    clock.now = 10.0
    await verifier.verify(token(TWO))
    await verifier.verify(token(ONE))
    assert asked == [0.0, 10.0]


async def test_an_issuer_that_fails_leaves_us_the_keys_we_have() -> None:
    clock, failures = Clock(), [httpx2.Response(500), httpx2.Response(200, text="<html>")]
    answers = [httpx2.Response(200, json=jwks(ONE)), *failures]
    answers.append(httpx2.Response(200, content=b"[" + b" " * 300_000 + b"]"))
    verifier, asked = an_issuer(clock, lambda: answers.pop(0))
    await verifier.verify(token())
    for _ in range(3):
        clock.now += 10
        assert await refused_by(verifier, token(TWO))
        await verifier.verify(token(ONE))
    assert asked == [0.0, 10.0, 20.0, 30.0]


async def test_a_key_that_was_withdrawn_at_its_address_is_refused_in_the_end() -> None:
    clock, published = Clock(), [ONE, TWO]
    verifier, _ = an_issuer(clock, lambda: httpx2.Response(200, json=jwks(*published)))
    await verifier.verify(token(ONE))
    published.remove(ONE)
    clock.now = 300.0
    assert await refused_by(verifier, token(ONE))
