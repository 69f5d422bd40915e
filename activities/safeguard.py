"""What is looked at around one step: the message, what was found, and the answer."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Final

import structlog

from domain.ports.moderation import Moderator
from domain.ports.transcript import StepContext
from domain.safety.answer import CONTAMINATED, Foreign, Surroundings, gives_away
from domain.safety.incoming import classify
from domain.safety.instructing import Instructing, instructing
from domain.safety.normalise import normalise
from domain.safety.redaction import redact
from domain.safety.valve import BySentence, Open, Redacting, Shut, Valve
from models.errors import AppError, InvalidError
from models.payloads.agent import Agent, OnContamination
from models.payloads.chat import Reply, Role, StoredMessage
from models.payloads.events import (
    ContaminationDetected,
    Event,
    InputFlagged,
    TextWithdrawn,
)
from models.payloads.safety import InputClass, OnMalicious, Safety
from models.payloads.turn import Finish

log = structlog.get_logger(__name__)

# What stands where a contaminated answer was, and a refused message in the turns after it.
SAFE_ANSWER: Final = (
    "I have taken this answer back: it showed signs of following instructions that are not yours. "
    "Please ask again, or leave out the document or page that it came from."
)
REFUSED: Final = "[A message stood here that was refused.]"
# Of what the turn has seen: what is looked at for one answer, and told of in one step.
_MOST_CHARACTERS: Final = 128_000
_MOST_EVENTS: Final = 20
_MOST_ASKED: Final = 32_000


@dataclass(frozen=True, slots=True)
class Checked:
    """An answer as it may be stored and shown."""

    reply: Reply
    """Redacted; or the safe answer, without calls, where the model's was withdrawn."""
    events: tuple[Event, ...] = ()
    """Before the text is completed, in this order."""
    contaminated: bool = False
    """The turn ends as `contaminated`."""
    redacted: tuple[str, ...] = ()
    """Kinds of data that were taken out, once each."""


@dataclass(frozen=True, slots=True)
class _Seen:
    """A text of the turn that nobody vouches for. `new`: this step is the first to see it."""

    where: str
    source: str
    text: str
    new: bool
    judged: Instructing


