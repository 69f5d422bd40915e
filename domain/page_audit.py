"""What a page is made of, in figures: for whoever edits it."""

from dataclasses import dataclass

from domain.readability import Readability


@dataclass(frozen=True, slots=True)
class Heading:
    level: int
    text: str


@dataclass(frozen=True, slots=True)
class Links:
    """Counts. `hosts` are the other sites that it leads to."""

    inside: int = 0
    outside: int = 0
    nofollow: int = 0
    without_text: int = 0
    hosts: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Images:
    total: int = 0
    without_alt: int = 0
    """No `alt` at all; an empty one says that it is decoration."""
    shown: tuple[str, ...] = ()
    """Addresses of those without."""


@dataclass(frozen=True, slots=True)
class PageAudit:
    """Counts are of the whole page where they are of links, images and headings, of its main text
    where they are of words."""

    url: str
    title: str
    description: str
    canonical: str
    robots: str
    language: str
    headings: tuple[Heading, ...]
    links: Links
    images: Images
    paragraphs: int
    longest_paragraph: int
    """In words."""
    lists: int
    tables: int
    social: tuple[str, ...]
    """Which Open Graph and Twitter fields it has."""
    schemas: tuple[str, ...]
    """Types of its structured data."""
    viewport: bool
    text: str
    """The main text, cut."""
    readability: Readability
