"""Web pages: the main text as Markdown, without what surrounds it or runs in it."""

import re

from bs4 import BeautifulSoup, Comment, Tag
from bs4.element import PreformattedString
from markdownify import ATX, MarkdownConverter

from domain.parsing import markdown, page_facts
from domain.parsing.spans import spread
from domain.parsing.structure import StructuredText

# What is never text for a reader.
_DROPPED = (
    *("script", "style", "noscript", "template", "svg", "math", "canvas", "iframe", "object"),
    *("embed", "video", "audio", "input", "button", "select", "textarea", "datalist", "dialog"),
)
# What stands around the text of a page.
_AROUND = ("nav", "footer", "aside")
_AROUND_ROLES = frozenset({"navigation", "banner", "contentinfo", "search", "complementary"})
_HEADINGS = ("h1", "h2", "h3", "h4", "h5", "h6")
# A list or box of at least so many links, which hold at least this share of its text, is a menu.
_MENU_LINKS = 5
_MENU_SHARE = 0.8


_BLANK = re.compile(r"\n[ \t]*(?:\n[ \t]*){2,}")
_CONVERTER = MarkdownConverter(
    heading_style=ATX,
    bullets="-",
    table_infer_header=True,
    # Escapes would keep `snake_case` from being found.
    escape_asterisks=False,
    escape_underscores=False,
)


def _hidden(tag: Tag) -> bool:
    """Text that a person does not see is not the page's text, and may be meant for machines."""
    style = str(tag.get("style") or "").replace(" ", "").lower()
    return (
        tag.has_attr("hidden")
        or tag.get("aria-hidden") == "true"
        or "display:none" in style
        or "visibility:hidden" in style
    )


def _surrounds(tag: Tag) -> bool:
    if tag.name in _AROUND or tag.get("role") in _AROUND_ROLES:
        return True
    # A page's header may hold its only headline, an article's always belongs to it.
    return (
        tag.name == "header"
        and tag.find(_HEADINGS) is None
        and tag.find_parent(["article", "main"]) is None
    )


def _remove(root: Tag, unwanted: list[Tag]) -> None:
    for tag in unwanted:
        if not tag.decomposed and tag is not root:
            tag.decompose()


def _is_menu(tag: Tag) -> bool:
    links = tag.find_all("a")
    if len(links) < _MENU_LINKS or tag.find(_HEADINGS):
        return False
    linked = sum(len(link.get_text(strip=True)) for link in links)
    return linked >= _MENU_SHARE * len(tag.get_text(strip=True))


def _main(soup: BeautifulSoup) -> Tag:
    """The part that the page itself calls its main one, else all of it."""
    mains = [*soup.find_all("main"), *soup.find_all(role="main")]
    articles = soup.find_all("article")
    candidates = mains[:1] or (articles if len(articles) == 1 else [])
    body = soup.body or soup
    if candidates and candidates[0].get_text(strip=True):
        return candidates[0]
    return body


def _without_surroundings(root: Tag) -> Tag:
    """Drop menus and frames, unless nearly nothing would be left: then the menu is the text."""
    before = len(root.get_text(strip=True))
    pruned = BeautifulSoup(str(root), "html.parser")
    _remove(pruned, [tag for tag in pruned.find_all(recursive=True) if _surrounds(tag)])
    _remove(pruned, [tag for tag in pruned.find_all(["ul", "ol"]) if _is_menu(tag)])
    return pruned if len(pruned.get_text(strip=True)) * 4 >= before else root


def _plain(content: Tag) -> None:
    """Links and pictures give their words, not their addresses; cells keep their bars apart."""
    for image in content.find_all("img"):
        image.replace_with(str(image.get("alt") or "").strip())
    for link in content.find_all("a"):
        link.unwrap()
    for inner in content.select("td table, th table"):
        if not inner.decomposed:
            rows = [list(row.stripped_strings) for row in inner.find_all("tr")]
            inner.replace_with("; ".join(", ".join(row) for row in rows))
    for cell in content.find_all(["td", "th"]):
        for string in cell.find_all(string=re.compile(r"\|")):
            if string.find_parent(["td", "th"]) is cell:
                string.replace_with(string.replace("|", "\\|"))


def read(text: str) -> StructuredText:
    """A page, or what is left of one."""
    soup = BeautifulSoup(text, "html.parser")
    title, facts = page_facts.title(soup), page_facts.facts(soup)
    if soup.title:
        soup.title.decompose()
    _drop(soup)
    structured = markdown.body(_markdown(_without_surroundings(_main(soup))))
    return StructuredText(
        title=title or structured.title,
        text=structured.text,
        blocks=structured.blocks,
        metadata=facts,
    )


def fragment(text: str) -> str:
    """A piece of HTML as Markdown."""
    soup = BeautifulSoup(text, "html.parser")
    _drop(soup)
    return _markdown(soup).strip()


def _drop(soup: BeautifulSoup) -> None:
    for string in soup.find_all(string=lambda s: isinstance(s, Comment | PreformattedString)):
        string.extract()
    _remove(soup, soup.find_all(_DROPPED))
    _remove(soup, [tag for tag in soup.find_all(recursive=True) if _hidden(tag)])


def _markdown(content: Tag) -> str:
    _plain(content)
    spread(content)
    return _BLANK.sub("\n\n", _CONVERTER.convert_soup(content).strip()) + "\n"
