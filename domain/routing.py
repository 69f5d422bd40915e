"""Who answers a message that left it open, as far as its words tell."""

import math
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from domain.cues import cue, decided, weighed
from domain.strategy import is_courtesy
from models.payloads.agent import Agent, Strategy

READ_CHARACTERS: Final = 2_000
# As in `domain.strategy`: set on one half of the labelled messages.
LEAST: Final = 2.5
AHEAD: Final = 1.0
# A word of a description that no other agent's has; words that many have weigh less.
_DESCRIPTION_WEIGHT: Final = 1.0
_SHORTEST_WORD: Final = 4

# What the shipped agents' fields are called, beyond what their descriptions say.
_CUES: Final = (
    cue(
        *("seo", 4),
        *(r"seo\b", r"serps?\b", r"keyword", r"backlinks?", r"meta descriptions?", r"title tags?"),
        *(r"canonical", r"long-tail", r"search engines?", r"people also ask", r"page of google"),
        *(r"alt texts?", r"internal(?: |-)link"),
    ),
    cue(
        *("seo", 3),
        *(
            r"rank(?:s|ed|ing|ings)?\b",
            r"outranks?",
            r"organic (?:visits|traffic|search)",
            r"crawl",
        ),
        *(r"sitemap", r"suchmaschine", r"référencement", r"posicionamiento", r"robots\.txt"),
        *(r"schema markup", r"indexier"),
    ),
    cue(
        *("seo", 2),
        *(r"audit\b", r"headings\b", r"readability", r"blog\b", r"our (?:landing )?page\b"),
        r"navigation",
    ),
    cue(
        *("email", 4),
        *(r"subject lines?", r"newsletters?", r"e-?mail (?:sequence|campaign|list|marketing)"),
        *(
            r"open rates?",
            r"welcome (?:e-?mail|sequence)",
            r"drip\b",
            r"unsubscribe",
            r"infolettre",
        ),
        *(r"re-engagement", r"preheaders?", r"betreffzeile", r"cold e-?mails?", r"mailing list"),
        *(r"stop mailing", r"deliverability", r"spam filters?"),
    ),
    cue(
        *("email", 2.5),
        *(r"(?:write|draft|create|reword|send)\b.{0,40}\be-?mails?\b", r"sequences?\b"),
        r"survey e-?mail",
    ),
    cue(
        *("brand", 4),
        *(r"(?:brand|our) voice", r"tone of voice", r"style ?guide", r"tone checker"),
        *(r"brand (?:guide|book|guidelines?)", r"voice analy[sz]er", r"markenstimme", r"tonalität"),
        *(r"charte éditoriale", r"wording rules"),
    ),
    cue(
        *("brand", 3),
        *(r"slogan", r"tagline", r"on[- ]brand", r"fits? our (?:brand|voice)", r"our tone"),
        *(
            r"sounds? (?:more )?like us",
            r"(?:brand|primary) colou?rs?",
            r"font\b",
            r"capitali[sz]e",
        ),
        r"do we (?:write|spell|say)",
    ),
    cue("brand", 2.5, r"brand\b", r"the voice of", r"makes? our voice", r"from our voice"),
    cue(
        *("strategy", 4),
        *(r"competitors?\b", r"swot\b", r"go-to-market", r"positioning\b", r"content calendar"),
        *(r"editorial (?:plan|cal)", r"google analytics", r"ga4\b", r"personas?\b", r"wettbewerb"),
        *(r"market (?:entry|share)", r"bounce rate", r"marktführer", r"concurren(?:ts?|ce)"),
        *(r"competidores", r"marketing (?:plan|strategy|mix)"),
    ),
    cue(
        *("strategy", 3),
        *(r"campaigns?\b", r"sessions\b", r"conversions?\b", r"channels?\b", r"price increase"),
        *(r"budget\b.{0,40}\b(?:ads?|paid|search|channel)", r"pricing\b", r"free plan", r"roi\b"),
        r"launch(?:ing)?\b",
    ),
    cue(
        *("strategy", 2),
        *(r"markets?\b", r"quarter\b", r"goals?\b", r"ventes", r"publicité", r"umsatz(?!steuer)"),
        *(r"strategy", r"strategie"),
    ),
)
_WORD: Final = re.compile(r"\w+")
_SAYING_LITTLE: Final = (
    "about after also answer anything because before between could doe first from give have help "
    "into like make more most need next only other over please question should some than that "
    "their them then there these they thing think this those three time under until very want "
    "were what when where which while will with without work would write your text look space "
    "message"
)
_LITTLE: Final = frozenset(_SAYING_LITTLE.split())


@dataclass(frozen=True, slots=True)
class Choice:
    """`reason` is for people, and in the events."""

    agent: str
    reason: str
    strategy: Strategy | None = None
    """None: nobody has said yet how."""


def by_rules(message: str, agents: Sequence[Agent], default: str, direct: str) -> Choice | None:
    """Whom the message names, or whose words it uses; None when that does not decide. `direct`
    answers courtesies, where there is one of that name."""
    names = [agent.name for agent in agents]
    text = message[:READ_CHARACTERS]
    if (named := _named(text, names)) is not None:
        return Choice(named, "The message names it.")
    if direct in names and is_courtesy(message):
        return Choice(direct, "Nothing is asked that has to be looked up.", Strategy.CONCISE)
    weights = {name: weight for name, weight in weighed(_CUES, text).items() if name in names}
    fields = [agent for agent in agents if agent.name not in {default, direct}]
    for name, weight in _described(text, fields).items():
        weights[name] = weights.get(name, 0.0) + weight
    chosen = decided(weights, LEAST, AHEAD)
    return None if chosen is None else Choice(chosen, "The message's words are of its field.")


def _named(text: str, names: Sequence[str]) -> str | None:
    """`@seo …`, or `ask the seo agent …`."""
    said = text.casefold()
    for name in names:
        plain = re.escape(name.casefold())
        spoken = plain.replace("_", "[ _-]")
        if re.search(rf"(?:^|\s)@{plain}\b|\bthe {spoken} agent\b", said):
            return name
    return None


def _described(text: str, agents: Sequence[Agent]) -> dict[str, float]:
    """How many of the message's words stand in each description; rare ones count more."""
    asked = _words(text)
    have = {agent.name: _words(f"{agent.name} {agent.description}") for agent in agents}
    common = Counter(word for words in have.values() for word in words)
    return {
        name: sum(_DESCRIPTION_WEIGHT * _rarity(common[word], len(have)) for word in asked & words)
        for name, words in have.items()
    }


def _rarity(having: int, of: int) -> float:
    """1 for what one alone has."""
    return math.log(1 + of / having) / math.log(1 + of)


def _words(text: str) -> set[str]:
    """Long enough to mean something, without their plural's end."""
    words = (word.casefold() for word in _WORD.findall(text.replace("_", " ")))
    return {word.removesuffix("s") for word in words if len(word) >= _SHORTEST_WORD} - _LITTLE
