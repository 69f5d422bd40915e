"""Where documents' bytes lie, and what secrets are encrypted with."""

from pathlib import Path

from pydantic import SecretStr

from settings.group import Group


class OriginalsSettings(Group):
    """Where documents' bytes lie; edge and worker must reach the same place."""

    url: str = ".holdfast/originals"
    """`s3://bucket/prefix`, `gs://bucket/prefix`, `file:///folder` or a folder's path."""
    endpoint: str | None = None
    """Of another server that speaks S3, or Google's protocol."""
    region: str | None = None
    access_key_id: SecretStr | None = None
    secret_access_key: SecretStr | None = None
    google_key: SecretStr | None = None
    """A service account's key, as JSON. Without keys the vendor's own variables are looked at."""

    def access(self) -> dict[str, str | None]:
        """As `adapters.originals.store.originals_at` takes it beside the address."""
        plain = {"endpoint": self.endpoint, "region": self.region}
        secret = {
            "access_key_id": self.access_key_id,
            "secret_access_key": self.secret_access_key,
            "google_key": self.google_key,
        }
        return plain | {
            name: key.get_secret_value() if key else None for name, key in secret.items()
        }


class VaultSettings(Group):
    """Keys that tenants' secrets are encrypted with; without one, none are kept."""

    keys: tuple[SecretStr, ...] = ()
    """Each 32 bytes in URL-safe base64; the newest first: it encrypts, all decrypt."""
    key_file: Path | None = None
    """The same, one in a line; read when `keys` is empty."""

    def keyring(self) -> tuple[str, ...]:
        """As `adapters.vault.KeyringVault` takes it."""
        if self.keys or self.key_file is None:
            return tuple(key.get_secret_value() for key in self.keys)
        return tuple(self.key_file.read_text(encoding="utf-8").split())
