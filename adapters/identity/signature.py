"""The signature of a token: RS256, by a key that we know by its id, and nothing else."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from joserfc import jws
from joserfc.errors import JoseError
from joserfc.jwk import RSAKey

ALGORITHM: Final = "RS256"
# A token with a hundred spaces has some 8 KB.
TOKEN_BYTES: Final = 16 * 1024
KEY_BITS: Final = 2048

Keys = Mapping[str, RSAKey]


class SignatureError(Exception):
    """The token is not signed by a key of ours; the text says why, for the log."""


class UnknownKeyError(SignatureError):
    """Its key may be a new one: worth a look at the issuer's keys."""


def payload(token: str, keys: Keys) -> bytes:
    """What was signed. SignatureError for anything but a good RS256 signature."""
    if len(token) > TOKEN_BYTES:
        raise SignatureError("too long")
    try:
        parsed = jws.extract_compact(token.encode("ascii"))
        header = parsed.headers()
        if header.get("alg") != ALGORITHM:
            raise SignatureError("another algorithm")
        kid = header.get("kid")
        if not isinstance(kid, str):
            raise SignatureError("no key id")
        if kid not in keys:
            raise UnknownKeyError("unknown key")
        return jws.deserialize_compact(token, keys[kid], algorithms=[ALGORITHM]).payload
    except (JoseError, ValueError, TypeError, KeyError, AttributeError) as error:
        # The library lets some of Python's own errors through on hostile headers.
        raise SignatureError(type(error).__name__) from None


def keys_of(document: object) -> dict[str, RSAKey]:
    """The keys of a JWKS that may sign for us; others are passed over. ValueError if it is none."""
    listed = document.get("keys") if isinstance(document, dict) else None
    if not isinstance(listed, Sequence) or isinstance(listed, str):
        raise ValueError("not a JWKS")  # noqa: TRY004 - of the document, not of our caller
    found: dict[str, RSAKey] = {}
    for item in listed:
        if isinstance(item, dict) and _signs(item):
            try:
                key = RSAKey.import_key(item)
            except (JoseError, ValueError, TypeError, KeyError):
                continue
            if key.public_key.key_size >= KEY_BITS:
                found[item["kid"]] = key
    return found


def _signs(key: Mapping[str, Any]) -> bool:
    return (
        key.get("kty") == "RSA"
        and isinstance(key.get("kid"), str)
        and key.get("use", "sig") == "sig"
        and key.get("alg", ALGORITHM) == ALGORITHM
        and "verify" in key.get("key_ops", ["verify"])
    )
