"""What somebody wrote into a file, as TOML or JSON."""

import json
import sys
import tomllib
from pathlib import Path

from cli.failure import CliError


def written(file: Path, most_bytes: int, *, code: int) -> object:
    """`-` is standard input, of which so many bytes are read; CliError with that exit code."""
    try:
        raw = sys.stdin.buffer.read(most_bytes) if str(file) == "-" else file.read_bytes()
        text = raw.decode()
        found: object = tomllib.loads(text) if file.suffix == ".toml" else json.loads(text)
    except OSError as error:
        raise CliError(f"{file} cannot be read: {error.strerror or error}.", code=code) from error
    except (ValueError, RecursionError) as error:
        hint = "Write it as TOML or JSON."
        raise CliError(f"{file} cannot be read: {error}", hint, code=code) from error
    return found