class Safeguard:
    """One attempt's at one step. The turn's first alone sees its message and its passages as
    new."""

    def __init__(
        self,
        agent: Agent,
        safety: Safety,
        loaded: StepContext,
        step: int,
        moderator: Moderator | None = None,
    ) -> None:
        self._agent, self._safety, self._loaded = agent, safety, loaded
        self._step = step
        self._moderator = moderator if safety.moderate else None

    async def incoming(self) -> tuple[Event, ...]:
        """What is to be said of the message, before the model is asked; of passages and results
        `finished` tells, so that no answer waits for it. InvalidError("input_refused") where the
        space refuses malicious messages."""
        events: list[Event] = []
        for message in self._new_messages():
            verdict = classify(message.content)
            level, reasons = verdict.level, verdict.reasons
            if objections := await self._objections(verdict.text):
                level, reasons = InputClass.MALICIOUS, (*reasons, *objections)
            if level is InputClass.SAFE:
                continue
            if level is InputClass.MALICIOUS and self._safety.on_malicious is OnMalicious.REFUSE:
                raise InvalidError(
                    f"The message looks like an attempt at manipulation: {', '.join(reasons)}.",
                    code="input_refused",
                )
            events.append(InputFlagged(level=level.value, reasons=reasons))
        return tuple(events)

    def message(self, text: str) -> str:
        """A user's message as the model shall read it."""
        if self._safety.on_malicious is OnMalicious.REFUSE:
            verdict = classify(text)
            return REFUSED if verdict.level is InputClass.MALICIOUS else verdict.text
        return normalise(text).text

    def gate(self, shown: str) -> Valve:
        """What stands between a stream and its readers, who hold `shown` of it: one for each
        stream of the answer."""
        kinds = self._safety.redact
        if self._agent.on_contamination is OnContamination.HOLD_WHOLE:
            return Shut()
        if self._agent.on_contamination is OnContamination.HOLD_SENTENCES:
            return BySentence(kinds, shown, self._gives_away)
        return Redacting(kinds, shown) if kinds else Open()

    async def finished(self, reply: Reply) -> Checked:
        """The whole answer, its citations checked already; and what the step saw first."""
        found, source = gives_away(reply.text, self._surroundings, reply.calls)
        score, reasons = found.score, found.reasons
        if objections := await self._objections(reply.text):
            score, reasons = 1.0, (*reasons, *objections)
        events: list[Event] = [*self._told()]
        if score >= CONTAMINATED:
            log.warning("answer.contaminated", agent=self._agent.name, reasons=reasons)
            reason = ", ".join(reasons)
            events.append(
                ContaminationDetected(step=self._step, reason=reason, source=source, score=score)
            )
            if self._agent.on_contamination is not OnContamination.TELL:
                events.append(TextWithdrawn(step=self._step))
                return self._withdrawn(reply, tuple(events))
        out = redact(reply.text, self._safety.redact)
        if out.kinds:
            reply = reply.model_copy(update={"text": out.text})
        return Checked(reply, tuple(events), redacted=tuple(kind.value for kind in out.kinds))

    def _withdrawn(self, reply: Reply, events: tuple[Event, ...]) -> Checked:
        """A person's stop, or the deadline, ends the turn its own way: then nothing stands."""
        if reply.finish is Finish.CANCELLED:
            return Checked(reply.model_copy(update={"text": "", "calls": ()}), events)
        safe = {"text": SAFE_ANSWER, "calls": (), "finish": Finish.WITHDRAWN}
        return Checked(reply.model_copy(update=safe), events, contaminated=True)

    async def _objections(self, text: str) -> tuple[str, ...]:
        """Somebody else's. Who cannot be asked objects to nothing: moderation comes on top."""
        if self._moderator is None or not text:
            return ()
        try:
            said = await self._moderator.look(text)
        except AppError as error:
            log.warning("moderation.unavailable", code=error.code)
            return ()
        named = said.categories or ("flagged",)
        return tuple(f"moderation:{name}" for name in named) if said.flagged else ()

    def _gives_away(self, text: str) -> bool:
        return gives_away(text, self._surroundings)[0].score >= CONTAMINATED

    def _told(self) -> Iterator[ContaminationDetected]:
        """Of what is new to this step and instructs."""
        new = [seen for seen in self._seen if seen.new and seen.judged.instructs]
        for seen in new[:_MOST_EVENTS]:
            yield ContaminationDetected(
                step=self._step,
                reason=", ".join(seen.judged.reasons),
                where=seen.where,
                source=seen.source[:300],
                score=seen.judged.score,
            )

    @cached_property
    def _surroundings(self) -> Surroundings:
        asked = "\n".join(m.content for m in self._loaded.history if m.role is Role.USER)
        # Examples stand in the instructions to be answered like.
        models = "\n".join(example.assistant for example in self._agent.examples)
        return Surroundings(
            instructions=self._agent.instructions,
            asked=asked[-_MOST_ASKED:],
            models=models[:_MOST_ASKED],
            foreign=tuple(
                Foreign(seen.source, seen.judged.sentences)
                for seen in self._seen
                if seen.judged.instructs
            ),
            context=tuple(seen.text for seen in self._seen),
        )

    @cached_property
    def _seen(self) -> tuple[_Seen, ...]:
        """The newest results and the turn's passages, as many as may be looked at."""
        room, seen = _MOST_CHARACTERS, []
        for where, source, text, new in self._texts():
            if len(text) > room:
                break
            room -= len(text)
            seen.append(_Seen(where, source, text, new, instructing(text)))
        return tuple(seen)

    def _texts(self) -> Iterator[tuple[str, str, str, bool]]:
        for passage in self._loaded.passages:
            source = passage.source
            yield "document", source.title or source.url or "", passage.text, self._step == 1
        history = self._loaded.history
        names = {call.call_id: call.name for message in history for call in message.calls}
        new = {message.id for message in self._trailing()}
        for message in reversed(history):
            if message.role is Role.TOOL:
                name = names.get(message.call_id or "", "")
                yield "result", name, message.content, message.id in new

    def _trailing(self) -> list[StoredMessage]:
        """What came since the last answer."""
        trailing: list[StoredMessage] = []
        for message in reversed(self._loaded.history):
            if message.role is Role.ASSISTANT:
                break
            trailing.append(message)
        return trailing[::-1]

    def _new_messages(self) -> list[StoredMessage]:
        """Those of this turn: an earlier one may stand there without an answer."""
        trailing = self._trailing()
        return [
            message
            for message in trailing
            if message.role is Role.USER and message.turn_id == trailing[-1].turn_id
        ]
