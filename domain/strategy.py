"""How a turn is answered by its kind: told by rules, where they can tell."""

import re
from dataclasses import dataclass
from typing import Final

from domain.cues import cue, decided, weighed
from models.payloads.agent import Agent, Strategy

# What is asked stands at the beginning or at the end; between them is often the material.
READ_CHARACTERS: Final = 600
# Set on one half of the labelled messages (tests/catalogue/turns.tsv): a kind is chosen when its
# cues weigh so much, and so much more than those of the next one.
LEAST: Final = 2.0
AHEAD: Final = 1.0
# With more words a question is seldom one that a sentence answers.
SHORT_WORDS: Final = 14


_CONCISE, _ANALYTICAL = Strategy.CONCISE, Strategy.ANALYTICAL
_SUMMARISING, _TOOLS, _PLAIN = Strategy.SUMMARISING, Strategy.TOOL_HEAVY, Strategy.PLAIN
_CUES: Final = (
    cue(
        *(_SUMMARISING, 4),
        *(r"summar(?:y|i[sz]e|ies)", r"sum up", r"tl;?dr\b", r"recap\b", r"(?:key )?takeaways?\b"),
        *(
            r"condense",
            r"digest\b",
            r"abstract of",
            r"highlights? of",
            r"the gist",
            r"boil .{0,40}down",
        ),
        *(r"key points", r"main (?:points|ideas|arguments)", r"one-page brief", r"short version"),
        *(r"zusammenfass", r"fasse? .{0,80}zusammen", r"résum", r"resum(?:e|en)\b", r"riassu"),
        *(r"in a nutshell", r"executive summary", r"wrap up", r"bring me up to (?:date|speed)"),
        *(
            r"catch me up",
            r"samenvatt",
            r"synthèse",
            r"sintetiza",
            r"what did we learn",
            r"overall picture",
        ),
    ),
    cue(
        *(_SUMMARISING, 2.5),
        *(
            r"overview of",
            r"overall\b",
            r"shorten\b",
            r"in short\b",
            r"essentials",
            r"outline the",
            r"most important",
            r"bullet points",
            r"in brief\b",
        ),
    ),
    cue(
        *(_ANALYTICAL, 3),
        *(r"why (?:do|does|did|is|are|was|were|has|have|our|the)\b", r"compare\b", r"comparison"),
        *(
            r"contrast\b",
            r"pros and cons",
            r"trade-?offs?",
            r"analy[sz]e\b",
            r"evaluate",
            r"assess",
        ),
        *(r"weigh\b", r"swot\b", r"root cause", r"implications?", r"impact of", r"argue\b"),
        *(r"prioriti[sz]e", r"justify", r"strengths and weaknesses", r"stärken und schwächen"),
        *(r"analysiere", r"vergleich", r"pourquoi", r"compare[rz]?\b", r"warum\b", r"por qué"),
        *(r"contradict", r"on what grounds", r"to what extent", r"and why\b", r"bewerte"),
        *(r"differences? between", r"how (?:does|do|is|are) .{3,60} differ", r"different from"),
        *(
            r"what makes .{3,60} different",
            r"(?:would|could|might|will) .{3,60} affect",
            r"what is going on",
            r"understand (?:the reasons?|why|how)",
            r"for and against",
            r"the reasons (?:for|why|behind)",
        ),
    ),
    cue(
        *(_ANALYTICAL, 2),
        *(
            r"should we\b",
            r"which (?:of|one|channel|option|segments?)\b",
            r"is it better",
            r"risks?\b",
        ),
        *(
            r"position themselves",
            r"what changed\b",
            r"recommend",
            r"gap\b",
            r"best return",
            r"stack up",
        ),
    ),
    cue(
        *(_TOOLS, 4),
        *(r"https?://", r"audit\b", r"keyword[ -]research", r"keyword-recherche", r"long-tail"),
        *(r"ga4\b", r"google analytics", r"search the web", r"look up online", r"on the web\b"),
        *(
            r"people also ask",
            r"keyword ideas",
            r"into a calendar",
            r"first page of google",
            r"ranks? (?:on|for)\b",
            r"serp for",
        ),
        *(
            r"calculate\b",
            r"compute\b",
            r"berechne",
            r"run (?:a|some|the)\b",
            r"query the",
            r"fetch\b",
        ),
        *(
            r"content calendar",
            r"editorial (?:plan|calendar)",
            r"(?:tone|voice) (?:checker|analy[sz]er)",
        ),
        *(r"what time is it", r"publish a\b", r"bounce rate", r"count how many", r"redaktionsplan"),
    ),
    cue(
        *(_TOOLS, 3),
        *(r"check (?:th(?:is|ese|e)|whether|our|my)\b", r"score th(?:is|ese)", r"measure\b"),
        *(r"subject lines?: ?\S", r"convert [\d.,]", r"how much is [\d.,]", r"\d[\d.,]* ?% of"),
        *(r"pull\b.{0,60}\bfrom", r"how many (?:sessions|users|visits|clicks|rows|views)"),
        *(r"sessions and", r"right now\b", r"and show the figures"),
    ),
    cue(
        *(_PLAIN, 3),
        *(r"(?:re)?write\b", r"draft\b", r"translate", r"come up with", r"reword", r"rephrase"),
        *(r"generate\b", r"compose\b", r"schreib", r"rédige", r"redacta", r"übersetz", r"traduis"),
        *(r"create\b", r"propose\b", r"suggest\b", r"develop\b", r"prepare\b", r"correct the"),
        *(
            r"edit this",
            r"make this sound",
            r"help me (?!understand)",
            r"turn this .{1,30} into",
            r"set goals",
        ),
        *(
            r"describe\b",
            r"explain to\b",
            r"tell me about",
            r"brainstorm",
            r"formulate",
            r"ideas for",
            r"bio (?:for|of)",
            r"make (?:it|this|them) ",
            r"how (?:we|i) would (?:say|put)",
            r"same text",
        ),
    ),
    cue(
        *(_CONCISE, 4),
        *(r"in (?:one|a single) (?:word|sentence)", r"yes or no", r"quick question", r"briefly:"),
        *(
            r"just the (?:number|name|date)",
            r"one line",
            r"max(?:imum)?\.? (?:length|number|size)",
            r"kurz:",
            r"en une phrase",
            r"in einem satz",
        ),
    ),
    cue(*(_CONCISE, 3), r"define\b", r"what does \S+ mean", r"stands? for\b"),
)
# A question of few words about a fact: who, when, where, how many, is it so.
_FACT: Final = re.compile(
    r"^\W*(?:(?:who|when|where|which|whose)\b|what(?:'?s| is| are| does| do| year| time| date)\b"
    r"|how (?:many|much|long|old|far|often|big)\b|(?:is|are|do|does|did|can|has|have|was|were)\b"
    r"|(?:wer|wann|wo|wie|wieviel|welche[rsn]?)\b|(?:quel(?:le)?s?|où|quand|qui|combien)\b"
    r"|(?:quién|cuándo|dónde|cuánto|cuál)\b)",
    re.IGNORECASE,
)
_FACT_WEIGHT: Final = 2.0
# Nothing is asked at all. Tried on short messages alone: it finds many ways through long ones.
COURTESY_CHARACTERS: Final = 80
_COURTESY: Final = re.compile(
    r"^\W*(?:(?:ok(?:ay)?|thanks?|thank you|thx|cheers|great|perfect|hi|hello|hey|good (?:morning"
    r"|afternoon|evening)|bye|danke|hallo|guten (?:tag|morgen)|merci|bonjour|gracias|hola|bitte|you"
    r"|so much|there|dir|very much|a lot|nice|cool|how are you|that'?s|it'?s|works|got it|all good"
    r"|vielen|beaucoup|muchas|and|for (?:that|this|your help))\b\W*)+$",
    re.IGNORECASE,
)


