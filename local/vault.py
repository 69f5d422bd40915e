"""The local stack's key for secrets at rest: made once, kept beside the database it protects."""

from pathlib import Path

from adapters.vault import new_key
from local.paths import Folder, write_private

VARIABLE = "HOLDFAST_VAULT__KEY_FILE"


def key_file(data: Path) -> Path:
    return data / "kept" / "vault.keys"


def create(folder: Folder) -> None:
    """A lost key is a lost secret, so one that is there is never written again."""
    path = key_file(folder.root)
    if not path.exists():
        write_private(path, new_key() + "\n")
