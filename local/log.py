"""What the processes say, kept in files of limited size."""

from pathlib import Path

from local.paths import Folder
from local.process import OWN_NAME, Show

LARGEST = 20 * 1024 * 1024  # bytes of one file; one older file is kept beside it


class LogFiles:
    """Writes each line to its process's file, then passes it on."""

    def __init__(self, folder: Folder, onward: Show) -> None:
        self._folder = folder
        self._onward = onward
        self._sizes: dict[str, int] = {}

    def show(self, name: str, line: str) -> None:
        self._onward(name, line)
        path = self._folder.logs / f"{name}.log"
        data = f"{line}\n".encode(errors="replace")
        try:
            if name not in self._sizes:
                self._sizes[name] = path.stat().st_size if path.exists() else 0
            if self._sizes[name] + len(data) > LARGEST:
                self._turn(path)
                self._sizes[name] = 0
            with path.open("ab") as file:
                file.write(data)
            self._sizes[name] += len(data)
        except OSError as error:  # a full disk must not stop the stack
            self._onward(OWN_NAME, f"{path} cannot be written: {error}")

    @staticmethod
    def _turn(path: Path) -> None:
        path.replace(path.with_suffix(".log.1"))
