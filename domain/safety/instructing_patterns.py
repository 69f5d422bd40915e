"""Patterns of documents and results that instruct."""

import re
from typing import Final

from domain.safety.incoming_patterns import PATTERNS as MANIPULATING
from domain.safety.pattern import Pattern, signs, words

# Texts about rules, roles and safety are ordinary in documents; to set instructions aside is not.
_SHARED: Final = {
    "ignore_instructions": 1.0, "prompt_extraction": 0.5, "template_tokens": 0.9,
    "known_jailbreak": 0.8, "new_identity": 0.5,
}  # fmt: skip
_STRICT: Final = tuple(
    Pattern(one.reason, one.weight * _SHARED[one.reason], one.expression, one.needs)
    for one in MANIPULATING
    if one.reason in _SHARED and one.weight >= 0.7
)
PATTERNS: Final[tuple[Pattern, ...]] = (
    *_STRICT,
    signs("ignore_instructions", 0.5, r"I~1[JP]{1,2}~1[PT]"),
    words("to_the_agent", 0.7, "llm,ai,assistant,chatbot,agent,agents,assistants,chatgpt,model,models", r"\b(?:if|since|as) you(?:'re| are)? (?:an? |the )?(?:ai|llm|language model|chatbot|assistant|automated|bot)\b|\b(?:attention|note to|dear|hey|hello|instructions? (?:for|to)|message (?:for|to)|important (?:for|to)) (?:all |any |the )?(?:ai|llm|language|chatbot|assistant|chatgpt|gpt)|\b(?:ai|llm|language) (?:agents?|assistants?|models?|systems?|bots?)[,:]? (?:please|must|should now|are (?:now )?(?:required|instructed|ordered))\b"),
    words("behind_the_user", 0.75, "user,users,him,her,them,anyone,owner,human", r"\b(?:do not|don't|never|without) (?:tell|telling|inform|informing|notify|notifying|mention(?:ing)?|alert(?:ing)?|show(?:ing)?|ask(?:ing)?|reveal(?:ing)?)(?: (?:this|it|anything))?(?: to)? (?:the |any )?(?:users?|human|owner)\b|\b(?:secretly|silently|covertly|quietly) (?:send|forward|e-?mail|transfer|add|include|delete|share|execute|call|run)\b"),
    words("to_the_agent", 0.55, "user,users", r"\b(?:tell|inform|convince|persuade|instruct|ask) the users? (?:to|that)\b.{0,80}\b(?:click|visit|password|pay|download|call|log ?in|enter|install|account|http)"),
    words("orders", 0.6, "instruction,instructions,task,directive,orders,command", r"\b(?:follow|adhere to|obey|execute|comply with|carry out|perform) (?:strictly )?(?:to )?(?:the|these|this|my) (?:following|new|next|below|updated|real|actual) (?:instructions?|task|directive|orders?|commands?)\b|\b(?:your|the) (?:new|real|actual|updated|next|main) (?:instructions?|task|goal|objective|mission|orders?|directive) (?:is|are)\b|\b(?:new|updated|urgent|real|system|important) instructions?:"),
    words("orders", 0.6, "you must now,must now,before answering,before responding,before you answer,before you respond,in your answer,in your response,in your reply,your response,your answer", r"\b(?:you|assistant) must (?:now|first|immediately)\b|\bbefore (?:you )?(?:answer|respond)(?:ing)?,? (?:you must |always |first |please )?(?:call|send|run|use|execute|visit|fetch)\b|\b(?:include|insert|add|append|put|mention|write|say|begin|end|start)\b.{0,60}\bin (?:your|every|each|the) (?:answer|response|reply|summary|output)\b|\b(?:begin|start|end|finish) (?:your|every|each) (?:answer|response|reply|message)\b"),
    words("sends_away", 0.65, "send,email,e-mail,mail,forward,share,transmit,upload,relay,text,sent,emailed", r"\b(?:send|e-?mail|mail|forward|share|transmit|upload|relay|text)(?:ing)? (?:me |him |her )?(?:it|them|this|these|those|that|everything|all|the (?!form|completed|following)\w+|a copy|a summary|a list|an? \w+ (?:with|of|containing)|my)\b(?: (?!your|our|us\b)[\w'\"-]+){0,7}? (?:to|at)\b(?: (?!your|our|us\b)[\w'\"-]+){0,6}?[ :,'\"<(]{1,4}[\w.+-]+@[\w-]+\.\w"),
    words("tool_named", 0.45, "tool,function,plugin,tools,api", r"\b(?:use|call|invoke|run|using|through|via|with) (?:the |your )?['\"`]?[\w.-]{3,60}['\"`]? (?:tool|function|plugin)\b.{0,40}\b(?:to|with|and)\b|\b(?:use|call|invoke) (?:the|your) [\w.'\"-]{3,60} (?:tool|function|plugin)\b"),
    words("image_address", 0.6, "](", r"!\[[^\]]{0,100}\]\(https?://[^)\s]{1,200}[?&/=](?:\{|\[|<|%7b|data=|q=\{)"),
)  # fmt: skip

# What documents ask of people who read them.
FOR_READERS = re.compile(
    r"\b(?:please|kindly|can|could) (?:\w+ )?(?:call|visit|allow|see|contact|note|read|check|find|refer|click|use"
    r"|enter|make|sign|register|apply|submit|look|get|leave|bring|take|add|follow|confirm|copy|run|email|mail|write|message|text)\b"
)
