"""Patterns of messages that try to talk an agent into something."""

from typing import Final

from domain.safety.pattern import Pattern, signs, words

PATTERNS: Final[tuple[Pattern, ...]] = (
    signs("ignore_instructions", 0.85, r"I~4[PJ]~4R|IL?~2Y~3R|I~2[PJ]R|I~3R~3[PJ]"),
    signs("ignore_instructions", 0.6, r"(?:^|\|)L?[IN]~1I?[JP]{1,2}[.TPY]|I[PJ]~3P"),
    signs("new_identity", 0.5, r"YB?N?T~2[.MDUC]|T~4Y~3[ABC]|Y~2BT|YB~2N~1T"),
    signs("new_identity", 0.7, r"T~3Y~4[AC]~4[MUD]|Y~3A~4[UD]|Y~1B~2T~3[MUD]|A~4[DU]"),
    signs("roleplay", 0.4, r"A~4[MCD]|Y~3A|C~2A|A~2\.~3C"),
    words("roleplay", 0.5, "in character,break character,breaking character", r"\b(?:stay|remain|keep|be)(?:ing)? in character|break(?:ing)? character"),
    words("roleplay", 0.35, " you to , u to ", r"\b(?:want|need|like) (?:you|u) to (?:act|be|play|pretend|respond)\b"),
    signs("unrestricted", 0.55, r"N~3[RE]~4[RE]|M~6N~3[RE]|D~6N~3[RE]"),
    signs("unrestricted", 0.45, r"[YM]~3N~4[RE]"),
    signs("unrestricted", 0.35, r"N~2[RE]|[RE]~3N~1\."),
    signs("unrestricted", 0.65, r"U~6U|U~4[EH]|[EH]~4U|N~2U|[MDCYQ]~4U|U~3[MDCQ]"),
    signs("unrestricted", 0.4, r"U"),
    words("unrestricted", 0.6, "bound by,held to,subject to,confined,limited by", r"\b(?:not|no longer|isn'?t|aren'?t|without being) (?:bound|held|subject|confined|limited) (?:by|to)\b.{0,40}(?:restriction|rule|guideline|polic|limit|law|ethic|moral)"),
    signs("harmful_answers", 0.4, r"[WQ]~6[HU]|H~3H~3H|O~4H"),
    signs("never_refuse", 0.65, r"N~3W~4N|[YMDQJ]~6N~2X|N~2X~4[QJY]"),
    signs("never_refuse", 0.4, r"N~2X"),
    words("never_refuse", 0.65, "sorry,can't,cannot,language", r"(?:can'?t|cannot|never|not|no) (?:say|answer|reply with|respond with)?.{0,12}[\"'](?:no|sorry|i can'?t|i'?m sorry|i am sorry|as an ai)"),
    words("never_refuse", 0.6, "language,as an ai", r"\bas an? (?:ai|large) (?:language )?model\b.{0,60}\b(?:not|never|don'?t|without|bull)\b|\b(?:not|never|don'?t|without)\b.{0,60}\bas an? (?:ai|large)\b"),
    signs("any_request", 0.35, r"W~4J~3Q|J~2Q~6N"),
    signs("known_jailbreak", 0.8, r"D~8[MNUR]|M~3D|[CA]~3D"),
    words("known_jailbreak", 0.85, "anything now,developer mode,jailbreak,jailbroken,jailbreaking,god mode,godmode,anti-gpt,antigpt,evil bot,evil confidant,dan mode,opposite mode,🔓,filter mode,debugging mode", r"\bdo anything now\b|\b(?:god|dan|opposite|no ?filter|debugging) mode\b|\bdeveloper mode (?:enabled|output|activated|on\b)|\b(?:enable|enabled|enter|activate|you|chatgpt)\b.{0,40}\bdeveloper mode\b|\bjailbr(?:oken|eak)|\bgodmode\b|\banti-?gpt\b|\bevil ?(?:bot|confidant)\b|🔓"),
    words("known_jailbreak", 0.55, "token,tokens,point,points,cut off in,cutoff in", r"\b(?:tokens?|points?) .{0,60}\b(?:deduct|lose|lost|cease|die\b|terminated)|knowledge (?:was |is )?cut ?off in 20\d\d"),
    signs("prompt_extraction", 0.8, r"W~4S~2R|W~3Y~2(?:S|P|O)~2R|S~1R~4W|WJ?~2YB?~1R"),
    words("prompt_extraction", 0.8, "above,verbatim,so far,before this,preceding", r"\b(?:repeat|print|output|recite|spell)\b.{0,40}\b(?:everything|all|the (?:text|words|sentences?|content|conversation|messages?|instructions?|prompt))\b.{0,30}\b(?:above|before this|so far|preceding|verbatim)\b|\b(?:copy|write|translate|summari[sz]e|encode)\b.{0,40}\b(?:everything|all (?:of )?the (?:text|words)|the (?:instructions?|prompt))\b.{0,20}\b(?:above|before this|preceding|verbatim)\b"),
    words("prompt_extraction", 0.75, "prompt,instructions,guidelines,directives,your rules", r"\bwhat (?:are|were|is) your (?:\w+ ){0,3}(?:instructions|prompt|rules|guidelines|directives)\b|\bwhat (?:are|were|is) the (?:system|initial|hidden|secret|original) (?:prompt|instructions)\b|\b(?:system|initial|hidden|secret|original) (?:prompt|message|instructions?)\b.{0,30}\b(?:verbatim|word for word|in full)"),
    words("template_tokens", 0.8, "im_start,im_end,<|,inst],sys>>,<system>,</system,<admin,</admin,instructions>,# system,#system,# instruction,# instructions,# new task,[system,[admin,[assistant,[developer", r"<\|?(?:im_start|im_end|system|endoftext|eot_id|start_header_id|assistant)\|?>|\[/?inst\]|<</?sys>>|</?(?:system|admin|instructions?)>|#{2,4} ?(?:system|instructions?|new task)\b|\[(?:system|admin|assistant|developer)[^\]]{0,20}\]\s*(?:\(#|:|#)"),
    words("template_tokens", 0.5, "system:,system prompt:,system message:,system override,new instructions:,end of prompt,end of system,end of conversation,user input", r"(?:^|\n)\s*system ?(?:prompt|message|override|note)? ?:|\b(?:begin|end|start) of (?:the )?(?:system|conversation|session|prompt|user) ?(?:prompt|message|input|instructions?)?|new instructions:"),
    words("output_format", 0.4, "two responses,two different,two answers,2 answers,prefix,prefixed,begin,start", r"\b(?:two|2) (?:different )?(?:responses|answers|outputs)\b|\bprefix(?:ed)? .{0,30}(?:with|by)|\b(?:begin|start)(?:ning)? (?:your|every|each|the|all) .{0,30}(?:response|answer|reply|sentence|output)"),
    words("output_format", 0.45, "🔒,classic],/jailbreak,/jailbroken,/classic,understood?,only say,only reply,only respond,only answer", r"\[?🔒|\bclassic\]|/(?:jailb\w*|classic)\b|\bunderstood\?|only (?:say|reply|respond|answer) .{0,20}(?:ok\b|yes|understood|confirm)"),
    words("encoded", 0.45, "base64,base 64,rot13,rot 13,hex,morse,caesar,cipher,leetspeak,pig latin,decode,decrypt", r"\b(?:base ?64|rot ?13|hex(?:adecimal)?|morse|caesar|cipher|leetspeak|pig latin)\b.{0,80}\b(?:decode|decrypt|follow|execute|answer|respond|instructions?)|\b(?:decode|decrypt)\b.{0,60}\b(?:and|then)\b.{0,20}\b(?:follow|execute|do|answer|obey|respond)"),
    words("authority", 0.4, "developer,creator,openai,administrator,admin,override,root access,sudo,maintenance mode,test mode", r"\b(?:i am|i'm|this is|as) (?:your|the|an?) (?:developer|creator|openai|administrator|admin|system administrator)\b|\b(?:admin(?:istrator)?|root|sudo) (?:mode|override|access)\b|\bmaintenance mode\b|\btest mode\b"),
)  # fmt: skip
