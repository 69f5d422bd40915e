"""What a call would carry outside: a page's address can hold a secret as well as a letter can."""

import html
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Final

from domain.quoting import Words, compared_whole, quotes, says_something, strings
from domain.taint import Seen, Voice
from domain.tools.tool import Reach, Tool
from domain.tools.toolbox import Toolbox
from models.payloads.policy import Quote

# Each choice among addresses that a stranger offers tells him some bits of what was read.
MOST_CHOICES: Final = 5
# Fewer words of a private text are a topic, and a search may name it.
_TELLING_WORDS: Final = 5
# Longer words than these are written by nobody, unless they hold something.
_LONG_WORD: Final = 24
# The newest of what was read; of more than this nobody can say that a call does not quote it.
MOST_READ: Final = 1_048_576  # characters

# What a sentence puts behind an address; a last slash says nothing.
_AFTER: Final = "/.,;:!?'"
_OUTWARD: Final = frozenset({Reach.WEB, Reach.ACCOUNT, Reach.AGENT})
_SCHEME = re.compile(r"^[a-z][a-z0-9+.-]{0,20}:/{0,2}", re.IGNORECASE)
_BARE = re.compile(r"[^\s<>\"'`|\\^{}()\[\]“”„«»]+")
_BRACKETED = re.compile(r"[^\s<>\"`“”„«»]+")
_WITHIN = re.compile(r"[a-z][a-z0-9+.-]{1,20}://[^\s<>\"'`]+", re.IGNORECASE)
_HOST = re.compile(
    r"^(?:[^/?#@\s\\]*@)?((?:[\w-]+\.)+[^\W\d_]{2,24}|\d{1,3}(?:\.\d{1,3}){3}|\[[0-9a-f:.]+\]|localhost)"
    r"(?::\d{1,5})?(?=[/?#\\]|$)",
    re.IGNORECASE,
)


class Outlook:
    """What a step's window holds, as calls that leave the space are held against it."""

    def __init__(self, texts: Sequence[Seen], instructions: str, toolbox: Toolbox) -> None:
        self._texts, self._whole = _newest(texts)
        self._instructions = instructions
        self._toolbox = toolbox
        self._others = _words(text for text in self._texts if text.voice is Voice.OTHERS)
        self._private = _words(text for text in self._texts if text.private)
        self._said = _words(text for text in self._texts if text.voice is Voice.PERSON)
        self._known: _Addresses | None = None

    def quotes(self, arguments: Mapping[str, Any]) -> tuple[Quote, ...]:
        """What the arguments have from texts that nobody vouches for."""
        return quotes(arguments, self._others)

    def carried(self, tool: Tool, arguments: Mapping[str, Any]) -> str:
        """In words, for a sentence; empty when nothing. A search goes to a provider that the
        deployment chose, an address wherever it says; the customer's own account is no stranger.
        Another agent has a gate of its own, which takes the addresses that it is told for given."""
        if tool.reach not in _OUTWARD:
            return ""
        if self._known is None:
            self._known = _Addresses(self._texts, self._instructions, self._toolbox)
        if tool.reach is Reach.AGENT:
            told = (token for _, value in strings(arguments) for token in _tokens(value))
            return next(filter(None, map(self._known.problem, filter(host_of, told))), "")
        rest, problem = {}, ""
        for index, (path, value) in enumerate(strings(arguments)):
            found = list(_addresses(value))
            problem = problem or next(filter(None, map(self._known.problem, found)), "")
            for address in found:
                value = value.replace(address, " ")  # noqa: PLW2901 - what is left of it
            rest[f"{path}#{index}"] = value
        if problem or tool.reach is Reach.ACCOUNT:
            return problem
        return self._quoted(rest)

    def _quoted(self, rest: Mapping[str, str]) -> str:
        if not self._private:
            return ""
        if not (self._whole and compared_whole(rest)):
            return "more text than can be compared with what was read"
        if self._unheard(rest.values()):
            return "a long word that no text had before"
        said = [run.text for run in quotes(rest, self._said)]
        for quote in quotes(rest, self._private):
            if _tells(quote.text) and not any(quote.text in own for own in said):
                return f"words of {quote.source}"
        return ""

    def _unheard(self, values: Iterable[str]) -> bool:
        """Something encoded, perhaps."""
        long = {word for value in values for word in value.split() if len(word) >= _LONG_WORD}
        others = [text.text for text in self._texts if text.voice is not Voice.MODEL]
        return any(not any(word in text for text in others) for word in long)