def is_courtesy(message: str) -> bool:
    """It greets or thanks, and asks for nothing."""
    return len(message) <= COURTESY_CHARACTERS and bool(_COURTESY.match(message))


def by_rules(message: str) -> Strategy | None:
    """The kind that its words tell; None when they do not decide."""
    if is_courtesy(message):
        return _CONCISE
    chosen = decided(_weights(_read(message)), LEAST, AHEAD)
    return None if chosen is None else Strategy(chosen)


def _weights(text: str) -> dict[str, float]:
    weights = weighed(_CUES, text)
    if len(text.split()) <= SHORT_WORDS and _FACT.match(text):
        weights[_CONCISE] = weights.get(_CONCISE, 0.0) + _FACT_WEIGHT
    return weights


def _read(message: str) -> str:
    if len(message) <= 2 * READ_CHARACTERS:
        return message
    return f"{message[:READ_CHARACTERS]}\n{message[-READ_CHARACTERS:]}"


@dataclass(frozen=True, slots=True)
class _Manner:
    """What a strategy changes. `output` is the most of the answer's tokens; `top_k` is added."""

    tail: str = ""
    output: int | None = None
    top_k: int = 0


# However many passages an agent may ask for.
_MOST_TOP_K: Final = 50
_MANNERS: Final = {
    Strategy.CONCISE: _Manner(
        tail="Answer in one to three sentences, the answer itself first. No preamble, no list "
        "unless the question asks for one.",
        output=1_000,
        top_k=-2,
    ),
    Strategy.ANALYTICAL: _Manner(
        tail="Work it out step by step before you conclude: what is known and from where, what "
        "speaks for each side, what is uncertain. Then say your conclusion plainly, with what it "
        "rests on. Keep facts from sources apart from your own judgement.",
        top_k=4,
    ),
    Strategy.SUMMARISING: _Manner(
        tail="Summarise what the sources say and add nothing of your own. Cover every main point, "
        "in the order of importance; keep figures, names and dates exact. Say what the sources "
        "leave open. Keep the length that was asked for.",
        top_k=6,
    ),
    Strategy.TOOL_HEAVY: _Manner(
        tail="Use your tools for every figure and fact that they can give: do not estimate what "
        "can be measured. Call several at once when they do not depend on each other. When one "
        "is not configured or fails, say so and go on with the others.",
    ),
}


def applied(agent: Agent, strategy: Strategy) -> Agent:
    """The agent as it answers turns of that kind."""
    manner = _MANNERS.get(strategy, _Manner())
    output = agent.output_tokens
    return agent.model_copy(
        update={
            "strategy": strategy,
            "output_tokens": output if manner.output is None else min(output, manner.output),
            # One that looks nothing up looks nothing up.
            "top_k": agent.top_k and min(max(agent.top_k + manner.top_k, 1), _MOST_TOP_K),
        }
    )


def tail(strategy: Strategy) -> str:
    """What ends the instructions; empty for plain turns."""
    return _MANNERS.get(strategy, _Manner()).tail
