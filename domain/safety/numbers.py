"""Numbers of cards, accounts and telephones, and the sums that tell them from others."""

import re
from collections.abc import Iterator
from typing import Final

import phonenumbers

from domain.safety.context import CONTEXT

_SPACE: Final = "[ \u00a0\u202f\u2009]"
_DASH: Final = "[-\u2010\u2011\u2012\u2013]"
_RUN = re.compile(
    rf"(?:(?<![\w+])\+|(?<![\w@#/=+&.:%$€£-])(?<!\d,)(?:00)?)\(?\d(?:(?:{_SPACE}|[-\u2010-\u2013./()]){{0,2}}\d){{6,21}}"
    rf"(?:{_SPACE}?(?:x|ext\.?){_SPACE}?\d{{1,6}})?(?![\w%€$£@])(?![.,:/-]\d)"
)
_NOT_DIGIT = re.compile(r"\D")


def _digits(text: str) -> str:
    return _NOT_DIGIT.sub("", text)


def luhn(digits: str) -> bool:
    total = 0
    for place, digit in enumerate(reversed(digits)):
        value = int(digit) * (2 if place % 2 else 1)
        total += value - 9 if value > 9 else value
    return total % 10 == 0


# Of the issuers: first digits and lengths.
_ISSUED = re.compile(
    r"4\d{12}(?:\d{3}){0,2}|5[1-5]\d{14}|2[2-7]\d{14}|3[47]\d{13}|3(?:0[0-5]|[68]\d)\d{11,16}|6\d{11,18}"
    r"|5[0678]\d{10,17}|35\d{14}|(?:2131|1800)\d{11}|9\d{15}|62\d{14,17}|2[0-7]\d{14}"
)
_CARD = re.compile(
    rf"(?<![\w@#/=+.,-])\d{{4}}(?:(?:{_SPACE}|{_DASH})?\d{{2,7}}){{2,4}}(?![\w-])(?![.,]\d)"
)


def cards(text: str, start: int) -> Iterator[tuple[int, int]]:
    for match in _CARD.finditer(text, start):
        digits = _digits(match.group())
        if 12 <= len(digits) <= 19 and _ISSUED.fullmatch(digits) and luhn(digits):
            yield match.span()


_IBAN = re.compile(
    rf"(?<![A-Za-z0-9])[A-Za-z]{{2}}\d{{2}}(?:{_SPACE}?[A-Za-z0-9]{{4}}){{2,7}}(?:{_SPACE}?[A-Za-z0-9]{{1,3}})?(?![A-Za-z0-9])"
)
_IBAN_LENGTHS: Final = {
    **dict.fromkeys(("NO",), 15), **dict.fromkeys(("BE",), 16),
    **dict.fromkeys(("DK", "FO", "FI", "GL", "NL", "SD"), 18), **dict.fromkeys(("MK", "SI"), 19),
    **dict.fromkeys(("AT", "BA", "EE", "KZ", "LT", "LU", "XK", "MN"), 20),
    **dict.fromkeys(("HR", "LV", "LI", "CH"), 21),
    **dict.fromkeys(("BG", "BH", "CR", "DE", "GE", "GB", "IE", "ME", "RS", "VA"), 22),
    **dict.fromkeys(("TL", "GI", "IL", "AE", "IQ", "OM", "SO"), 23),
    **dict.fromkeys(("AD", "CZ", "MD", "PK", "RO", "SA", "SK", "ES", "SE", "TN", "VG"), 24),
    **dict.fromkeys(("PT", "ST"), 25), **dict.fromkeys(("IS", "TR"), 26),
    **dict.fromkeys(("FR", "GR", "IT", "MC", "MR", "SM"), 27), **dict.fromkeys(("AZ", "AL", "CY", "DO", "GT", "HU", "LB", "PL", "BY", "SV", "NI", "DJ"), 28),
    **dict.fromkeys(("BR", "EG", "PS", "QA", "UA"), 29), **dict.fromkeys(("JO", "KW", "MU", "YE"), 30),
    **dict.fromkeys(("MT", "SC"), 31), **dict.fromkeys(("LC",), 32), **dict.fromkeys(("RU",), 33),
}  # fmt: skip
_IBAN_SAID = re.compile(r"(?i)iban\W{0,3}(?:\w+\W{1,2}){0,3}$")


