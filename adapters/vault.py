"""Secrets of tenants at rest: AES-256-GCM under the deployment's keys."""

import base64
import binascii
import hashlib
import os
from collections.abc import Sequence
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from models.errors import UnavailableError
from models.payloads.scope import Scope

_FORMAT: Final = b"\x01"
_KEY_BYTES: Final = 32
# Tells keys apart; of a random key its hash says nothing.
_ID_BYTES: Final = 4
# Random for each secret: 2^32 of them under one key stay safe, and we keep thousands.
_NONCE_BYTES: Final = 12
_HEAD: Final = len(_FORMAT) + _ID_BYTES + _NONCE_BYTES


class KeyringVault:
    """Implements `domain.ports.vault.Vault`.

    Sealed: format, id of the key, nonce, ciphertext with its tag. Whose it is and what for stand in
    the authenticated data, so that a sealed value moved to another row does not open there.
    """

    def __init__(self, keys: Sequence[str]) -> None:
        """Each key is 32 bytes in URL-safe base64, the newest first; none: everything is refused.
        ValueError for a key that is none."""
        self._keys = {_id(key): AESGCM(key) for key in map(_decoded, keys)}

    def __repr__(self) -> str:
        return f"KeyringVault({len(self._keys)} keys)"

    def seal(self, scope: Scope, purpose: str, secret: str, *, shared: bool = False) -> bytes:
        for key_id, cipher in self._keys.items():
            nonce = os.urandom(_NONCE_BYTES)
            bound = _bound(scope, purpose, shared=shared)
            return _FORMAT + key_id + nonce + cipher.encrypt(nonce, secret.encode(), bound)
        raise UnavailableError(
            "This deployment keeps no secrets: it has no key for them.",
            code="vault_unconfigured",
            retryable=False,
        )

    def open(self, scope: Scope, purpose: str, sealed: bytes, *, shared: bool = False) -> str:
        cipher = self._keys.get(sealed[len(_FORMAT) : len(_FORMAT) + _ID_BYTES])
        if cipher is None or not sealed.startswith(_FORMAT):
            raise _unreadable()
        nonce, body = sealed[_HEAD - _NONCE_BYTES : _HEAD], sealed[_HEAD:]
        try:
            return cipher.decrypt(nonce, body, _bound(scope, purpose, shared=shared)).decode()
        except (InvalidTag, ValueError):
            raise _unreadable() from None


def new_key() -> str:
    """A random key, as the settings take it."""
    return base64.urlsafe_b64encode(os.urandom(_KEY_BYTES)).decode()


def _decoded(key: str) -> bytes:
    try:
        decoded = base64.b64decode(key.strip(), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        decoded = b""
    if len(decoded) != _KEY_BYTES:
        # The text of a bad key may be most of a good one.
        raise ValueError(f"A key of the vault is {_KEY_BYTES} bytes in URL-safe base64.") from None
    return decoded


def _id(key: bytes) -> bytes:
    return hashlib.sha256(b"holdfast vault key\x00" + key).digest()[:_ID_BYTES]


def _bound(scope: Scope, purpose: str, *, shared: bool) -> bytes:
    """Fixed lengths before the purpose: no two owners and purposes give the same bytes."""
    owner = b"\x01" + bytes(16) if shared else b"\x00" + scope.space_id.bytes
    return _FORMAT + scope.organisation_id.bytes + owner + purpose.encode()


def _unreadable() -> UnavailableError:
    return UnavailableError(
        "A stored secret cannot be read with this deployment's keys.",
        code="vault_unreadable",
        retryable=False,
    )
