"""Numbers that states give people: by their shape, or by the words before them."""

import re
from collections.abc import Callable, Iterator
from typing import Final

from domain.safety.context import CONTEXT
from domain.safety.numbers import luhn

_NOT_DIGIT = re.compile(r"\D")


def _digits(text: str) -> str:
    return _NOT_DIGIT.sub("", text)


def _weighted(digits: str, weights: str, modulus: int) -> int:
    return (
        sum(int(digit) * int(weight, 16) for digit, weight in zip(digits, weights, strict=False))
        % modulus
    )


def _cpf(digits: str) -> bool:
    """Brazil."""
    if len(set(digits)) == 1:
        return False
    first = _weighted(digits, "a98765432", 11)
    second = _weighted(digits, "ba98765432", 11)
    wanted = [0 if rest < 2 else 11 - rest for rest in (first, second)]
    return [int(digits[9]), int(digits[10])] == wanted


def _nir(text: str) -> bool:
    """France: 13 digits and a sum of two."""
    digits = _digits(text)
    return len(digits) == 15 and 97 - int(digits[:13]) % 97 == int(digits[13:])


def _dni(text: str) -> bool:
    """Spain: the letter follows from the number."""
    plain = text.upper().replace("-", "").replace(" ", "")
    number = plain[:-1].translate(str.maketrans("XYZ", "012"))
    return "TRWAGMYFPDXBNJZSQVHLCKE"[int(number) % 23] == plain[-1]


def _pesel(digits: str) -> bool:
    """Poland."""
    month = int(digits[2:4]) % 20
    return (10 - _weighted(digits, "1379137913", 10)) % 10 == int(digits[10]) and 1 <= month <= 12


def _personnummer(text: str) -> bool:
    """Sweden: a date, a hyphen, and Luhn's sum over the last ten."""
    digits = _digits(text)[-10:]
    return 1 <= int(digits[2:4]) <= 12 and 1 <= int(digits[4:6]) <= 31 and luhn(digits)


def _steuer(digits: str) -> bool:
    """Germany's tax number for life."""
    product = 10
    for digit in digits[:10]:
        rest = (int(digit) + product) % 10 or 10
        product = rest * 2 % 11
    return digits[0] != "0" and (11 - product) % 10 == int(digits[10])


def _always(_: str) -> bool:
    return True


_EDGE: Final = r"(?<![\w@#/=+.,$€£-])", r"(?![\w%@-])(?![.,]\d)"


def _shape(expression: str) -> re.Pattern[str]:
    return re.compile(f"{_EDGE[0]}(?:{expression}){_EDGE[1]}")


# Shapes that tell by themselves.
_SHAPES: Final[tuple[tuple[re.Pattern[str], Callable[[str], bool]], ...]] = (
    # United States: social security and tax payers' numbers.
    (_shape(r"(?!000|666)\d{3}[- ](?!00)\d{2}[- ](?!0000)\d{4}"), _always),
    # United Kingdom: national insurance.
    (_shape(r"(?!BG|GB|NK|KN|TN|NT|ZZ)[A-CEGHJ-PR-TW-Z][A-CEGHJ-NPR-TW-Z] ?\d{2} ?\d{2} ?\d{2} ?[A-D]"), _always),
    (_shape(r"\d{3}\.\d{3}\.\d{3}-\d{2}"), lambda text: _cpf(_digits(text))),
    (_shape(r"[12] ?\d{2} ?(?:0[1-9]|1[0-2]|[2-9]\d) ?\d{2} ?\d{3} ?\d{3} ?\d{2}"), _nir),
    (_shape(r"(?:\d{8}|[XYZ]-?\d{7})-?[A-HJ-NP-TV-Z]"), _dni),
    # Italy: codice fiscale.
    (_shape(r"[A-Z]{6}\d{2}[ABCDEHLMPRST]\d{2}[A-Z]\d{3}[A-Z]"), _always),
    # India: PAN.
    (_shape(r"[A-Z]{3}[ABCFGHLJPT][A-Z]\d{4}[A-Z]"), _always),
    (_shape(r"(?:19|20)?\d{6}[-+]\d{4}"), _personnummer),
)  # fmt: skip
# Numbers that need a word before them.
_SAID: Final[tuple[tuple[str, re.Pattern[str], Callable[[str], bool]], ...]] = (
    (r"ssn|social[ -]security|itin|tax(?:payer)?(?: id(?:entification)?)?|\btin\b|\bein\b",
     _shape(r"\d{9}|\d{2}-\d{7}|\d{3}[ -]\d{2}[ -]\d{4}"), _always),
    (r"passport|pasaporte|reisepass|passeport|passaporto",
     _shape(r"[A-Z]{0,2}\d{6,9}[A-Z]?|[A-Z]\d{2}[A-Z]{2}\d{5}|[CFGHJKLMNPRTVWXYZ][0-9CFGHJKLMNPRTVWXYZ]{8}"), _always),
    (r"licen[cs]e|\bdl\b|führerschein|driving permit",
     _shape(r"[A-Z]{0,2}\d{5,14}|[A-Z]\d{3}-\d{4}-\d{4}|\d{3,4}-\d{2,3}-\d{4}|[A-Z]{5}\d{6}[A-Z0-9]{5}"), _always),
    (r"aadhaa?r|uidai", _shape(r"[2-9]\d{3}[ -]?\d{4}[ -]?\d{4}"), _always),
    (r"\bsin\b|social insurance", _shape(r"\d{3}[ -]?\d{3}[ -]?\d{3}"), lambda text: luhn(_digits(text))),
    (r"\bnhs\b", _shape(r"\d{3}[ -]?\d{3}[ -]?\d{4}"), _always),
    (r"\bbsn\b|burgerservicenummer|\btfn\b|tax file|medicare", _shape(r"\d{3}[ -]?\d{3}[ -]?\d{3}|\d{4} ?\d{5} ?\d"), _always),
    (r"pesel", _shape(r"\d{11}"), _pesel),
    (r"steuer|identifikationsnummer|\bidnr\b|tax id", _shape(r"\d{2} ?\d{3} ?\d{3} ?\d{3}"), lambda text: _steuer(_digits(text))),
    (r"sozialversicherung|rentenversicherung|\bsvnr\b|\bahv\b", _shape(r"\d{2} ?\d{6} ?[A-Z] ?\d{3}|756\.\d{4}\.\d{4}\.\d{2}"), _always),
    (r"\bcpf\b", _shape(r"\d{11}"), _cpf),
    (r"national (?:id|insurance|identity)|identity (?:card|number)|id card|personalausweis|ausweis|\bdni\b|\bnie\b|\bcurp\b|carte d'identit|national(?:e)? number",
     _shape(r"[A-Z]{0,4}\d{6,13}[A-Z0-9]{0,8}"), _always),
)  # fmt: skip
_SAID_COMPILED: Final = tuple(
    (re.compile(rf"(?i)(?:{said})"), shape, sound) for said, shape, sound in _SAID
)


def nationals(text: str, start: int) -> Iterator[tuple[int, int]]:
    for shape, sound in _SHAPES:
        yield from (m.span() for m in shape.finditer(text, start) if sound(m.group()))
    for said, shape, sound in _SAID_COMPILED:
        for word in said.finditer(text, max(0, start - 2 * CONTEXT)):
            line = text.find("\n", word.end(), word.end() + CONTEXT)
            found = shape.search(text, word.end())
            last = line if line >= 0 else word.end() + CONTEXT
            if found and start <= found.start() <= last and sound(found.group()):
                yield found.span()
