"""What keys, tokens and passwords look like."""

import re
from collections.abc import Iterator
from typing import Final

from domain.safety.context import CONTEXT

# A token with one of these at its beginning, or behind a sign that is no part of a word, may be one.
PREFIXES: Final = (
    "sk-", "sk_live_", "sk_test_", "rk_live_", "rk_test_", "pk_live_", "whsec_",
    "AKIA", "ASIA", "AIza", "ya29.", "GOCSPX-", "ghp_", "gho_", "ghu_", "ghs_", "ghr_",
    "github_pat_", "glpat-", "xoxb-", "xoxp-", "xoxa-", "xoxe-", "xoxe.", "xoxs-", "xoxr-", "xapp-",
    "eyJ", "npm_", "pypi-", "hf_", "SG.", "shpat_", "shpss_", "shpca_", "shppa_", "dop_v1_",
    "dapi", "key-", "AGE-SECRET-KEY-1", "sntrys_", "phc_", "lin_api_", "figd_", "EAA", "r8_",
    "gsk_", "pat-", "services/T",
)  # fmt: skip
_KEY = re.compile(
    r"""(?<![A-Za-z0-9])(?:
  sk-[A-Za-z0-9_-]{16,}
 |(?:sk|rk|pk)_(?:live|test)_[A-Za-z0-9]{10,}
 |whsec_[A-Za-z0-9+/=]{20,}
 |(?:AKIA|ASIA)[A-Z0-9]{16}(?![A-Za-z0-9])
 |AIza[A-Za-z0-9_-]{33,}
 |ya29\.[A-Za-z0-9_-]{20,}
 |GOCSPX-[A-Za-z0-9_-]{20,}
 |gh[pousr]_[A-Za-z0-9]{30,}
 |github_pat_[A-Za-z0-9_]{22,}
 |glpat-[A-Za-z0-9_-]{18,}
 |(?:xox[abeoprs]|xapp)[-.][A-Za-z0-9.-]{10,}
 |eyJ[A-Za-z0-9_-]{8,}\.eyJ[A-Za-z0-9_-]{8,}(?:\.[A-Za-z0-9_-]*)?
 |npm_[A-Za-z0-9]{30,}
 |pypi-[A-Za-z0-9_-]{40,}
 |hf_[A-Za-z0-9]{28,}
 |SG\.[A-Za-z0-9_-]{16,}\.[A-Za-z0-9_-]{16,}
 |shp(?:at|ss|ca|pa)_[A-Fa-f0-9]{32}
 |dop_v1_[a-f0-9]{40,}
 |dapi[a-f0-9]{32}
 |key-[a-f0-9]{32}
 |AGE-SECRET-KEY-1[A-Z0-9]{50,}
 |(?:sntrys|phc|lin_api|figd|gsk|r8)_[A-Za-z0-9_=+/-]{24,}
 |EAA[A-Za-z0-9]{60,}
 |pat-[a-z0-9]{2,4}-[a-f0-9-]{30,}
 |services/T[A-Z0-9]{6,}/B[A-Z0-9]{6,}/[A-Za-z0-9]{16,}
 |\d{8,10}:AA[A-Za-z0-9_-]{33}(?![A-Za-z0-9])
)""",
    re.VERBOSE,
)
# user:password@ of an address.
_LOGIN = re.compile(r"(?<=://)[^\s:/@?#]{0,200}:[^\s/@]{1,200}(?=@[^\s@])")
# What is assigned to a name that says it is secret: the value, up to white space.
_MARKS: Final = r"""["'*`]{0,3}"""
_GIVEN: Final = (
    rf"{_MARKS}(?:[ ]?(?:=>|:=|[:=]){_MARKS}[ ]?|[ ]is[ ]|(?<=[Bb]earer)[ ]|(?<=BEARER)[ ]){_MARKS}"
)
_NAMED = re.compile(
    r"""(?i:(?<![a-z])(?:api[ _-]?key|secret(?:[ _-]?(?:access[ _-]?)?key)?|access[ _-]?(?:key|token)
    |auth(?:entication|orization)?[ _-]?token|client[ _-]?secret|private[ _-]?key|bearer|passw(?:or)?d
    |passphrase|pwd|token)s?)"""
    rf"""{_GIVEN}(?=([^\s"'`<>]{{8,4096}}))""",
    re.VERBOSE,
)
_VALUE = re.compile(r"(?=.*\d)(?=.*[A-Za-z])[A-Za-z0-9_\-+/=.~!@#$%^&*:]{8,}[.,;:)\]*!?]*$")
# What a value may follow, at the end of a text; and a token that has the name and the value.
_NAME: Final = r"(?i:key|secret|token|bearer|passw(?:or)?d|passphrase|pwd)(?i:s?)"
NAMED: Final = re.compile(_NAME + _GIVEN + "$")
NAMING: Final = re.compile(_NAME + _MARKS + "[:=]")
BLOCK_BEGIN: Final = "-----BEGIN"
BLOCK_END: Final = re.compile("-----END [^-]{0,60}-----")
# The longest private key in use is half as long.
MOST_BLOCK: Final = 8_000
_BLOCK = re.compile(
    r"-----BEGIN [A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?-----(?s:.{0,8000}?)"
    r"(?:-----END [A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?-----|\Z)"
)


def keys(text: str, start: int) -> Iterator[tuple[int, int]]:
    yield from (match.span() for match in _KEY.finditer(text, start))
    if "://" in text:
        yield from (match.span() for match in _LOGIN.finditer(text, start))
    for match in _NAMED.finditer(text, max(0, start - 2 * CONTEXT)):
        value = match[1].rstrip(".,;:)]*!?")
        if match.start(1) >= start and _VALUE.match(value) and "://" not in value:
            yield match.start(1), match.start(1) + len(value)
    if BLOCK_BEGIN in text:
        yield from (match.span() for match in _BLOCK.finditer(text, start))
