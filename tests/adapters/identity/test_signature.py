"""Signatures: Wycheproof's vectors, and tokens that try to be something else."""

import base64
import hmac
import json
import os
from pathlib import Path
from typing import Any

import pytest
from joserfc import jws
from joserfc.jwk import RSAKey

from adapters.identity.signature import SignatureError, UnknownKeyError, keys_of, payload

VECTORS = Path(__file__).parents[4] / "shared/data/jose/json_web_signature_test.json"
KEY = RSAKey.generate_key(2048, {"kid": "one", "use": "sig", "alg": "RS256"}, private=True)
# The same key for a signer that heeds no `alg` of it.
FREE = RSAKey.import_key(KEY.as_pem(private=True), {"kid": "one"})
KEYS = keys_of({"keys": [KEY.as_dict(private=False)]})


def signed(header: dict[str, Any], key: Any = KEY, algorithm: str = "RS256") -> str:  # noqa: ANN401 - any key
    return jws.serialize_compact(header, b"{}", key, algorithms=[algorithm])


def with_the_public_key_as_a_secret() -> str:
    """Made by hand: the library itself refuses to."""
    parts = [b'{"alg":"HS256","kid":"one"}', b"{}"]
    said = b".".join(base64.urlsafe_b64encode(part).rstrip(b"=") for part in parts)
    mac = hmac.digest(KEY.as_pem(private=False), said, "sha256")
    return (said + b"." + base64.urlsafe_b64encode(mac).rstrip(b"=")).decode()


def vectors() -> list[dict[str, Any]]:
    """Each vector with its group's public key."""
    if not VECTORS.exists():
        return []
    groups = json.loads(VECTORS.read_text())["testGroups"]
    return [{**test, "key": group.get("public")} for group in groups for test in group["tests"]]


@pytest.fixture(scope="module")
def wycheproof() -> list[dict[str, Any]]:
    found = vectors()
    if not found and os.environ.get("REQUIRE_SHARED_DATA") == "1":
        pytest.fail(f"{VECTORS} is missing")
    if not found:
        pytest.skip(f"{VECTORS} is missing: the shared data is not beside the project")
    return found


def accepted(test: dict[str, Any]) -> bool:
    """With the group's own key under whichever id the token names."""
    token = test["jws"]
    if not isinstance(token, str):
        return False
    keys = keys_of({"keys": [test["key"]]}) if test["key"] else {}
    try:
        payload(token, keys)
    except SignatureError:
        return False
    return True


def test_no_invalid_vector_is_accepted(wycheproof: list[dict[str, Any]]) -> None:
    wrong = [t["tcId"] for t in wycheproof if t["result"] != "valid" and accepted(t)]
    assert wrong == []


def test_every_valid_rs256_vector_with_a_key_of_ours_is_accepted(
    wycheproof: list[dict[str, Any]],
) -> None:
    keyed = [t for t in wycheproof if t["result"] == "valid" and t["key"]]
    ours = [t for t in keyed if keys_of({"keys": [t["key"]]})]
    rs256 = [t for t in ours if _header(t["jws"]).get("alg") == "RS256"]
    assert len(rs256) >= 5
    assert [t["tcId"] for t in rs256 if not accepted(t)] == []
    assert not any(accepted(t) for t in ours if _header(t["jws"]).get("alg") != "RS256")


def _header(token: str) -> dict[str, Any]:
    part = token.partition(".")[0]
    decoded: dict[str, Any] = json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))
    return decoded


def test_a_good_signature_gives_what_was_signed() -> None:
    assert payload(signed({"alg": "RS256", "kid": "one"}), KEYS) == b"{}"


@pytest.mark.parametrize(
    "token",
    [
        signed({"alg": "RS256"}),
        signed({"alg": "RS384", "kid": "one"}, FREE, "RS384"),
        signed({"alg": "PS256", "kid": "one"}, FREE, "PS256"),
        with_the_public_key_as_a_secret(),
        base64.urlsafe_b64encode(b'{"alg":"none","kid":"one"}').decode().rstrip("=") + ".e30.",
        signed({"alg": "RS256", "kid": "one"}) + "A",
        signed({"alg": "RS256", "kid": "one"})[:-2],
        "",
        ".",
        "..",
        "a.b.c",
        "\x00",
        "ä.ö.ü",
        "A" * 20_000,
        base64.urlsafe_b64encode(b"[]").decode().rstrip("=") + ".e30.AA",
        base64.urlsafe_b64encode(b'{"alg":["RS256"],"kid":{}}').decode().rstrip("=") + ".e30.AA",
        base64.urlsafe_b64encode(b"[" * 10_000).decode().rstrip("=") + ".e30.AA",
    ],
    ids=lambda token: f"{len(token)} characters",
)
def test_a_token_that_is_not_signed_by_us_is_refused(token: str) -> None:
    with pytest.raises(SignatureError):
        payload(token, KEYS)


def test_a_key_inside_the_token_is_never_believed() -> None:
    own = RSAKey.generate_key(2048, {"kid": "mine"}, private=True)
    header = {"alg": "RS256", "kid": "one", "jwk": own.as_dict(private=False)}
    with pytest.raises(SignatureError):
        payload(signed(header, own), KEYS)


def test_an_unknown_key_id_says_so() -> None:
    with pytest.raises(UnknownKeyError):
        payload(signed({"alg": "RS256", "kid": "two"}), KEYS)


@pytest.mark.filterwarnings("ignore:Key size")
def test_keys_that_may_not_sign_for_us_are_passed_over() -> None:
    public = KEY.as_dict(private=False)
    short = RSAKey.generate_key(1024, {"kid": "short"}, private=False).as_dict(private=False)
    document = {
        "keys": [
            {**public, "use": "enc", "kid": "a"},
            {**public, "alg": "RS512", "kid": "b"},
            {**public, "key_ops": ["encrypt"], "kid": "c"},
            {"kty": "oct", "k": "AAAA", "kid": "d"},
            {"kty": "RSA", "n": "!", "e": "AQAB", "kid": "e"},
            {name: value for name, value in public.items() if name != "kid"},
            short,
            "junk",
            public,
        ]
    }
    assert list(keys_of(document)) == ["one"]


@pytest.mark.parametrize("document", [{}, {"keys": "none"}, {"keys": 5}, [], None, "keys"])
def test_what_is_no_jwks_is_refused(document: object) -> None:
    with pytest.raises(ValueError, match="not a JWKS"):
        keys_of(document)
