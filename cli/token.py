"""Tokens of the local stack's own identity provider."""

from datetime import timedelta
from pathlib import Path
from uuid import UUID

from cli.failure import CliError
from cli.place import stack_files
from local.identity import ROLES, NoIdentityError, mint
from local.paths import Folder


def make(
    data: Path | None,
    organisation: UUID | None,
    spaces: list[str],
    user: UUID | None,
    expires: timedelta,
) -> str:
    """A token; what is not said is the local stack's. `spaces` are `ID=ROLE`."""
    folder = Folder((data or _folder()).absolute())
    if not (folder.root / "kept" / "organisation").exists():
        raise CliError(
            f"{folder.root} has no identity: no stack was ever started there.",
            "Start one with `make run`, or name its folder with --data.",
        )
    roles = dict(map(_role, spaces)) or {folder.identifier("space"): "admin"}
    try:
        return mint(
            folder.root,
            organisation or folder.identifier("organisation"),
            roles,
            user or folder.identifier("user"),
            expires,
        )
    except NoIdentityError as error:
        raise CliError(str(error), "Start one with `make run`.") from error


def _folder() -> Path:
    """The nearest data folder: it outlives the stack's own run, and so does its key."""
    found = [path.parent for path in stack_files(Path.cwd())]
    return next((folder for folder in found if (folder / "kept").is_dir()), found[-1])


def _role(text: str) -> tuple[UUID, str]:
    space, equals, role = text.partition("=")
    try:
        named = UUID(space)
    except ValueError:
        raise CliError(f"{space!r} is no space: a space is a UUID.", code=2) from None
    if not equals:
        role = "admin"
    if role not in ROLES:
        raise CliError(f"{role!r} is no role.", f"Roles: {', '.join(ROLES)}.", code=2)
    return named, role
