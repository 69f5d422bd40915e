"""Addresses of pages, in one form: what is checked is what is asked for."""

import re
from collections.abc import Set as AbstractSet

import httpx2

from models.errors import InvalidError

# Longer ones are cut by browsers and servers too.
LONGEST = 2_000
PORTS = frozenset({80, 443})
_DEFAULT_PORTS = {"http": 80, "https": 443}
# Control characters would change the request, invisible and bidirectional ones what is shown.
_UNSEEN = re.compile(
    r"[\x00-\x20\x7f-\xa0\u00ad\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff]"
)
# Names as DNS has them, and addresses: no percent sign, so no zone and no second reading.
_HOST = re.compile(r"(?=.{1,253}\Z)(?:[a-z0-9_-]{1,63}\.)*[a-z0-9_-]{1,63}|[0-9a-f:.]+")


def page_url(text: str, *, ports: AbstractSet[int] = PORTS) -> httpx2.URL:
    """The address without its fragment, its host in ASCII (IDNA 2008).

    InvalidError url_invalid, url_forbidden (another scheme or port).
    """
    text = text.strip()
    if len(text) > LONGEST:
        raise InvalidError(
            f"The address is longer than {LONGEST:,} characters.", code="url_invalid"
        )
    if _UNSEEN.search(text):
        raise InvalidError("The address holds characters that cannot be seen.", code="url_invalid")
    try:
        url = httpx2.URL(text)
        url = url.copy_with(fragment=None, host=url.raw_host.decode("ascii").rstrip("."))
    except (httpx2.InvalidURL, UnicodeError, ValueError):
        raise InvalidError("This is no address of a page.", code="url_invalid") from None
    return _checked(url, ports)


def port_of(url: httpx2.URL) -> int:
    return url.port if url.port is not None else _DEFAULT_PORTS[url.scheme]


def _checked(url: httpx2.URL, ports: AbstractSet[int]) -> httpx2.URL:
    if url.scheme and url.scheme not in _DEFAULT_PORTS:
        raise InvalidError("Only http and https addresses are fetched.", code="url_forbidden")
    if not (url.scheme and _HOST.fullmatch(url.raw_host.decode("ascii"))):
        raise InvalidError("This is no address of a page.", code="url_invalid")
    if url.userinfo:
        raise InvalidError("Names and passwords are not sent with an address.", code="url_invalid")
    if port_of(url) not in ports:
        raise InvalidError("Pages are not fetched from this port.", code="url_forbidden")
    return url
