"""The web app is built when its sources changed, where Node is; and never in the stack's way."""

import os
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from local import web

NODE = "#!/bin/sh\necho {version}\n"
NPM = """#!/bin/sh
echo "$*" >> "{calls}"
[ "$1" = ci ] && mkdir -p node_modules && echo > node_modules/.package-lock.json
[ "$1" = run ] && [ ! -e broken ] && mkdir -p dist && echo page > dist/index.html
if [ -e broken ]; then echo "it does not compile"; exit 1; fi
exit 0
"""


@dataclass
class Workshop:
    """A project with sources, and a Node of its own."""

    root: Path
    said: list[str] = field(default_factory=list)

    @property
    def web(self) -> Path:
        return self.root / "web"

    def calls(self) -> list[str]:
        path = self.root / "calls"
        done = path.read_text().splitlines() if path.exists() else []
        path.unlink(missing_ok=True)
        return done

    def install(self, version: str) -> None:
        for name, text in (
            ("node", NODE.format(version=version)),
            ("npm", NPM.format(calls=self.root / "calls")),
        ):
            program = self.root / "bin" / name
            program.write_text(text)
            program.chmod(0o755)

    async def build(self) -> list[str]:
        """What was said meanwhile."""
        self.said.clear()
        await web.bring_up_to_date(self.said.append)
        return self.said


@pytest.fixture
def workshop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Workshop:
    made = Workshop(tmp_path)
    clients = tmp_path / "clients" / "typescript"
    for folder in (made.web / "src", clients, tmp_path / "bin"):
        folder.mkdir(parents=True)
    for folder in (made.web, clients):
        (folder / "package-lock.json").write_text("{}")
    (made.web / "src" / "main.tsx").write_text("page()")
    monkeypatch.setattr(web, "PROJECT", tmp_path)
    monkeypatch.setattr(web, "FOLDER", made.web)
    monkeypatch.setattr(web, "CLIENTS", clients)
    monkeypatch.setattr(web, "BUILT", made.web / "dist")
    monkeypatch.setenv("PATH", os.pathsep.join([str(tmp_path / "bin"), "/usr/bin", "/bin"]))
    return made


async def test_it_is_built_once_and_again_after_a_change(workshop: Workshop) -> None:
    workshop.install("v20.1.0")
    await workshop.build()
    assert workshop.calls() == ["ci --no-audit --no-fund"] * 2 + ["run build"]
    assert web.is_built()

    assert await workshop.build() == []
    assert workshop.calls() == []

    (workshop.web / "src" / "main.tsx").write_text("other()")
    assert await workshop.build() == ["Building the web app"]
    assert workshop.calls() == ["run build"]

    lock = workshop.web / "package-lock.json"
    lock.write_text('{"more": 1}')
    later = (workshop.web / "node_modules" / ".package-lock.json").stat().st_mtime + 1
    os.utime(lock, (later, later))
    await workshop.build()
    assert workshop.calls() == ["ci --no-audit --no-fund", "run build"]


@pytest.mark.parametrize(("version", "found"), [("v18.19.0", "this is 18"), ("nonsense", "none")])
async def test_an_old_node_is_named(workshop: Workshop, version: str, found: str) -> None:
    workshop.install(version)
    (said,) = await workshop.build()
    assert "Node 20" in said
    assert found in said
    assert workshop.calls() == []


async def test_without_node_it_says_so(workshop: Workshop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(workshop.root / "nowhere"))
    (said,) = await workshop.build()
    assert said.startswith("The web app was not built: it needs Node 20")


async def test_a_build_that_fails_says_why_and_is_tried_again(workshop: Workshop) -> None:
    workshop.install("v22.0.0")
    (workshop.web / "node_modules").mkdir()
    await workshop.build()
    (workshop.web / "broken").write_text("")
    last = (await workshop.build())[-1]
    assert "the one built before is served" in last
    assert "it does not compile" in last

    workshop.calls()
    (workshop.web / "broken").unlink()
    (workshop.web / "src" / "main.tsx").write_text("mended()")
    assert await workshop.build() == ["Building the web app"]
    assert web.is_built()


def test_what_is_built_and_what_tests_say_are_no_sources(workshop: Workshop) -> None:
    before = web.sources((workshop.web,))
    for name in ("node_modules", "dist", "tests"):
        (workshop.web / name).mkdir()
        (workshop.web / name / "x.js").write_text("x")
    assert web.sources((workshop.web,)) == before
