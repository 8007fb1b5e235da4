"""The sentences of forms and procedures, for translators: how Babel reads them in policies/."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import BinaryIO

import yaml

from assent.actions.kinds.declared import Form, Forms
from assent.actions.kinds.procedures import Procedures

Message = tuple[int, str | None, str, Sequence[str]]


def sentences(
    file: BinaryIO, keywords: Sequence[str], comment_tags: Sequence[str], options: Mapping[str, str]
) -> Iterator[Message]:
    """Yield every sentence of one file with the line where it stands first."""
    text = file.read().decode("utf-8")
    for sentence in dict.fromkeys(filter(None, _said(text))):
        beginning = re.search(re.escape(sentence[:30]), text)
        line = text.count("\n", 0, beginning.start()) + 1 if beginning else 1
        yield line, None, sentence, []


def _said(text: str) -> Iterable[str]:
    value = yaml.load(text, Loader=yaml.BaseLoader)  # noqa: S506 (it makes text alone)
    if "procedures" in value:
        return Procedures.model_validate(value).sentences()
    form = Form.model_validate(value)
    return Forms({form.kind: {form.form: form}}).sentences()