class _Addresses:
    """Which addresses somebody else than the model wrote first, and which sites a person named."""

    def __init__(self, texts: Sequence[Seen], instructions: str, toolbox: Toolbox) -> None:
        self._given: set[str] = set(_tokens(instructions))
        self._hosts = set(map(host_of, self._given))
        self._private = any(text.private for text in texts)
        self._taken: defaultdict[str, set[str]] = defaultdict(set)
        made: set[str] = set()
        for text in texts:
            found = set(_tokens(text.text))
            if text.voice is Voice.MODEL:
                # A result that echoes what the model made up does not make it known.
                made |= found - self._given
                self._take(text, found, toolbox)
            elif text.voice in {Voice.PERSON, Voice.SPACE}:
                self._given |= found
                self._hosts |= set(map(host_of, found))
            elif text.gives:
                self._given |= found - made

    def _take(self, text: Seen, found: set[str], toolbox: Toolbox) -> None:
        tool = toolbox.get(text.call) if text.call else None
        if tool is not None and tool.reach in _OUTWARD:
            for address in found & self._given:
                self._taken[_site(host_of(address))].add(address)

    def problem(self, written: str) -> str:
        """Why nobody may go there unasked; empty when all may."""
        address = normal(written)
        host = host_of(address)
        if host and host in self._hosts:
            return ""
        if address not in self._given:
            return "an address that no text had before"
        taken = self._taken[_site(host)]
        taken.add(address)
        if self._private and len(taken) > MOST_CHOICES:
            return f"a choice among more than {MOST_CHOICES} addresses of one site"
        return ""


def _newest(texts: Sequence[Seen]) -> tuple[list[Seen], bool]:
    kept: list[Seen] = []
    left = MOST_READ
    for text in reversed(texts):
        left -= len(text.text)
        if left < 0:
            return kept[::-1], False
        kept.append(text)
    return kept[::-1], True


def _words(texts: Iterator[Seen]) -> list[Words]:
    return [Words(text.source, text.text) for text in texts]


def _tells(run: str) -> bool:
    words = run.split()
    return len(words) >= _TELLING_WORDS or any(map(says_something, words))


def _addresses(value: str) -> Iterator[str]:
    """The whole value where it begins as one: whoever goes there may take what follows a space for
    a part of it. Else those with a scheme that stand in it."""
    if host_of(normal(value)) or _WITHIN.match(value.lstrip()):
        yield value
    else:
        yield from _WITHIN.findall(value)


def _tokens(text: str) -> Iterator[str]:
    """Whatever in a text could be an address, as `normal` writes it."""
    if "." not in text and "localhost" not in text:
        return
    plain = text.replace("\\/", "/")
    for pattern in (_BARE, _BRACKETED):
        for token in pattern.findall(plain):
            if "." in token.rstrip(_AFTER) or "localhost" in token:
                yield normal(token)


def normal(address: str) -> str:
    """Without its scheme, fragment and what a sentence adds; the host in small letters. The rest
    stands letter by letter: in each of them something could be said."""
    text = html.unescape(address) if "&" in address else address
    text = _SCHEME.sub("", text.strip().strip("*_~,;!"), count=1).lstrip("/\\")
    text = text.partition("#")[0].rstrip(_AFTER)
    if text.endswith(")") and text.count(")") > text.count("("):
        text = text[:-1].rstrip(_AFTER)
    cut = min((place for place in map(text.find, "/?") if place >= 0), default=len(text))
    return text[:cut].casefold() + text[cut:]


def host_of(address: str) -> str:
    """The host of a normal address, `www.` left out; empty when it has none."""
    found = _HOST.match(address)
    return found[1].casefold().removeprefix("www.") if found else ""


def _site(host: str) -> str:
    """Who owns one name of it owns them all."""
    return host if host[-1:].isdigit() else ".".join(host.split(".")[-2:])
