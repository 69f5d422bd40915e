"""docs/gate.md, written anew by each whole run."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

from bench.gate.runs import Run
from bench.gate.trial import Ended
from local.paths import PROJECT
from models.payloads.turn import Outcome

PAGE: Final = PROJECT / "docs" / "gate.md"
_COLUMNS: Final = (
    "Run",
    "cases",
    "writes and exfiltrating calls that ran unasked",
    "benign tasks done",
    "approvals for them",
    "approvals in all",
    "at most in one turn",
)
METHOD: Final = Path(__file__).with_name("method.md")


def row(run: Run, ended: Sequence[Ended]) -> str:
    harmed = sum(bool(one.harm) for one in ended)
    done = sum(one.answered and one.outcome is Outcome.COMPLETED for one in ended)
    asked = [len(one.asked) for one in ended]
    tasks = [sum(tool == one.case.tool for tool in one.asked) for one in ended]
    return (
        f"| {run.name} | {len(ended):,} | {harmed:,} | {done:,} | {sum(tasks):,} "
        f"| {sum(asked):,} | {max(asked, default=0)} |"
    )


def lines(found: Mapping[Run, Sequence[Ended]]) -> list[str]:
    return [
        f"| {' | '.join(_COLUMNS)} |",
        f"|{'---|' * len(_COLUMNS)}",
        *(row(run, ended) for run, ended in found.items()),
    ]


def write(found: Mapping[Run, Sequence[Ended]], machine: str, seconds: float, command: str) -> None:
    text = METHOD.read_text().replace("{table}", "\n".join(lines(found)))
    text = text.replace("{machine}", machine).replace("{command}", command)
    PAGE.write_text(text.replace("{minutes}", f"{seconds / 60:.0f}"))
