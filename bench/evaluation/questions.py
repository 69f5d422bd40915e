"""mtrag-un: multi-turn questions of people, and the passages that they found to answer them."""

import hashlib
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import NAMESPACE_URL, uuid5

from local.paths import PROJECT
from models.payloads.chat import Role, StoredMessage

FILE = PROJECT.parent / "shared" / "data" / "retrieval" / "mtrag-un" / "reference.jsonl"
ROLES = {"user": Role.USER, "agent": Role.ASSISTANT}


@dataclass(frozen=True, slots=True)
class SourcePassage:
    """`source` is the document that it was cut from, `start` and `end` its place there."""

    id: str
    source: str
    title: str
    text: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Question:
    """`gold` are passages that people answered from; none for what cannot be answered."""

    id: str
    conversation: str
    subject: str
    text: str
    history: tuple[StoredMessage, ...]
    gold: frozenset[str]
    answer: str
    """What a person accepted."""
    answerable: str

    @property
    def held_out(self) -> bool:
        """One half, by conversation, so that no conversation is in both."""
        return hashlib.sha256(self.conversation.encode()).digest()[0] % 2 == 1


@dataclass(frozen=True, slots=True)
class Questions:
    passages: Sequence[SourcePassage]
    all: Sequence[Question]

    @property
    def findable(self) -> list[Question]:
        return [question for question in self.all if question.gold]


def loaded(file: Path = FILE) -> Questions:
    """Passages of the same text are one, as they are in a search's answer."""
    tasks: list[dict[str, Any]] = [
        json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()
    ]
    passages: dict[str, SourcePassage] = {}
    same: dict[str, str] = {}
    for context in (context for task in tasks for context in task["contexts"]):
        name, text = context["document_id"], context["text"].strip()
        first = same.setdefault(" ".join(text.casefold().split()), name)
        if first == name:
            passages[name] = _passage(name, text, context.get("title") or "")
    return Questions(list(passages.values()), [_question(task, same) for task in tasks])


def _passage(name: str, text: str, title: str) -> SourcePassage:
    """The last two numbers of a name are the place; some names have a range of another kind."""
    source, start, end = name.rsplit("-", 2)
    return SourcePassage(name, source, " ".join(title.split()), text, int(start), int(end))


def _question(task: dict[str, Any], same: dict[str, str]) -> Question:
    said = task["input"]
    space = uuid5(NAMESPACE_URL, task["task_id"])
    history = tuple(
        StoredMessage(id=uuid5(space, str(place)), role=ROLES[one["speaker"]], content=one["text"])
        for place, one in enumerate(said[:-1])
    )
    return Question(
        id=task["task_id"],
        conversation=task["conversation_id"],
        subject=task["Collection"],
        text=said[-1]["text"],
        history=history,
        gold=frozenset(_named(task["contexts"], same)),
        answer=task["targets"][0]["text"],
        answerable=task["answerability"][0],
    )


def _named(contexts: Sequence[dict[str, Any]], same: dict[str, str]) -> Iterable[str]:
    return (same[" ".join(one["text"].strip().casefold().split())] for one in contexts)
