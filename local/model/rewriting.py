"""Make a question stand alone by extraction: what it leans on are words of the questions before.

No language is written here: the words are put before the question as they stood, which is what a
search needs and nothing to show anybody.
"""

import re

from local.model.conversation import Conversation, Json
from local.model.directive import ANY_LINE
from local.model.extract import MESSAGE, names_in
from local.model.quoting import WORD, content_words, sentences_in

# The property that such a request asks for; no other schema is taken for one.
STANDALONE = "standalone_query"
# What was asked earlier leads astray more often than it helps.
QUESTIONS = 2
MOST_WORDS = 24
MOST_ENTITIES = 10
MOST_ALTERNATIVES = 3
QUESTION = re.compile(r"<question>(.*?)</question>", re.DOTALL)


def asks_for_rewriting(schema: Json | None) -> bool:
    properties = (schema or {}).get("properties")
    return isinstance(properties, dict) and STANDALONE in properties


def kind_of(schema: Json | None, usual: str) -> str:
    """In the ledger: whoever counts answers counts none of these."""
    return "rewriting" if asks_for_rewriting(schema) else usual


def rewritten(conversation: Conversation) -> Json:
    """The question with the words that it leaves out; beside it the question as it is, and what
    it is made of."""
    text = conversation.question
    found = QUESTION.search(text)
    question = " ".join(ANY_LINE.sub("", found[1] if found else text).split())
    said = [(role.lower(), ANY_LINE.sub("", content)) for role, content in MESSAGE.findall(text)]
    asked = [content for role, content in said if role == "user"]
    words = _left_out(asked[-QUESTIONS:], question)
    sentences = [sentence for _, content in said for sentence in sentences_in(content)]
    return {
        STANDALONE: " ".join([*words, question]),
        "alternatives": [*([question] if words else []), *_parts(question)][:MOST_ALTERNATIVES],
        "entities": names_in([*sentences, question])[:MOST_ENTITIES],
    }


def _parts(question: str) -> list[str]:
    """Of a message that asks several things, each by itself."""
    parts = [part.strip() for part in re.split(r"(?<=\?)\s+", question)]
    return parts if len(parts) > 1 else []


def _left_out(earlier: list[str], question: str) -> list[str]:
    """Words that carry meaning, in their order, without those that the question has itself."""
    seen = content_words(question)
    words: list[str] = []
    for word in WORD.findall(" ".join(earlier)):
        own = content_words(word)
        if own and not own & seen:
            seen |= own
            words.append(word)
    return words[-MOST_WORDS:]
