"""Secrets of ours: what they carry says where to look, what is random in them is the secret."""

import base64
import binascii
import hashlib
import hmac
import secrets
from dataclasses import dataclass, field
from typing import Final
from uuid import UUID

RANDOM_BYTES: Final = 32
_ID_BYTES: Final = 16


@dataclass(frozen=True, slots=True)
class Credential:
    """The random part comes first, so that the first characters tell one from another."""

    random: bytes = field(repr=False)
    ids: tuple[UUID, ...]

    @classmethod
    def fresh(cls, *ids: UUID) -> "Credential":
        return cls(secrets.token_bytes(RANDOM_BYTES), ids)

    @classmethod
    def read(cls, text: str, ids: int) -> "Credential | None":
        """None for anything that is not exactly as `written` writes it, with so many ids."""
        length = RANDOM_BYTES + ids * _ID_BYTES
        if len(text) != -(-length * 4 // 3):
            return None
        try:
            raw = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
        except (binascii.Error, ValueError):
            return None
        found = cls(
            raw[:RANDOM_BYTES],
            tuple(
                UUID(bytes=raw[at : at + _ID_BYTES])
                for at in range(RANDOM_BYTES, length, _ID_BYTES)
            ),
        )
        # Base64 has several spellings of its last bits.
        return found if found.written == text else None

    @property
    def written(self) -> str:
        raw = self.random + b"".join(one.bytes for one in self.ids)
        return base64.urlsafe_b64encode(raw).decode().rstrip("=")

    @property
    def digest(self) -> bytes:
        """What is kept. Random enough that no slow hash is needed."""
        return hashlib.sha256(self.random).digest()

    def derived(self, purpose: str) -> str:
        """Another secret, that tells nothing of this one."""
        made = hmac.digest(self.random, purpose.encode(), "sha256")
        return base64.urlsafe_b64encode(made).decode().rstrip("=")
