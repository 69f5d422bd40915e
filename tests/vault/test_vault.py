"""What was sealed for one opens for no other, and an older key still opens."""

import stat
from pathlib import Path
from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import SecretStr

from adapters.vault import KeyringVault, new_key
from local import vault as local_vault
from local.paths import Folder
from models.errors import UnavailableError
from models.payloads.scope import Scope
from settings import VaultSettings

KEY = new_key()


def a_scope() -> Scope:
    return Scope(organisation_id=uuid4(), space_id=uuid4())


SCOPE = a_scope()


def refusal(vault: KeyringVault, scope: Scope, purpose: str, sealed: bytes, **more: bool) -> str:
    with pytest.raises(UnavailableError) as refused:
        vault.open(scope, purpose, sealed, **more)
    assert not refused.value.retryable
    return refused.value.code


@given(st.text(max_size=300))
def test_what_was_sealed_opens(secret: str) -> None:
    vault = KeyringVault([KEY])
    sealed = vault.seal(SCOPE, "google", secret)
    assert vault.open(SCOPE, "google", sealed) == secret


def test_the_same_secret_never_looks_the_same() -> None:
    vault = KeyringVault([KEY])
    assert len({vault.seal(SCOPE, "google", "token") for _ in range(100)}) == 100
    assert b"token" not in vault.seal(SCOPE, "google", "token")


def test_space_organisation_and_purpose_are_bound_in() -> None:
    vault = KeyringVault([KEY])
    sealed = vault.seal(SCOPE, "google", "token")
    other_space = SCOPE.model_copy(update={"space_id": uuid4()})
    other_organisation = SCOPE.model_copy(update={"organisation_id": uuid4()})
    assert refusal(vault, other_space, "google", sealed) == "vault_unreadable"
    assert refusal(vault, other_organisation, "google", sealed) == "vault_unreadable"
    assert refusal(vault, SCOPE, "slack", sealed) == "vault_unreadable"
    assert refusal(vault, SCOPE, "google", sealed, shared=True) == "vault_unreadable"


def test_what_the_organisation_shares_opens_in_all_its_spaces_alone() -> None:
    vault = KeyringVault([KEY])
    sealed = vault.seal(SCOPE, "slack", "token", shared=True)
    sibling = SCOPE.model_copy(update={"space_id": uuid4()})
    assert vault.open(sibling, "slack", sealed, shared=True) == "token"
    assert refusal(vault, a_scope(), "slack", sealed, shared=True) == "vault_unreadable"
    assert refusal(vault, SCOPE, "slack", sealed) == "vault_unreadable"


def test_the_newest_key_seals_and_every_key_opens() -> None:
    older, newer = new_key(), new_key()
    old = KeyringVault([older]).seal(SCOPE, "google", "token")
    both = KeyringVault([newer, older])
    assert both.open(SCOPE, "google", old) == "token"
    fresh = both.seal(SCOPE, "google", "token")
    assert KeyringVault([newer]).open(SCOPE, "google", fresh) == "token"
    assert refusal(KeyringVault([newer]), SCOPE, "google", old) == "vault_unreadable"


@given(st.integers(min_value=0), st.integers(min_value=1, max_value=255))
def test_a_changed_byte_anywhere_is_noticed(place: int, change: int) -> None:
    vault = KeyringVault([KEY])
    sealed = bytearray(vault.seal(SCOPE, "google", "token"))
    sealed[place % len(sealed)] ^= change
    assert refusal(vault, SCOPE, "google", bytes(sealed)) == "vault_unreadable"


@given(st.binary(max_size=60))
def test_junk_does_not_open(junk: bytes) -> None:
    assert refusal(KeyringVault([KEY]), SCOPE, "google", junk) == "vault_unreadable"


def test_without_a_key_nothing_is_kept() -> None:
    with pytest.raises(UnavailableError) as refused:
        KeyringVault([]).seal(SCOPE, "google", "token")
    assert refused.value.code == "vault_unconfigured"


@pytest.mark.parametrize(
    "key",
    ["", "short", new_key() + "AAAA", "ä" * 43, "=" * 44],
    ids=["empty", "short", "long", "foreign", "blank"],
)
def test_a_bad_key_is_refused_and_not_repeated(key: str) -> None:
    with pytest.raises(ValueError, match="32 bytes") as refused:
        KeyringVault([key])
    assert not key or key not in str(refused.value)
    assert KEY not in repr(KeyringVault([KEY]))


def test_the_local_key_is_made_once_and_is_its_owners_alone(tmp_path: Path) -> None:
    folder = Folder.made(tmp_path / "data")
    local_vault.create(folder)
    path = local_vault.key_file(folder.root)
    first = path.read_text()
    local_vault.create(folder)
    assert path.read_text() == first
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    keyring = VaultSettings(key_file=path).keyring()
    assert KeyringVault(keyring).seal(SCOPE, "google", "token")
    assert VaultSettings(keys=(SecretStr(KEY),), key_file=path).keyring() == (KEY,)