def ibans(text: str, start: int) -> Iterator[tuple[int, int]]:
    for match in _IBAN.finditer(text, start):
        plain = re.sub(_SPACE, "", match.group()).upper()
        length = _IBAN_LENGTHS.get(plain[:2])
        if length is None or len(plain) < length:
            continue
        end = match.end()
        while len(plain) > length:
            # The pattern took the next word in.
            end -= 1
            plain = re.sub(_SPACE, "", text[match.start() : end]).upper()
        if text[end : end + 1].isalnum():
            continue
        if _iban_sum(plain) or _IBAN_SAID.search(
            text, max(0, match.start() - CONTEXT), match.start()
        ):
            yield match.start(), end


def _iban_sum(plain: str) -> bool:
    return int("".join(str(int(sign, 36)) for sign in plain[4:] + plain[:4])) % 97 == 1


# Where a number may be dialled without its country's code. Tried in this order.
REGIONS: Final = (
    "US", "GB", "DE", "FR", "ES", "IT", "CH", "AT", "NL", "BE", "AU", "IN", "BR", "PL", "SE", "DK", "NO", "FI", "IE", "PT", "JP",
)  # fmt: skip
_PHONE_SAID = re.compile(
    r"(?i)(?<!\w)(?:(?:tele|smart|i)?phone|tel(?:ephone|efon|éfono|\.)?|mobile|cell(?:phone)?|fax|call(?: me| us| him| her| them)?|dial|whatsapp|sms|text(?: me)?"
    r"|handy|desk|office|reach(?: me| us)?|numbers?|contact|ring|hotline|m|t|p)\b\W{0,4}(?:\w+\W{1,2}){0,4}$"
)
_DAY: Final = "(?:0?[1-9]|[12][0-9]|3[01])"
_MONTH: Final = "(?:0?[1-9]|1[0-2])"
# Dates, spans of years, addresses of machines, numbers in thousands.
_OTHERWISE = re.compile(
    rf"(?:19|20)\d\d[-./ ]{_MONTH}[-./ ]{_DAY}|{_DAY}[-./ ]{_DAY}[-./ ](?:19|20)\d\d(?: .*)?"
    r"|(?:19|20)\d\d ?[-–/] ?(?:19|20)\d\d|\d{1,3}(?:\.\d{1,3}){3}|[1-9]\d{0,2}(?:[ .]\d{3}){2,}(?<=000)"
)
_GROUP = re.compile(r"\d+")


def phones(text: str, start: int) -> Iterator[tuple[int, int]]:
    for match in _RUN.finditer(text, start):
        if _is_phone(text, match.start(), match.group()):
            yield match.span()


def _is_phone(text: str, start: int, run: str) -> bool:
    digits = _digits(re.split("[xe]", run)[0])
    if not 7 <= len(digits) <= 15:
        return False
    if run.startswith("+"):
        return len(digits) >= 8
    if run.startswith("00") and _valid(run, None):
        return True
    if _OTHERWISE.fullmatch(run):
        return False
    if _PHONE_SAID.search(text, max(0, start - CONTEXT), start):
        return len(digits) <= 11 or _valid_somewhere(run)
    # Two groups are as often a house and its street's number.
    groups = len(_GROUP.findall(run))
    return len(digits) >= 9 and (groups >= 3 or "(" in run) and _valid_somewhere(run)


def _valid(run: str, region: str | None) -> bool:
    if region is None and run.startswith("00"):
        run = "+" + run[2:]
    try:
        return phonenumbers.is_valid_number(phonenumbers.parse(run, region))
    except phonenumbers.NumberParseException:
        return False


def _valid_somewhere(run: str) -> bool:
    return any(_valid(run, region) for region in REGIONS)
