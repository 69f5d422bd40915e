"""End a session and write what it leaves behind."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from decimal import Decimal

from pydantic import ValidationError
from temporalio import activity

from activities.asking import whole
from activities.failures import reported
from activities.heartbeat import heartbeating
from domain import summarising
from domain.ports.events import EventLog
from domain.ports.model import ChatModel
from domain.ports.sessions import Sessions
from domain.ports.transcript import Notices, UsageEntry
from models.errors import ModelError
from models.payloads.chat import ChatRequest, Usage
from models.payloads.events import ConversationTitled, Event, SessionSummarised
from models.payloads.scope import LogKey
from models.payloads.session import SessionEnd, SessionKey, SessionSummary

# Asked once, and once more with the reason why the first answer did not validate.
TRIES = 2
# Attempts of the activity that ask the model; then sentences must do. Those that the store failed
# before are none of them.
MODEL_ATTEMPTS = 8


class _Asks:
    """How many attempts have asked the model: heartbeats carry it from one attempt to the next."""

    def __init__(self) -> None:
        details = activity.info().heartbeat_details
        self.count = int(details[0]) if details else 0

    @asynccontextmanager
    async def kept(self) -> AsyncIterator[None]:
        """Heartbeat it, and once more when the attempt fails between two beats."""
        async with heartbeating(lambda: (self.count,)):
            try:
                yield
            except BaseException:
                if self.count:
                    activity.heartbeat(self.count)
                raise


class SessionActivities:
    def __init__(
        self,
        sessions: Sessions,
        notices: Notices,
        log: EventLog,
        model: ChatModel,
        cost: Callable[[str, Usage], Decimal | None],
        price_version: str,
        *,
        extractive: bool,
        context_tokens: int | None = None,
    ) -> None:
        """`extractive`: the model is no language model, and the summary must say so.
        `context_tokens`: the model's limit, when it is a small one."""
        self._sessions = sessions
        self._notices = notices
        self._log = log
        self._model = model
        self._cost = cost
        self._price_version = price_version
        self._extractive = extractive
        self._context_tokens = context_tokens

    @activity.defn(name="sessions.end")
    async def end(self, session: SessionKey) -> SessionEnd:
        with reported(patient=True):
            return await self._sessions.end(session)

    @activity.defn(name="sessions.summarise")
    async def summarise(self, session: SessionKey) -> None:
        asks = _Asks()
        async with asks.kept():
            with reported(patient=True):
                await self._summarise(session, asks)

    async def _summarise(self, session: SessionKey, asks: _Asks) -> None:
        messages = await self._sessions.material(
            session, characters=summarising.characters_for(self._context_tokens)
        )
        if not messages:
            activity.logger.info("Nothing left to summarise: the messages were erased")
            return
        request = summarising.request(self._model.name, messages, self._context_tokens)
        summary, usage = await self._ask(request, asks)
        if summary is None:
            summary = summarising.extract(messages)
        saved = await self._sessions.save(session, summary, usage)
        if saved is None:
            return
        summary, titled = saved
        log = LogKey(scope=session.scope, conversation_id=session.conversation_id)
        if titled:
            title = ConversationTitled(title=summary.title)
            await self._post(log, f"title:{session.session_id}", title)
        await self._post(
            log,
            f"summary:{session.session_id}",
            SessionSummarised(
                session_id=session.session_id,
                number=session.number,
                title=summary.title,
                summary=summary.summary,
            ),
        )

    async def _ask(
        self, request: ChatRequest, asks: _Asks
    ) -> tuple[SessionSummary | None, UsageEntry | None]:
        """The model's summary, validated; None when it could not be brought to answer in form, or
        was asked so often that nothing came of it."""
        spent = Usage()
        model = request.model
        if asks.count >= MODEL_ATTEMPTS:
            return None, None
        asks.count += 1
        for _ in range(TRIES):
            try:
                reply = await whole(self._model, request)
            except ModelError as error:
                if error.retryable and asks.count < MODEL_ATTEMPTS:
                    raise
                activity.logger.warning("No model summarises: %s", error.code)
                return None, self._entry(model, spent)
            model = reply.model or model
            spent = Usage(
                input_tokens=spent.input_tokens + reply.usage.input_tokens,
                output_tokens=spent.output_tokens + reply.usage.output_tokens,
                cached_tokens=spent.cached_tokens + reply.usage.cached_tokens,
            )
            try:
                summary = SessionSummary.model_validate_json(reply.text)
            except ValidationError as error:
                request = summarising.corrected(request, reply.text, error)
                continue
            marked = summary.model_copy(update={"extractive": self._extractive})
            return marked, self._entry(model, spent)
        activity.logger.warning("The model gave no valid summary; sentences were selected instead")
        return None, self._entry(model, spent)

    def _entry(self, model: str, usage: Usage) -> UsageEntry:
        return UsageEntry(
            model=model,
            kind="chat",
            usage=usage,
            first_token_ms=None,
            cost_usd=self._cost(model, usage),
            price_version=self._price_version,
        )

    async def _post(self, log: LogKey, key: str, event: Event) -> None:
        stored = await self._notices.post(log, key, event)
        await self._log.announce(log, stored)
