"""The local stack's own identity provider: one RS256 key, its JWKS, and tokens signed with it."""

import json
import time
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from uuid import UUID, uuid4

from joserfc import jwt
from joserfc.jwk import RSAKey

from local.errors import StackError
from local.paths import Folder, write_private

ISSUER = "holdfast-local"
AUDIENCE = "holdfast"
KEY_BITS = 2048
ROLES = ("viewer", "member", "approver", "admin")


class NoIdentityError(StackError):
    """The folder holds no signing key: no stack was ever started there."""


def jwks_file(data: Path) -> Path:
    return data / "jwks.json"


def _key_file(data: Path) -> Path:
    return data / "kept" / "signing-key.json"


def create(folder: Folder) -> None:
    """Make the key pair, once, and write the public half for the edge."""
    path = _key_file(folder.root)
    if not path.exists():
        key = RSAKey.generate_key(KEY_BITS, {"use": "sig", "alg": "RS256"}, private=True)
        key.ensure_kid()
        write_private(path, json.dumps(key.as_dict(private=True)))
    public = _key(folder.root).as_dict(private=False)
    write_private(jwks_file(folder.root), json.dumps({"keys": [public]}))


def _key(data: Path) -> RSAKey:
    path = _key_file(data)
    if not path.exists():
        raise NoIdentityError(f"{data} has no signing key: start the stack there first.")
    return RSAKey.import_key(json.loads(path.read_text()))


def mint(
    data: Path,
    organisation: UUID,
    spaces: Mapping[UUID, str],
    user: UUID,
    expires: timedelta,
    *,
    issued: timedelta = timedelta(),
) -> str:
    """A bearer token of that user; `spaces` gives the role in each; `expires` and `issued` are from
    now on, and may be negative."""
    for role in spaces.values():
        if role not in ROLES:
            raise ValueError(f"{role!r} is no role; there are {', '.join(ROLES)}.")
    key = _key(data)
    now = int(time.time())
    claims = {
        "iss": ISSUER,
        "aud": AUDIENCE,
        "sub": str(user),
        "org": str(organisation),
        "spaces": {str(space): role for space, role in spaces.items()},
        "iat": (begins := now + int(issued.total_seconds())),
        "nbf": begins,
        "exp": now + int(expires.total_seconds()),
        "jti": str(uuid4()),
    }
    return jwt.encode({"alg": "RS256", "kid": key.kid, "typ": "JWT"}, claims, key)
