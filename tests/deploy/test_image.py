"""What can be tried of the image and of the compose file where no daemon runs."""

import json
import re
import shutil
import subprocess
import sys
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import pytest
import uvicorn
import yaml  # type: ignore[import-untyped]  # has no stubs

from api.app import keys
from local import product
from local.paths import PROJECT
from settings import Settings

# `${NAME:-usual}`, `${NAME:?complaint}`, `${NAME:+other}`
SUBSTITUTED = re.compile(r"\$\{(\w+)(?::([-?+])([^{}]*(?:\$\{[^{}]*\}[^{}]*)*))?\}")
# Seconds for which nginx and AWS's balancers keep a quiet connection to a server.
USUAL_KEEP = 60
SECRETS = {"POSTGRES_PASSWORD", "HOLDFAST_APP_PASSWORD", "HOLDFAST_MODEL__API_KEY"}


def last_stage() -> list[str]:
    """Its instructions, each on a line of its own."""
    text = (PROJECT / "Dockerfile").read_text().replace("\\\n", " ")
    return text[text.rindex("\nFROM ") :].splitlines()


def command() -> list[str]:
    [line] = [line for line in last_stage() if line.startswith("CMD ")]
    words: list[str] = json.loads(line.removeprefix("CMD "))
    return words


@pytest.fixture(scope="module")
def image(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with what the last stage copies, and no more."""
    root = tmp_path_factory.mktemp("image")
    for line in last_stage():
        if not line.startswith("COPY ") or "--from" in line:
            continue
        *sources, target = line.split()[1:]
        for source in sources:
            place = root / target / Path(source).name if target.endswith("/") else root / target
            copy = shutil.copytree if (PROJECT / source).is_dir() else shutil.copy
            copy(PROJECT / source, place)
    return root


def test_the_image_has_the_command_and_everything_that_edge_and_worker_import(
    image: Path, tmp_path: Path
) -> None:
    [install] = [line for line in last_stage() if line.startswith("RUN pip install")]
    flags = [flag for flag in install.split()[2:] if flag != "--no-cache-dir"]
    # Without `--ignore-installed` it would take the project out of this environment.
    flags += ["--no-index", "--ignore-installed", "--prefix", str(tmp_path)]
    pip = [sys.executable, "-m", "pip", *flags]
    subprocess.run(pip, cwd=image, check=True, capture_output=True)
    [packages] = tmp_path.glob("lib/*/site-packages")
    env = {"PYTHONPATH": f"{image}:{packages}", "PATH": "", "PYTHONDONTWRITEBYTECODE": "1"}
    read = "import api.app, worker, deploy.prepare, importlib.metadata as m; m.version('holdfast')"
    where = f"{read}; print(api.app.__file__)"
    said = subprocess.run(
        [sys.executable, "-c", where], cwd=image, env=env, check=True, capture_output=True
    )
    assert Path(said.stdout.decode().strip()).is_relative_to(image)
    helped = subprocess.run(
        [tmp_path / "bin" / "holdfast", "--help"],
        cwd=image,
        env=env,
        check=True,
        capture_output=True,
    )
    assert b"deploy" in helped.stdout


def test_the_image_starts_the_edge_as_the_local_stack_does() -> None:
    here = list(product.edge(3, 8000, 1, {}).argv)
    ours = here[here.index("uvicorn") :]
    del ours[ours.index("--fd") : ours.index("--fd") + 2]
    theirs = command()
    del theirs[theirs.index("--host") : theirs.index("--host") + 4]
    assert theirs == ours


def test_the_edge_keeps_a_quiet_connection_longer_than_proxies_do() -> None:
    argv = product.edge(3, 8000, 1, {}).argv
    understood = uvicorn.main.make_context("uvicorn", list(argv[argv.index("uvicorn") + 1 :]))

    assert understood.params["timeout_keep_alive"] > USUAL_KEEP


def edge() -> dict[str, Any]:
    """Its service."""
    services = yaml.safe_load((PROJECT / "docker-compose.yml").read_text())["services"]
    found: dict[str, Any] = services["edge"]
    return found


def filled(text: str, given: dict[str, str]) -> str:
    """As compose does it."""

    def value(found: re.Match[str]) -> str:
        name, kind, other = found.groups()
        if kind == "+":
            return filled(other, given) if given.get(name) else ""
        if kind == "?" and not given.get(name):
            raise AssertionError(f"{name} must be given")
        return given.get(name) or (filled(other, given) if kind == "-" else "")

    return SUBSTITUTED.sub(value, text)


@pytest.fixture
def settings(monkeypatch: pytest.MonkeyPatch) -> Settings:
    """Of an edge whose owner has given the three secrets and nothing else."""
    given = dict.fromkeys(SECRETS, "word")
    for name, text in edge()["environment"].items():
        monkeypatch.setenv(name, filled(str(text), given))
    return Settings(_env_file=None)


def test_what_the_compose_file_says_is_understood(settings: Settings) -> None:
    assert settings.model.api_key is not None
    assert settings.model.api_key.get_secret_value() == "word"
    assert settings.tables.database_url is None


def test_the_compose_file_leaves_the_edge_its_command() -> None:
    assert "command" not in edge()
    assert edge()["env_file"] == [{"path": "product.env", "required": False}]


async def test_without_an_identity_provider_the_edge_says_what_to_set(settings: Settings) -> None:
    async with AsyncExitStack() as stack:
        with pytest.raises(ValueError, match="Set HOLDFAST_IDENTITY__"):
            await keys(settings, stack)
