"""Watching an answer in a terminal, and what is typed meanwhile."""

import asyncio
import io
from collections.abc import AsyncIterator, Coroutine, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from uuid import UUID

import pytest
from holdfast_client.client import Client
from prompt_toolkit.application.current import create_app_session
from prompt_toolkit.input.base import PipeInput
from prompt_toolkit.input.defaults import create_pipe_input
from prompt_toolkit.output import DummyOutput
from rich.console import Console

from cli.chat import chat
from cli.conversation import Conversation
from cli.link import Link
from cli.place import Place
from cli.watch import Left, Watch
from models.payloads.events import (
    ApprovalDecided,
    ApprovalRequested,
    AttemptSuperseded,
    Event,
    LoggedEvent,
    TextCompleted,
    TextDelta,
    ToolRequested,
    TurnCompleted,
    TurnStarted,
    TurnStopped,
)
from models.payloads.turn import Outcome
from tests.cli.api import CONVERSATION, serve_conversation
from tests.cli.edge import Answer, Connection, Edge, Received, running
from tests.cli.logs import AT, SOME, logged, plain_turn, turn_id
from tests.waiting import until

SPACE = UUID(int=2)
PATH = f"/v1/conversations/{CONVERSATION}"
APPROVAL = UUID(int=9)
STARTED = TurnStarted(message_id=SOME, agent="general", text="How many days?")
DONE = TurnCompleted(outcome=Outcome.COMPLETED)
ASKED = ApprovalRequested(
    step=1,
    approval_id=APPROVAL,
    call_id="c",
    tool="publish_note",
    arguments={"title": "Hello"},
    expires_at=AT,
)
CALLED = ToolRequested(step=1, call_id="c", name="publish_note", arguments={"title": "Hello"})


def bounded(watched: Coroutine[None, None, Left]) -> asyncio.Task[Left]:
    return asyncio.create_task(asyncio.wait_for(watched, 20))


@dataclass
class Scene:
    edge: Edge
    keys: PipeInput
    screen: io.StringIO
    watch: Watch

    @property
    def text(self) -> str:
        return self.screen.getvalue()

    def append(self, *events: Event) -> None:
        self.edge.append(*logged(1, events, first=len(self.edge.log) + 1))


def shows(scene: Scene, text: str) -> bool:
    return text in scene.text


@contextmanager
def keyboard() -> Iterator[PipeInput]:
    with create_pipe_input() as keys, create_app_session(input=keys, output=DummyOutput()):
        yield keys


@asynccontextmanager
async def watching(turns: list[list[LoggedEvent]]) -> AsyncIterator[Scene]:
    link = Link()
    async with running() as edge, Client(edge.url, "token", SPACE, link=link) as client:
        serve_conversation(edge, turns)
        screen = io.StringIO()
        console = Console(file=screen, force_terminal=True, color_system=None, width=80, height=30)
        with keyboard() as keys:
            watch = Watch(console, Conversation(client), link)
            yield Scene(edge, keys, screen, watch)


async def test_an_answer_stays_with_its_sources_when_it_is_complete() -> None:
    async with watching([plain_turn()]) as scene:
        assert await scene.watch.until_answered("How many days?") is Left.DONE

    last = scene.text.rsplit("Sources", 1)[1]
    assert "[1] Handbook › Leave" in last
    assert "Twenty-five days [1]." in scene.text


async def test_text_of_a_lost_attempt_is_not_in_what_stays() -> None:
    events: list[Event] = [
        STARTED,
        TextDelta(step=1, text="Wrong way"),
        AttemptSuperseded(step=1, from_sequence=2),
        TextCompleted(step=1, text="Right way", message_id=SOME),
        DONE,
    ]
    async with watching([logged(1, events)]) as scene:
        await scene.watch.until_answered("How many days?")

    assert "Right way" in scene.text
    assert "Wrong way" not in scene.text.rsplit("Right way", 1)[1]


@pytest.mark.parametrize(
    ("typed", "verdict"),
    [
        ("y\r", {"decision": "approve"}),
        ("n\r", {"decision": "deny"}),
        ("n too early\r", {"decision": "deny", "note": "too early"}),
        ("what?\rr\rr shorter\r", {"decision": "revise", "note": "shorter"}),
    ],
)
async def test_an_approval_is_decided_where_it_is_asked(
    typed: str, verdict: dict[str, str]
) -> None:
    async with watching([logged(1, [STARTED, CALLED, ASKED])]) as scene:
        given: list[dict[str, str]] = []

        def decide(request: Received) -> Answer:
            given.append(request.json)
            decision = request.json["decision"]
            scene.append(ApprovalDecided(approval_id=APPROVAL, call_id="c", decision=decision))
            scene.append(DONE)
            return Answer(200, {})

        scene.edge.routes[("POST", f"/v1/approvals/{APPROVAL}")] = decide
        answering = bounded(scene.watch.until_answered("Publish it"))
        await until(lambda: "May it run" in scene.text)
        assert "title: Hello" in scene.text
        scene.keys.send_text(typed)
        assert await answering is Left.DONE

    assert given == [verdict]
    assert "May it run" not in scene.text.rsplit("publish_note", 1)[1]


async def test_a_verdict_that_came_from_elsewhere_is_said() -> None:
    async with watching([logged(1, [STARTED, CALLED, ASKED])]) as scene:
        late = Answer(409, {"code": "already_decided", "detail": "Somebody was faster."})
        scene.edge.routes[("POST", f"/v1/approvals/{APPROVAL}")] = lambda _: late
        answering = bounded(scene.watch.until_answered("Publish it"))
        await until(lambda: "May it run" in scene.text)
        scene.keys.send_text("y\r")
        await until(lambda: "Somebody was faster." in scene.text)
        scene.append(ApprovalDecided(approval_id=APPROVAL, call_id="c", decision="deny"), DONE)
        assert await answering is Left.DONE


