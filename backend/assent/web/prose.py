"""A text as HTML: the same blocks as on paper, for the family, those who clear it and the public alike."""

from __future__ import annotations

import re
from collections.abc import Iterable

import nh3
from markupsafe import Markup, escape

from assent.documents.blocks import (
    Block,
    Document,
    Heading,
    Items,
    Paragraph,
    Quote,
    Runs,
    Table,
    texts_of,
)
from assent.documents.markdown import blocks_of

_TAGS = {
    "h2", "h3", "h4", "h5", "h6", "p", "strong", "em", "a", "ul", "ol", "li", "blockquote",
    "table", "thead", "tbody", "tr", "th", "td", "div",
}  # fmt: skip
_ATTRIBUTES = {"a": {"href"}, "ol": {"start"}, "th": {"scope"}, "div": {"class", "tabindex"}}
_ADDRESS = re.compile(r"https?://[^\s<>()\"']+[^\s<>()\"'.,;:!?]")
_DEEPEST_HEADING = 6


def prose(text: str, below: int = 1) -> Markup:
    """Return the HTML of a text.

    Every letter is escaped where it is put; what comes out is cleaned once more, so that a mistake here
    could not let markup of somebody's own through.

    Args:
        text: Markdown, as far as `assent.documents.markdown` reads it.
        below: level of the heading the text stands under.
    """
    html = Markup("").join(_block(block, below) for block in blocks_of(text))
    clean = nh3.clean(
        str(html),
        tags=_TAGS,
        attributes=_ATTRIBUTES,
        url_schemes={"https", "http"},
        link_rel="noopener noreferrer nofollow",
    )
    return Markup(clean)  # noqa: S704 (it was cleaned just now)


def plain(text: str) -> str:
    """Return the words of a text without its markup."""
    document = Document("", "und", blocks_of(text))
    return "\n\n".join(words for words in texts_of(document) if words)


def _block(block: Block, below: int) -> Markup:
    match block:
        case Heading():
            level = min(block.level + below, _DEEPEST_HEADING)
            return Markup("<h{0}>{1}</h{0}>").format(level, _runs(block.runs))
        case Paragraph():
            return Markup("<p>{}</p>").format(_runs(block.runs))
        case Quote():
            inner = Markup("").join(_block(b, below) for b in block.blocks)
            return Markup("<blockquote>{}</blockquote>").format(inner)
        case Items():
            items = Markup("").join(_item(item, below) for item in block.items)
            if block.start is None:
                return Markup("<ul>{}</ul>").format(items)
            return Markup('<ol start="{}">{}</ol>').format(block.start, items)
        case Table():
            return _table(block)
        case _:
            return Markup("")


def _item(blocks: Iterable[Block], below: int) -> Markup:
    return Markup("<li>{}</li>").format(Markup("").join(_block(b, below) for b in blocks))


def _table(table: Table) -> Markup:
    head, *rows = table.rows
    # An empty cell heads nothing: those who hear the table are not told of a heading.
    heads = Markup("").join(
        Markup('<th scope="col">{}</th>').format(said) if said else Markup("<td></td>")
        for said in (_runs(cell) for cell in head)
    )
    body = Markup("").join(
        Markup("<tr>{}</tr>").format(
            Markup("").join(Markup("<td>{}</td>").format(_runs(cell)) for cell in row)
        )
        for row in rows
    )
    # A wide table is moved sideways by itself, with the keyboard too; the page stays.
    return Markup(
        '<div class="wide" tabindex="0"><table><thead><tr>{}</tr></thead><tbody>{}</tbody></table></div>'
    ).format(heads, body)


def _runs(runs: Runs) -> Markup:
    return Markup("").join(_styled(_linked(run.text), run.bold, run.italic) for run in runs)


def _styled(words: Markup, bold: bool, italic: bool) -> Markup:
    if italic:
        words = Markup("<em>{}</em>").format(words)
    return Markup("<strong>{}</strong>").format(words) if bold else words


def _linked(text: str) -> Markup:
    """Escape a text; an address written in it can be followed, and stays readable as what it is."""
    parts, end = [], 0
    for found in _ADDRESS.finditer(text):
        link = Markup('<a href="{0}">{0}</a>').format(found[0])
        parts += [escape(text[end : found.start()]), link]
        end = found.end()
    return Markup("").join([*parts, escape(text[end:])])
