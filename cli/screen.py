"""How a turn looks in a terminal."""

import json
from collections.abc import Iterable, Iterator

from rich.console import Console, ConsoleOptions, RenderableType, RenderResult
from rich.markdown import Markdown
from rich.padding import Padding
from rich.segment import Segment
from rich.text import Text

from cli.answer import Answer, Call, CallState
from cli.output import append_arguments
from cli.printable import one_line, printable
from models.payloads.events import ApprovalRequested
from models.payloads.sources import Source

LONGEST_RESULT = 300
LONGEST_SNIPPET = 160
# What is still being written is shown from its end: so many characters fill any terminal.
LONGEST_TAIL = 20_000

_SIGNS = {
    CallState.REQUESTED: ("○", "yellow"),
    CallState.RUNNING: ("◐", "cyan"),
    CallState.COMPLETED: ("●", "green"),
    CallState.FAILED: ("●", "red"),
}


class Safe:
    """Whatever it wraps, rid of anything that a terminal would obey."""

    def __init__(self, inner: RenderableType) -> None:
        self._inner = inner

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        for segment in console.render(self._inner, options):
            text, style, control = segment
            yield segment if control else Segment(printable(text), style)


class Tail:
    """The last lines of something, as many as the terminal has room for."""

    def __init__(self, inner: RenderableType, height: int) -> None:
        self._inner = inner
        self._height = height

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        lines = console.render_lines(self._inner, options.update(height=None), pad=False)
        for line in lines[-self._height :]:
            yield from line
            yield Segment.line()


def question(text: str) -> RenderableType:
    return Safe(Text(f"› {text}", style="bold"))


def turn(answer: Answer, *, complete: bool) -> Iterator[RenderableType]:
    """A turn from top to bottom: text as Markdown once it is complete, as it comes before."""
    texts = answer.texts
    steps = sorted({*texts, *(call.step for call in answer.calls.values())})
    for step in steps:
        if step in texts:
            yield text(texts[step], complete=complete)
        for call in answer.calls.values():
            if call.step == step:
                yield tool(call)
    if complete:
        yield from footer(answer)


def text(content: str, *, complete: bool) -> RenderableType:
    if not complete:
        return Safe(Text(printable(content[-LONGEST_TAIL:])))
    # Hyperlinks off: an address is shown as it is, so that it cannot hide behind other words.
    return Safe(Markdown(printable(content), hyperlinks=False))


def tool(call: Call) -> RenderableType:
    sign, colour = _SIGNS[call.state]
    line = Text.assemble(
        (f"{sign} ", colour), (one_line(call.name), "bold"), f"({arguments(call.arguments)})"
    )
    if call.verdict:
        line.append(f"  {one_line(call.verdict)}", style="yellow")
    if call.result:
        line.append(f"\n  → {one_line(call.result, LONGEST_RESULT)}", style="dim")
    return Safe(line)


def arguments(values: dict[str, object]) -> str:
    pairs = (f"{name}={json.dumps(value, ensure_ascii=False)}" for name, value in values.items())
    return one_line(", ".join(pairs), LONGEST_RESULT)


def footer(answer: Answer) -> Iterator[RenderableType]:
    for notice in answer.notices:
        yield Safe(Text(one_line(notice), style="yellow"))
    if why := answer.why():
        yield Safe(Text(f"— {one_line(why)}", style="yellow" if answer.succeeded else "red"))
    if answer.text:
        yield from sources(answer)
    if answer.tokens:
        cost = "" if not answer.cost else f" · ${answer.cost:.4f}"
        yield Text(f"{answer.tokens:,} tokens{cost}", style="dim")


def sources(answer: Answer) -> Iterator[RenderableType]:
    """The sources that the answer cites, with a line of each; the others by name."""
    if answer.cited:
        yield Text("Sources", style="bold")
    for source in answer.cited:
        line = Text.assemble((f"  [{source.mark}] ", "cyan"), (place(source), "bold"))
        line.append(f"  {one_line(source.snippet, LONGEST_SNIPPET)}", style="dim")
        yield Safe(line)
    if others := list(dict.fromkeys(place(source) for source in answer.uncited)):
        yield Safe(Text(f"  also found: {'; '.join(others)}", style="dim"))


def place(source: Source) -> str:
    """Title and headings; a path of headings often begins with the title."""
    title, heading = source.title, source.heading
    if not heading or heading.startswith(title):
        return one_line(heading or title)
    return one_line(f"{title} › {heading}")


def approval(request: ApprovalRequested, others: int) -> RenderableType:
    """What exactly would run, and how to decide."""
    body = Text.assemble(("May it run ", "bold yellow"), (one_line(request.tool), "bold"), "?\n")
    append_arguments(body, request.arguments, " are not shown")
    body.append("  y = yes · n = no · r NOTE = send it back with a note", style="dim")
    body.append(f" · {others} more wait" if others else "", style="dim")
    return Safe(Padding(body, (1, 0, 0, 0)))


def plain(answer: Answer) -> str:
    """The answer and its sources, for a file or a pipe."""
    lines: Iterable[str] = (
        f"[{source.mark}] {place(source)}" for source in answer.cited or answer.uncited
    )
    parts = [printable(answer.text).strip(), "\n".join(lines)]
    return "\n\n".join(part for part in parts if part)
