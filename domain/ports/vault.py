"""Secrets of tenants, encrypted at rest."""

from typing import Protocol

from models.payloads.scope import Scope


class Vault(Protocol):
    """Authenticated encryption under the deployment's keys; the newest encrypts, all decrypt. The
    space (or, for what the whole organisation shares, the organisation) and the purpose are bound
    in: what was sealed for one opens for no other."""

    def seal(self, scope: Scope, purpose: str, secret: str, *, shared: bool = False) -> bytes:
        """UnavailableError("vault_unconfigured") where the deployment has no key."""

    def open(self, scope: Scope, purpose: str, sealed: bytes, *, shared: bool = False) -> str:
        """UnavailableError("vault_unreadable") when no key opens it."""
