"""A revision as a document: made of its canonical content alone, so that paper says what was agreed to.

A language's document holds the title and text in that language, the form where it goes along, who
signs, and the digest of the content on every page.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Sequence

from assent.actions.kinds import declared
from assent.actions.kinds.filled import Answer, FilledForm, read_form
from assent.documents.blocks import Block, Document, Heading, Items, Paragraph, Picture, Run
from assent.documents.markdown import blocks_of
from assent.language import translator
from assent.refusal import N_

SIGNED_BY = N_("Signed by")
Translate = Callable[[str], str]


def document_of(
    kind: str,
    canonical: bytes,
    language: str,
    signers: Sequence[str] = (),
    pictures: Sequence[tuple[bytes, str, str]] = (),
) -> Document:
    """Return one language of a revision as a document.

    Args:
        canonical: the revision's canonical JSON; what it holds is all the document says.
        language: one of the content's.
        signers: the names of the organisations it names as signing, in their order.
        pictures: those it attaches and describes: bytes, what can be seen, whose it is.
    """
    content = json.loads(canonical)
    text = content["languages"][language]
    translate, _ = translator(language)
    blocks = list(blocks_of(text["body"]))
    filled = read_form(declared.current(), kind, content.get("form") or {})
    if filled is not None and filled.goes_along:
        blocks += form_blocks(filled, translate)
    blocks += [Picture(file, alt, rights) for file, alt, rights in pictures]
    if signers:
        blocks.append(Heading(2, (Run(translate(SIGNED_BY)),)))
        blocks.append(Paragraph((Run("\n".join(signers)),)))
    return Document(
        title=text["title"],
        language=language,
        blocks=tuple(blocks),
        head=f"SHA-256 {hashlib.sha256(canonical).hexdigest()}",
    )


def form_blocks(filled: FilledForm, translate: Translate) -> list[Block]:
    """Return a filled form as blocks: each question with its answer, in order."""
    blocks: list[Block] = []
    if filled.declared is not None:
        blocks.append(Heading(1, (Run(translate(filled.declared.title)),)))
    for section in filled.sections:
        if section.title:
            blocks.append(Heading(2, (Run(translate(section.title)),)))
        blocks += _answers(section.answers, translate)
    return blocks


def _answers(answers: Sequence[Answer], translate: Translate) -> list[Block]:
    blocks: list[Block] = []
    for answer in answers:
        label = Run(translate(answer.label) if answer.label else "", bold=True)
        if answer.records:
            items = tuple(tuple(_answers(record, translate)) for record in answer.records)
            blocks += [Paragraph((label,)), Items(items, start=1)]
            continue
        values = [translate(value) for value in answer.values] if answer.words else answer.values
        blocks.append(Paragraph((label, Run("\n" + "\n".join(values)))))
    return blocks
