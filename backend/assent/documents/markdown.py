"""From the Markdown subset people write to blocks. No letter is lost: what is no markup stays text."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cache

from markdown_it import MarkdownIt
from markdown_it.token import Token

from assent.documents.blocks import Block, Heading, Items, Paragraph, Quote, Run, Runs, Table

_RULES = (
    "heading", "lheading", "list", "blockquote", "table", "emphasis", "link", "escape", "newline", "paragraph",
)  # fmt: skip


@cache
def _parser() -> MarkdownIt:
    """Headings, lists, quotes, tables, emphasis and links; HTML, code and pictures are plain text."""
    return MarkdownIt("zero", {"breaks": True}).enable(list(_RULES))


def blocks_of(markdown: str) -> tuple[Block, ...]:
    """Return the blocks of a text.

    Args:
        markdown: headings (#), lists, > quotes, tables, *emphasis*, **strong** and [links](https://…).
    """
    return tuple(_blocks(iter(_parser().parse(markdown))))


def _blocks(tokens: Iterator[Token], until: str = "") -> Iterator[Block]:
    for token in tokens:
        if token.type == until:
            return
        if token.type == "heading_open":
            yield Heading(int(token.tag[1:]), _until_close(tokens, "heading_close"))
        elif token.type == "paragraph_open":
            yield Paragraph(_until_close(tokens, "paragraph_close"))
        elif token.type == "blockquote_open":
            yield Quote(tuple(_blocks(tokens, "blockquote_close")))
        elif token.type == "bullet_list_open":
            yield Items(tuple(_items(tokens, "bullet_list_close")))
        elif token.type == "ordered_list_open":
            start = int(token.attrGet("start") or 1)
            yield Items(tuple(_items(tokens, "ordered_list_close")), start)
        elif token.type == "table_open":
            yield Table(tuple(_rows(tokens)))


def _items(tokens: Iterator[Token], until: str) -> Iterator[tuple[Block, ...]]:
    for token in tokens:
        if token.type == until:
            return
        if token.type == "list_item_open":
            yield tuple(_blocks(tokens, "list_item_close"))


def _rows(tokens: Iterator[Token]) -> Iterator[tuple[Runs, ...]]:
    row: list[Runs] = []
    for token in tokens:
        if token.type == "table_close":
            return
        if token.type == "tr_open":
            row = []
        elif token.type == "inline":
            row.append(_runs(token.children or ()))
        elif token.type == "tr_close":
            yield tuple(row)


def _until_close(tokens: Iterator[Token], until: str) -> Runs:
    runs: Runs = ()
    for token in tokens:
        if token.type == until:
            break
        if token.type == "inline":
            runs = _runs(token.children or ())
    return runs


def _runs(tokens: Sequence[Token]) -> Runs:
    runs: list[Run] = []
    bold = italic = 0
    target, link_text = "", ""
    for token in tokens:
        text = ""
        match token.type:
            case "text" | "text_special":
                text = token.content
            case "softbreak" | "hardbreak":
                text = "\n"
            case "strong_open" | "strong_close":
                bold += token.nesting
            case "em_open" | "em_close":
                italic += token.nesting
            case "link_open":
                target, link_text = str(token.attrGet("href") or ""), ""
            case "link_close":
                # On paper a link is its address: what is hidden behind words would be lost.
                text = "" if link_text == target else f" ({target})"
        link_text += text
        if text:
            runs.append(Run(text, bold > 0, italic > 0))
    return tuple(runs)