@pytest.mark.parametrize("typed", ["\x03", "/stop\r"])
async def test_a_stop_ends_the_turn_and_keeps_what_was_said(typed: str) -> None:
    async with watching([logged(1, [STARTED, TextDelta(step=1, text="Twenty")])]) as scene:

        def stop(received: Received) -> Answer:
            # A stop that comes late must not be taken for the next turn's.
            assert received.query == {"turn_id": [str(turn_id(1))]}
            scene.append(
                TextCompleted(step=1, text="Twenty", message_id=SOME),
                TurnStopped(outcome=Outcome.STOPPED),
            )
            return Answer(202, {"turn_id": str(turn_id(1))})

        scene.edge.routes[("POST", f"{PATH}/stop")] = stop
        answering = bounded(scene.watch.until_answered("How many days?"))
        await until(lambda: "Twenty" in scene.text)
        scene.keys.send_text(typed)
        assert await answering is Left.DONE

    assert "— stopped" in scene.text


async def test_a_second_ctrl_c_leaves_and_so_does_ctrl_d() -> None:
    for typed in ("\x03\x03", "\x04"):
        async with watching([logged(1, [STARTED, TextDelta(step=1, text="Twenty")])]) as scene:
            answering = bounded(scene.watch.until_answered("How many days?"))
            await until(partial(shows, scene, "Twenty"))
            scene.keys.send_text(typed)
            assert await answering is Left.AWAY


async def test_what_is_typed_meanwhile_is_the_next_message() -> None:
    first: list[Event] = [STARTED, TextDelta(step=1, text="Twenty")]
    async with watching([logged(1, first), plain_turn(2, "And again.")]) as scene:
        take = scene.edge.routes["POST", f"{PATH}/messages"]

        def ending_the_first(request: Received) -> Answer:
            if scene.edge.log:
                scene.append(DONE)
            return take(request)

        scene.edge.routes["POST", f"{PATH}/messages"] = ending_the_first
        answering = bounded(scene.watch.until_answered("How many days?"))
        await until(lambda: "Twenty" in scene.text)
        scene.keys.send_text("And more?\r")
        assert await answering is Left.DONE

    sent = [one.json["content"] for one in scene.edge.asked("POST", f"{PATH}/messages")]
    assert sent == ["How many days?", "And more?"]
    assert "And again." in scene.text


async def test_a_half_typed_line_is_kept_for_the_next_prompt() -> None:
    async with watching([logged(1, [STARTED, TextDelta(step=1, text="Twenty")])]) as scene:
        answering = bounded(scene.watch.until_answered("How many days?"))
        await until(lambda: "Twenty" in scene.text)
        scene.keys.send_text("abd\x7fc def\x17")
        await until(lambda: scene.watch.line.text == "abc ")
        scene.append(DONE)
        await answering

    assert scene.watch.line.text == "abc "


async def test_a_stream_that_is_cut_says_so_until_it_is_back() -> None:
    async with watching([plain_turn()[:4]]) as scene:
        scene.edge.connections.append(Connection(cut=10**6, clean=False))
        # Waits double from a millisecond: these take longer than what goes without a word.
        scene.edge.connections.extend([Connection(refused=Answer(503))] * 11)
        answering = bounded(scene.watch.until_answered("How many days?"))
        await until(lambda: "reconnecting…" in scene.text)
        scene.edge.append(*plain_turn()[4:])
        assert await answering is Left.DONE

    assert "reconnecting…" not in scene.text.rsplit("Sources", 1)[1]


async def test_coming_back_shows_the_last_turns_and_what_still_runs() -> None:
    old = [event for number in range(1, 9) for event in plain_turn(number, f"Answer {number}.")]
    async with running(old) as edge, Client(edge.url, "token", SPACE) as client:
        screen = io.StringIO()
        console = Console(file=screen, force_terminal=True, color_system=None, width=80, height=30)
        edge.idle = False
        edge.append(*logged(9, [STARTED, TextDelta(step=1, text="Running")]))
        with keyboard():
            watch = Watch(console, Conversation(client, CONVERSATION), Link())
            watched = asyncio.create_task(watch.until_idle())
            await until(lambda: "earlier turns" in screen.getvalue())
            edge.append(*logged(9, [DONE], first=3))
            edge.idle = True
            assert await watched is Left.DONE

    text = screen.getvalue()
    assert "… 3 earlier turns: /history" in text
    assert [f"Answer {number}." in text for number in range(1, 9)] == [False] * 3 + [True] * 5


async def test_a_whole_conversation_from_the_first_prompt_to_the_last(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    async with running() as edge:
        serve_conversation(edge, [plain_turn()])
        edge.routes[("GET", "/v1/info")] = lambda _: Answer(200, {"version": "1", "models": {}})
        edge.routes[("GET", "/v1/agents")] = lambda _: Answer(200, {"items": []})
        edge.routes[("GET", PATH)] = lambda _: Answer(200, {"title": "Leave", "state": "active"})
        with keyboard() as keys:
            keys.send_text("/history\r/nonsense\r/help\rHow many days?\r")
            talking = asyncio.create_task(chat(Place(edge.url, "token", SPACE), None, None))
            await until(lambda: bool(edge.asked("POST", f"{PATH}/messages")))
            keys.send_text("/info\r/new\r/quit\r")
            await asyncio.wait_for(talking, 20)
    said = capsys.readouterr().out

    for expected in ("Nothing has been said yet.", "There is no /nonsense", "Enter sends"):
        assert expected in said
    assert "Twenty-five days [1]." in said
    assert (tmp_path / "holdfast/typed").stat().st_mode & 0o077 == 0
