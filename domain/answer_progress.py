"""One turn's answer as it comes along, in the words of those who only read the answer."""

from typing import Final
from uuid import UUID

from domain.citation_marks import groups_in
from domain.fold import Fold
from domain.ports.threads import Shown
from domain.wire import WireEvent, decode
from models.payloads.events import (
    AgentChosen,
    ApprovalDecided,
    ApprovalExpired,
    ApprovalRequested,
    Event,
    RetrievalCompleted,
    RetrievalStarted,
    StepStarted,
    ToolCompleted,
    ToolFailed,
    ToolStarted,
    TurnCompleted,
    TurnFailed,
    TurnStarted,
    TurnStopped,
)
from models.payloads.sources import Source
from models.payloads.turn import Finish, Outcome

# Of what a note names: more are read in the app.
MOST_NAMES: Final = 5

_ENDINGS: Final = {
    Outcome.COMPLETED: "",
    Outcome.STOPPED: "It was stopped.",
    Outcome.INTERRUPTED: "Another message interrupted it.",
    Outcome.WITHDRAWN: "It was withdrawn.",
    Outcome.ITERATION_LIMIT: "It ended at its limit of steps.",
    Outcome.BUDGET_EXHAUSTED: "It ended at its budget.",
    Outcome.DEADLINE_EXCEEDED: "It ended at its time limit.",
    Outcome.CONTAMINATED: "The answer was withdrawn: it followed somebody else.",
    Outcome.DENIED: "It ended because a person, or the policy, refused what it wanted to do.",
    Outcome.EXPIRED: "It ended because nobody decided in time.",
    Outcome.FAILED: "It failed:",
    Outcome.DUPLICATE: "It was answered before.",
}


class AnswerProgress:
    def __init__(self, turn_id: UUID, position: int = 0) -> None:
        """`position` is how many messages were to be answered first."""
        self._turn_id = str(turn_id)
        self._position = position
        self._fold = Fold()
        self.heard = False
        """Something of the turn has come."""
        self._looking = False
        self._running: dict[str, str] = {}
        self._asked: dict[UUID, str] = {}
        self._ending = ""
        self._words = ""
        self.ended = False

    def apply(self, event: WireEvent) -> bool:
        """False for what changes nothing here: other turns' events."""
        if event.turn_id != self._turn_id:
            return False
        logged = decode(event.data)
        if not self._fold.apply(logged):
            return False
        self._take(logged.event)
        return True

    def shown(self) -> Shown:
        text = "\n\n".join(part for part in self._texts() if part.strip())
        note, names = self._note()
        return Shown(
            text=text,
            note=note,
            names=names[:MOST_NAMES],
            sources=self._cited(text),
            waits=bool(self._asked) and not self.ended,
        )

    def _take(self, event: Event) -> None:
        self.heard = True
        match event:
            case RetrievalStarted():
                self._looking = True
            case RetrievalCompleted() | TurnStarted() | StepStarted() | AgentChosen():
                self._looking = False
            case ToolStarted(call_id=call, name=name):
                self._running[call] = name
            case ToolCompleted(call_id=call) | ToolFailed(call_id=call):
                self._running.pop(call, None)
            case ApprovalRequested(approval_id=approval, tool=tool):
                self._asked[approval] = tool
            case ApprovalDecided(approval_id=approval) | ApprovalExpired(approval_id=approval):
                self._asked.pop(approval, None)
            case TurnCompleted() | TurnFailed() | TurnStopped():
                self._end(event)

    def _end(self, event: TurnCompleted | TurnFailed | TurnStopped) -> None:
        self.ended = True
        self._ending = _ENDINGS[event.outcome]
        if isinstance(event, TurnFailed):
            self._words = event.detail
        elif isinstance(event, TurnCompleted):
            self._words = event.detail
            if event.outcome is Outcome.COMPLETED and event.finish is Finish.LENGTH:
                self._ending = "It was cut at its longest."

    def _note(self) -> tuple[str, tuple[str, ...]]:
        if self.ended:
            words = (self._words,) if self._words and self._ending else ()
            return self._ending, words
        if self._asked:
            return "Waits for a verdict on", tuple(dict.fromkeys(self._asked.values()))
        if self._running:
            return "Uses", tuple(dict.fromkeys(self._running.values()))
        if self._looking:
            return "Looks things up …", ()
        if not self.heard and self._position:
            return f"Answers {_counted(self._position)} first …", ()
        return "…", ()

    def _texts(self) -> list[str]:
        texts = self._fold.texts
        return [texts[place] for place in sorted(texts)]

    def _cited(self, text: str) -> tuple[Source, ...]:
        marks = {number for group in groups_in(text) for number in group.numbers}
        found = {source.mark: source for given in self._fold.sources.values() for source in given}
        return tuple(found[mark] for mark in sorted(marks & found.keys()))


def _counted(messages: int) -> str:
    return "another message" if messages == 1 else f"{messages} other messages"
