"""A form in the editor: from the page's fields to a content's `form`, and back. Nothing is refused here."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from starlette.datastructures import FormData

from assent.actions.kinds.declared import Form, FormField
from assent.actions.kinds.filled import MOST_RECORDS

# Which form the page had fields for, and which one is wanted now.
SHOWN, WANTED = "form_shown", "form.form"


def form_typed(
    typed: FormData, known: Mapping[str, Form], before: Mapping[str, Any]
) -> dict[str, Any]:
    """Return the form as typed, unfinished as it may be.

    Another form than the one on the page keeps the sections both have.

    Args:
        known: the kind's forms by name.
        before: the form the editor was opened with; it stays where the page had no form.
    """
    if SHOWN not in typed:
        return dict(before)
    wanted = known.get(_text(typed, WANTED))
    shown = known.get(_text(typed, SHOWN))
    if wanted is None:
        return {}
    kept = {section.name for section in wanted.sections}
    filled: dict[str, Any] = {"form": wanted.form}
    for section in shown.sections if shown else ():
        path = f"form.{section.name}"
        values = {f.name: v for f in section.fields if (v := _value(typed, f, f"{path}.{f.name}"))}
        if values and section.name in kept:
            filled[section.name] = values
    if len(known) == 1 and filled.keys() == {"form"}:  # nothing was filled in
        return {} if "form" in before else dict(before)
    return filled


def _value(typed: FormData, field: FormField, path: str) -> Any:
    if field.type in ("choices", "organisations"):
        return [str(name) for name in typed.getlist(path)]
    if field.type in ("lines", "recipients"):
        return [line.strip() for line in _text(typed, path).splitlines() if line.strip()]
    if field.type != "records":
        text = _text(typed, path).strip()
        return utc(text) if field.type == "moment" else text
    records = []
    for number in range(MOST_RECORDS):
        if not any(name.startswith(f"{path}.{number}.") for name in typed):
            break
        record = {
            inner.name: value
            for inner in field.fields
            if (value := _value(typed, inner, f"{path}.{number}.{inner.name}"))
        }
        if record:
            records.append(record)
    return records


def utc(moment: str) -> str:
    """Return a time as it was typed; one without a zone is UTC, as the fields' labels say."""
    try:
        parsed = datetime.fromisoformat(moment)
    except ValueError:
        return moment
    return (parsed if parsed.tzinfo else parsed.replace(tzinfo=UTC)).isoformat()


def _text(typed: FormData, name: str) -> str:
    value = typed.get(name)
    return value if isinstance(value, str) else ""


def form_field(path: str) -> str:
    """Return the page's field for a path: `form.arrest.by[0].name` is `form.arrest.by.0.name`.

    Lists that are typed into one field are found at that field.
    """
    head, _, rest = path.replace("]", "").partition("[")
    number, _, inner = rest.partition(".")
    return f"{head}.{number}.{inner}" if inner else head


def label_of(known: Mapping[str, Form], filled: Mapping[str, Any], path: str) -> str:
    """Return the question a path is about, in English; an empty text where nobody asks it."""
    form = known.get(str(filled.get("form", "")))
    _, _, rest = path.partition(".")
    section, *names = [part.partition("[")[0] for part in rest.split(".")]
    fields = next((s.fields for s in form.sections if s.name == section), ()) if form else ()
    label = ""
    for name in names:
        field = next((f for f in fields if f.name == name), None)
        if field is None:
            break
        label, fields = field.label, field.fields
    return label
