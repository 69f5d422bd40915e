"""Which files a person means who names files and folders."""

import os
import stat
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

MOST_FILES = 100_000


@dataclass(frozen=True)
class Address:
    """A page or file that the server fetches."""

    url: str

    @property
    def name(self) -> str:
        return self.url


@dataclass(frozen=True)
class Unusable:
    """A path that cannot be read, and why."""

    path: Path
    why: str


def named(texts: Iterable[str]) -> Iterator[Path | Address]:
    """What each text means: an address, or a path."""
    for text in texts:
        is_address = text.lower().startswith(("http://", "https://"))
        yield Address(text) if is_address else Path(text)


def found(paths: Iterable[Path | Address]) -> Iterator[Path | Address | Unusable]:
    """Each file and address once, folders in sorted order; hidden ones only when named
    themselves."""
    seen: set[tuple[int, int]] = set()
    for count, entry in enumerate(_all(paths, seen)):
        if count >= MOST_FILES:
            path = entry.path if isinstance(entry, Unusable) else entry
            path = path if isinstance(path, Path) else Path(path.url)
            yield Unusable(path, f"more than {MOST_FILES:,} files: this and the rest are left out")
            return
        yield entry


def _all(
    paths: Iterable[Path | Address], seen: set[tuple[int, int]]
) -> Iterator[Path | Address | Unusable]:
    addresses: set[Address] = set()
    for path in paths:
        if isinstance(path, Path):
            yield from _at(path, seen)
        elif path not in addresses:
            addresses.add(path)
            yield path


def _at(path: Path, seen: set[tuple[int, int]]) -> Iterator[Path | Unusable]:
    try:
        status = path.stat()
    except (OSError, ValueError) as error:
        yield Unusable(path, _reason(error))
        return
    # A link to something met before, be it a folder above: once is enough, and there is an end.
    if (place := (status.st_dev, status.st_ino)) in seen:
        return
    seen.add(place)
    if stat.S_ISDIR(status.st_mode):
        try:
            names = sorted(os.listdir(path))  # noqa: PTH208 - names are enough, and cheaper
        except OSError as error:
            yield Unusable(path, _reason(error))
            return
        for name in names:
            if not name.startswith("."):
                yield from _at(path / name, seen)
    elif stat.S_ISREG(status.st_mode):
        yield path
    else:
        # Reading a pipe or a device may never end.
        yield Unusable(path, "neither a file nor a folder")


def _reason(error: Exception) -> str:
    if isinstance(error, OSError) and error.strerror:
        return error.strerror.lower()
    return str(error)
