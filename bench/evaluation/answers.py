"""What is answered from what was found: whether it cites the right passages, and declines."""

import re
import time
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from statistics import fmean
from uuid import UUID, uuid5

from activities.asking import whole
from activities.beginning import question as asked
from activities.citing import cited
from activities.enhancement import Enhancer
from activities.retriever import Retriever
from bench.evaluation.questions import Question
from domain.citation_marks import groups_in
from domain.ports.model import ChatModel
from domain.ports.search import FindRequest
from domain.ports.transcript import Passage, StepContext
from domain.query import Standalone
from domain.tokens import count
from domain.tools.toolbox import Toolbox
from models.errors import AppError
from models.payloads.agent import Agent
from models.payloads.chat import Reply, Role, StoredMessage
from models.payloads.events import EventId, LoggedEvent, RetrievalCompleted
from models.payloads.scope import Scope

ANSWERABLE, UNANSWERABLE = "ANSWERABLE", "UNANSWERABLE"
# Ways to say that it is not there, in the words of models that were read for this.
_DECLINES = re.compile(
    r"do(?:es)? not (?:answer|contain|mention|provide|specify|say|have|know)"
    r"|(?:don't|doesn't|didn't) (?:have|know|contain|mention|provide|say|find)"
    r"|no (?:specific |relevant )?(?:information|mention|answer)|nothing to quote"
    r"|not (?:mentioned|specified|provided|stated|available|clear)"
    r"|(?:cannot|can't|can not|could not|couldn't|unable to) (?:answer|find|determine|provide)",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Answer:
    """Names of passages: `given` to the model, `cited` by what it said after the check."""

    question: Question
    text: str
    given: frozenset[str]
    cited: frozenset[str]
    removed: int
    """Marks that the check took out."""
    seconds: float
    failed: str | None = None

    @property
    def declined(self) -> bool:
        """It cites nothing, and says that it does not answer."""
        return not self.cited and bool(_DECLINES.search(self.text))


@dataclass(frozen=True, slots=True)
class Judged:
    """Means over the questions. Precision is over the answers that cite."""

    model: str
    answerable: int
    unanswerable: int
    given: float
    """Of the gold passages, those that the model was given: what citing can reach."""
    citing: float
    precision: float
    recall: float
    declined: float
    """Of the unanswerable."""
    wrongly: float
    """Declined, of the answerable."""
    removed: int
    seconds: float
    failed: int


def sample(questions: Sequence[Question], kind: str, most: int) -> list[Question]:
    """The same ones in each run, from all subjects."""
    own = [one for one in questions if one.answerable == kind]
    return sorted(own, key=lambda one: zlib.crc32(one.id.encode()))[:most]


@dataclass(frozen=True, slots=True)
class Answering:
    """The product's own way from a question to an answer, without its storage."""

    scope: Scope
    names: Mapping[UUID, str]
    retriever: Retriever
    enhancer: Enhancer | None
    model: ChatModel
    agent: Agent

    async def answer(self, question: Question) -> Answer:
        began = time.perf_counter()
        passages = await self._found(question)
        given = frozenset(self.names[one.source.passage_id] for one in passages)
        try:
            reply = await self._reply(question, passages)
        except AppError as error:
            return Answer(question, "", given, frozenset(), 0, 0.0, error.code)
        checked, removed = cited(reply, self.agent, passages)
        by_mark = {one.source.mark: self.names[one.source.passage_id] for one in passages}
        marks = {number for group in groups_in(checked.text) for number in group.numbers}
        return Answer(
            question,
            checked.text,
            given,
            frozenset(by_mark[mark] for mark in marks if mark in by_mark),
            len(removed),
            time.perf_counter() - began,
        )

    async def _found(self, question: Question) -> Sequence[Passage]:
        asking = Standalone(question.text)
        if self.enhancer is not None:

            async def recent() -> Sequence[StoredMessage]:
                return question.history

            found = await self.enhancer.enhance_lazily(
                recent, question.text, has_history=bool(question.history)
            )
            asking = found.question
        request = FindRequest(
            asking.query,
            self.agent.top_k,
            alternatives=asking.alternatives,
            token_budget=self.agent.passage_tokens,
        )
        return (await self.retriever.find(self.scope, request)).passages

    async def _reply(self, question: Question, passages: Sequence[Passage]) -> Reply:
        own = StoredMessage(
            id=uuid5(self.scope.space_id, question.id), role=Role.USER, content=question.text
        )
        event = RetrievalCompleted(sources=tuple(one.source for one in passages))
        now = datetime.now(UTC)
        logged = LoggedEvent(id=EventId(1, 1), at=now, turn_id=own.id, event=event)
        loaded = StepContext(
            reply=None,
            events=(logged,),
            history=(*question.history, own),
            passages=tuple(passages),
            now=now,
        )
        request = asked(self.agent, loaded, self.model.name, Toolbox([]), count)
        return await whole(self.model, request)


def judged(model: str, answers: Sequence[Answer]) -> Judged:
    answered = [one for one in answers if not one.failed]
    able = [one for one in answered if one.question.answerable == ANSWERABLE]
    unable = [one for one in answered if one.question.answerable == UNANSWERABLE]
    citing = [one for one in able if one.cited]
    return Judged(
        model=model,
        answerable=len(able),
        unanswerable=len(unable),
        given=_mean([_share(one.given, one.question.gold) for one in able]),
        citing=_mean([float(bool(one.cited)) for one in able]),
        precision=_mean([_share(one.question.gold, one.cited) for one in citing]),
        recall=_mean([_share(one.cited, one.question.gold) for one in able]),
        declined=_mean([float(one.declined) for one in unable]),
        wrongly=_mean([float(one.declined) for one in able]),
        removed=sum(one.removed for one in answered),
        seconds=_mean([one.seconds for one in answered]),
        failed=len(answers) - len(answered),
    )


def _share(these: frozenset[str], of: frozenset[str]) -> float:
    return len(these & of) / len(of)


def _mean(values: Sequence[float]) -> float:
    return fmean(values) if values else 0.0
