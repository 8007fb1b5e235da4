"""What was filled into a form: checked against its declaration, and told in plain order."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from zoneinfo import available_timezones

from assent.actions.kinds.declared import Form, FormField, Forms
from assent.refusal import N_

MOST_RECORDS = 100
LONGEST_LINE = 500
LONGEST_TEXT = 20_000
_DATE = re.compile(r"\d{4}(-(0[1-9]|1[0-2])(-(0[1-9]|[12]\d|3[01]))?)?")
_COUNTRY = re.compile(r"[A-Z]{2}")
_DIGEST = re.compile(r"[0-9a-f]{64}")

FORM_PROBLEMS: dict[str, str] = {
    "unknown_form": N_("{path}: there is no such form. Known forms: {known}."),
    "unknown_field": N_("{path}: there is no such field. Known fields: {known}."),
    "missing": N_("{path}: please fill this in."),
    "shape": N_("{path}: this should be {expected}."),
    "choice": N_("{path}: choose one of these: {known}."),
    "date": N_("{path}: give a day as 2026-05-31, or as much as is known: 2026-05 or 2026."),
    "moment": N_("{path}: give a time with its zone, such as 2026-12-01T18:00:00Z."),
    "zone": N_("{path}: give a time zone by its name, such as Europe/Berlin."),
    "country": N_("{path}: give the country's code of two capital letters, such as DE."),
    "picture": N_("{path}: choose one of the pictures among the evidence."),
    "too_long": N_("{path}: it is too long, at most {most} characters."),
    "too_many": N_("{path}: at most {most} entries."),
}


class FormProblem(ValueError):
    """The first thing in a form that does not fit.

    Attributes:
        code: key of `FORM_PROBLEMS`.
        path: where, such as `form.detention.places[0].name`.
        params: for the sentence.
    """

    def __init__(self, code: str, path: str, **params: object) -> None:
        self.code, self.path, self.params = code, path, {"path": path, **params}
        super().__init__(FORM_PROBLEMS[code].format(**self.params))


def check_form(forms: Forms, kind: str, raw: Mapping[str, Any]) -> dict[str, Any]:
    """Return a form in its normal form: complete, of known fields only, nothing empty in it.

    A form is used or left out. One that says by `form` which it is has to be complete, and has no
    other fields. What does not say so is free: it is kept as it is, and shown under its own names.

    Args:
        raw: the content's `form`, of JSON values without null.

    Raises:
        FormProblem: for the first thing that does not fit.
    """
    known = forms.of_kind(kind)
    if not known or "form" not in raw or not _filled(raw):
        return dict(raw) if not known or _filled(raw) else {}
    form = known.get(_text(raw.get("form", ""), "form.form", LONGEST_LINE))
    if form is None:
        raise FormProblem("unknown_form", "form.form", known=", ".join(known))
    _refuse_unknown(raw, ("form", *(section.name for section in form.sections)), "form")
    checked: dict[str, Any] = {"form": form.form}
    for section in form.sections:
        path = f"form.{section.name}"
        values = _fields(section.fields, raw.get(section.name, {}), path)
        if values:
            checked[section.name] = values
    return checked


def _fields(fields: Iterable[FormField], raw: object, path: str) -> dict[str, Any]:
    if not isinstance(raw, Mapping):
        raise FormProblem("shape", path, expected="an object")
    fields = tuple(fields)
    _refuse_unknown(raw, [field.name for field in fields], path)
    checked = {}
    for field in fields:
        value = _value(field, raw.get(field.name, ""), f"{path}.{field.name}")
        if value:
            checked[field.name] = value
        elif field.required:
            raise FormProblem("missing", f"{path}.{field.name}")
    return checked


def _value(field: FormField, raw: object, path: str) -> Any:
    if not _filled(raw):
        return None
    if field.type == "records":
        records = [record for record in _items(raw, path) if _filled(record)]
        return [_fields(field.fields, r, f"{path}[{n}]") for n, r in enumerate(records)]
    if field.type in ("lines", "recipients", "choices", "organisations"):
        lines = [_line(item, f"{path}[{n}]") for n, item in enumerate(_items(raw, path))]
        for number, line in enumerate(lines if field.type == "choices" else ()):
            _require_option(field, line, f"{path}[{number}]")
        return list(dict.fromkeys(line for line in lines if line))
    if field.type == "text":
        return _text(raw, path, LONGEST_TEXT).strip()
    line = _line(raw, path)
    _require_kind_of_line(field, line, path)
    return _moment(line, path) if field.type == "moment" else line


def _require_kind_of_line(field: FormField, line: str, path: str) -> None:
    if field.type == "choice":
        _require_option(field, line, path)
    elif field.type == "date" and not _DATE.fullmatch(line):
        raise FormProblem("date", path)
    elif field.type == "country" and not _COUNTRY.fullmatch(line):
        raise FormProblem("country", path)
    elif field.type == "picture" and not _DIGEST.fullmatch(line):
        raise FormProblem("picture", path)
    elif field.type == "zone" and line not in available_timezones():
        raise FormProblem("zone", path)


def _moment(line: str, path: str) -> str:
    try:
        moment = datetime.fromisoformat(line)
        if moment.tzinfo is None:
            raise FormProblem("moment", path)
        return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    except (ValueError, OverflowError) as error:
        raise FormProblem("moment", path) from error


def _require_option(field: FormField, name: str, path: str) -> None:
    known = [option.name for option in field.options]
    if name not in known:
        raise FormProblem("choice", path, known=", ".join(known))


def _refuse_unknown(raw: Mapping[str, Any], known: Iterable[str], path: str) -> None:
    for name in raw:
        if name not in known:
            said = ", ".join(known)
            raise FormProblem("unknown_field", f"{path}.{str(name)[:60]}", known=said)


def _items(raw: object, path: str) -> list[Any]:
    if not isinstance(raw, list | tuple):
        raise FormProblem("shape", path, expected="a list")
    if len(raw) > MOST_RECORDS:
        raise FormProblem("too_many", path, most=MOST_RECORDS)
    return list(raw)


def _line(raw: object, path: str) -> str:
    return " ".join(_text(raw, path, LONGEST_LINE).split())


def _text(raw: object, path: str, longest: int) -> str:
    if not isinstance(raw, str):
        raise FormProblem("shape", path, expected="text")
    if len(raw) > longest:
        raise FormProblem("too_long", path, most=longest)
    return raw


def _filled(value: object) -> bool:
    """Whether anything at all was filled in."""
    if isinstance(value, str):
        return bool(value.strip())
    if isinstance(value, Mapping):
        return any(_filled(item) for item in value.values())
    if isinstance(value, list | tuple):
        return any(_filled(item) for item in value)
    return True


@dataclass(frozen=True)
class Answer:
    """One answer as people read it.

    Attributes:
        label: the question, in English.
        values: the answer's lines; choices by their label.
        words: whether the values are words of the form, to be translated, rather than somebody's own.
        records: of a list of small forms, each as answers of its own.
    """

    label: str
    values: tuple[str, ...] = ()
    words: bool = False
    records: tuple[tuple[Answer, ...], ...] = ()


@dataclass(frozen=True)
class AnsweredSection:
    """A part of a filled form, as people read it."""

    title: str
    answers: tuple[Answer, ...]


@dataclass(frozen=True)
class FilledForm:
    """A filled form in the order of its questions; what was left out is not shown.

    Attributes:
        declared: None where its declaration is gone or never was: everything in it is shown all the same.
    """

    declared: Form | None
    sections: tuple[AnsweredSection, ...]

    @property
    def goes_along(self) -> bool:
        """Whether it is part of the document that goes out."""
        return self.declared is None or self.declared.goes_along


def read_form(forms: Forms, kind: str, filled: Mapping[str, Any]) -> FilledForm | None:
    """Tell everything a content's form holds in plain order; None where it holds nothing.

    Args:
        filled: of a revision: nothing of it is left out, whatever the declarations say by now.
    """
    if not _filled(filled):
        return None
    form = forms.of_kind(kind).get(str(filled.get("form", "")))
    if form is None:
        return FilledForm(None, (AnsweredSection("", _undeclared(filled)),))
    sections = [
        AnsweredSection(section.title, _answers(section.fields, filled.get(section.name) or {}))
        for section in form.sections
    ]
    known = {"form", *(section.name for section in form.sections)}
    if left := {name: value for name, value in filled.items() if name not in known}:
        sections.append(AnsweredSection("", _undeclared(left)))
    return FilledForm(form, tuple(section for section in sections if section.answers))


def _undeclared(values: Mapping[str, Any]) -> tuple[Answer, ...]:
    """Answers to questions nobody declares: under the names they have."""
    answers = []
    for name, value in values.items():
        if isinstance(value, Mapping):
            answers.append(Answer(name, records=(_undeclared(value),)))
        elif isinstance(value, list | tuple) and any(isinstance(v, Mapping) for v in value):
            records = (v if isinstance(v, Mapping) else {"": v} for v in value)
            answers.append(Answer(name, records=tuple(_undeclared(record) for record in records)))
        else:
            lines = value if isinstance(value, list | tuple) else [value]
            answers.append(Answer(name, tuple(str(line) for line in lines)))
    return tuple(answers)


def _answers(fields: tuple[FormField, ...], values: Mapping[str, Any]) -> tuple[Answer, ...]:
    answers = []
    for field in fields:
        value = values.get(field.name)
        if not value:
            continue
        if field.type == "records":
            records = tuple(_answers(field.fields, record) for record in value)
            answers.append(Answer(field.label, records=records))
        elif field.type in ("choice", "choices"):
            names = [value] if isinstance(value, str) else value
            labels = tuple(field.option_label(name) for name in names)
            answers.append(Answer(field.label, labels, words=True))
        else:
            answers.append(Answer(field.label, (value,) if isinstance(value, str) else (*value,)))
    known = {field.name for field in fields}
    return (*answers, *_undeclared({n: v for n, v in values.items() if n not in known}))


def flat_answers(filled: FilledForm | None) -> dict[tuple[str, ...], str]:
    """Return every answer as text under its headings, in order: for comparing two forms."""
    found: dict[tuple[str, ...], str] = {}
    for section in filled.sections if filled else ():
        _flatten(section.answers, (section.title,) if section.title else (), found)
    return found


def _flatten(
    answers: Iterable[Answer], path: tuple[str, ...], found: dict[tuple[str, ...], str]
) -> None:
    for answer in answers:
        if not answer.records:
            found[*path, answer.label] = "\n".join(answer.values)
        for number, record in enumerate(answer.records, start=1):
            _flatten(record, (*path, f"{answer.label} {number}"), found)
