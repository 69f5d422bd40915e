"""Tokens of the local stack."""

import json
import stat
from datetime import timedelta
from pathlib import Path
from uuid import UUID, uuid4

import pytest
from joserfc import jwt
from joserfc.errors import ExpiredTokenError
from joserfc.jwk import KeySet

from local import identity
from local.paths import Folder

ORGANISATION, SPACE, USER = uuid4(), uuid4(), uuid4()


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    folder = Folder.made(tmp_path / "data")
    identity.create(folder)
    return folder


def minted(folder: Folder, role: str = "admin", hours: float = 1) -> str:
    return identity.mint(folder.root, ORGANISATION, {SPACE: role}, USER, timedelta(hours=hours))


def read(folder: Folder, token: str) -> jwt.Token:
    keys = KeySet.import_key_set(json.loads(identity.jwks_file(folder.root).read_text()))
    return jwt.decode(token, keys, algorithms=["RS256"])


def test_a_token_is_proved_by_the_published_key(folder: Folder) -> None:
    token = read(folder, minted(folder))

    assert token.header["alg"] == "RS256"
    assert {name: token.claims[name] for name in ("iss", "aud", "sub", "org", "spaces")} == {
        "iss": identity.ISSUER,
        "aud": identity.AUDIENCE,
        "sub": str(USER),
        "org": str(ORGANISATION),
        "spaces": {str(SPACE): "admin"},
    }
    assert token.claims["exp"] - token.claims["iat"] == 3600
    assert token.claims["nbf"] == token.claims["iat"]
    assert UUID(token.claims["jti"])


def test_an_expired_token_can_be_made_for_trying(folder: Folder) -> None:
    token = read(folder, minted(folder, hours=-1))
    with pytest.raises(ExpiredTokenError):
        jwt.JWTClaimsRegistry().validate(token.claims)


def test_the_key_stays_from_run_to_run_and_private(folder: Folder) -> None:
    token = minted(folder)
    identity.create(folder)

    assert read(folder, token)
    published = json.loads(identity.jwks_file(folder.root).read_text())["keys"][0]
    assert set(published) == {"kty", "n", "e", "use", "alg", "kid"}
    for path in folder.root.rglob("*"):
        assert stat.S_IMODE(path.stat().st_mode) & 0o077 == 0, path


def test_a_role_that_does_not_exist_is_refused(folder: Folder) -> None:
    with pytest.raises(ValueError, match="'owner' is no role"):
        minted(folder, role="owner")


def test_a_folder_without_a_stack_has_no_key(tmp_path: Path) -> None:
    with pytest.raises(identity.NoIdentityError):
        identity.mint(tmp_path, ORGANISATION, {}, USER, timedelta(hours=1))
