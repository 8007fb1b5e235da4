"""The forms declared in policies/forms/: one file each, read and checked at every start."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from assent.access import PolicyFileError
from assent.policy_file import read_policy_file

# line: one line · text: several · date: a day, or as much of it as is known · choice, choices: one or
# more of the options · lines: a list, one a line · recipients: such a list, of people with addresses ·
# moment: a time, in UTC · organisations: of those that sign · zone: a time zone's name ·
# country: its code · records: a list of small forms · picture: the digest of one that may become public
FieldType = Literal[
    "line",
    "text",
    "date",
    "choice",
    "choices",
    "lines",
    "recipients",
    "zone",
    "country",
    "moment",
    "organisations",
    "records",
    "picture",
]
Name = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,39}$")]
Words = Annotated[str, Field(min_length=1)]


class _Declared(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Option(_Declared):
    """One of the answers to choose from."""

    name: Name
    label: Words


class FormField(_Declared):
    """One question of a form.

    Attributes:
        required: whether it has to be answered before the text is put to the gate.
        options: of `choice` and `choices`.
        fields: of `records`.
    """

    name: Name
    label: Words
    help: str = ""
    type: FieldType = "line"
    required: bool = False
    options: tuple[Option, ...] = ()
    fields: tuple[FormField, ...] = ()

    @model_validator(mode="after")
    def _fits_its_type(self) -> Self:
        if bool(self.options) != (self.type in ("choice", "choices")):
            raise ValueError("options belong to choice and choices, and to nothing else")
        if bool(self.fields) != (self.type == "records"):
            raise ValueError("fields belong to records, and to nothing else")
        if any(field.type == "records" for field in self.fields):
            raise ValueError("records hold no further records")
        _once(option.name for option in self.options)
        _once(field.name for field in self.fields)
        return self

    def option_label(self, name: str) -> str:
        """Return what an option is called."""
        return next((option.label for option in self.options if option.name == name), name)


class Section(_Declared):
    """A part of a form with a heading of its own."""

    name: Name
    title: Words
    help: str = ""
    fields: Annotated[tuple[FormField, ...], Field(min_length=1)]

    @model_validator(mode="after")
    def _fields_once(self) -> Self:
        _once(field.name for field in self.fields)
        return self


class SeparateQuestion(_Declared):
    """Something the family is asked apart from whether the text may go out.

    Attributes:
        otherwise: what a no becomes: a condition of the yes that a coordinator has to promise.
    """

    name: Name
    ask: Words
    otherwise: Words


class Source(_Declared):
    """Where the questions come from, and when that was last looked at.

    Attributes:
        unchecked: what of it is from memory, and has to be checked before it is relied on.
    """

    what: Words
    checked: Annotated[str, Field(pattern=r"^\d{4}-\d{2}-\d{2}$")]
    how: Words = "read on the public page"
    unchecked: str = ""


class Form(_Declared):
    """A form of one kind of action.

    Attributes:
        form: its name, in the content's `form.form`.
        goes_along: whether what is filled in is part of the document that goes out. If not, it is
            about the document: who gets it, who was quoted.
    """

    kind: Name
    form: Name
    title: Words
    about: str = ""
    source: Source
    goes_along: bool = True
    questions: tuple[SeparateQuestion, ...] = ()
    sections: Annotated[tuple[Section, ...], Field(min_length=1)]

    @model_validator(mode="after")
    def _names_once(self) -> Self:
        _once(section.name for section in self.sections)
        _once(question.name for question in self.questions)
        if any(section.name == "form" for section in self.sections):
            raise ValueError("no section is called form: that names the form itself")
        return self


def _once(names: Iterator[str]) -> None:
    seen: set[str] = set()
    for name in names:
        if name in seen:
            raise ValueError(f"{name} stands here twice")
        seen.add(name)


@dataclass(frozen=True)
class Forms:
    """All forms, by kind and name, in the order of their files."""

    by_kind: Mapping[str, Mapping[str, Form]]

    def of_kind(self, kind: str) -> Mapping[str, Form]:
        """Return a kind's forms by name: none where none is declared."""
        return self.by_kind.get(kind, {})

    def sentences(self) -> Iterator[str]:
        """Every sentence people read, for translators."""
        for form in chain.from_iterable(kind.values() for kind in self.by_kind.values()):
            yield from (form.title, form.about)
            for question in form.questions:
                yield from (question.ask, question.otherwise)
            for section in form.sections:
                yield from (section.title, section.help)
                for field in chain(section.fields, *(f.fields for f in section.fields)):
                    yield from (field.label, field.help, *(o.label for o in field.options))


def load_forms(policies: Path) -> Forms:
    """Read every form.

    Raises:
        PolicyFileError: naming file, line, field and reason.
    """
    by_kind: dict[str, dict[str, Form]] = {}
    for path in sorted((policies / "forms").glob("*.yaml")):
        form = read_policy_file(path, Form)
        forms = by_kind.setdefault(form.kind, {})
        if form.form in forms:
            raise PolicyFileError(f"{path}, line 1: form: {form.form} is declared in two files")
        forms[form.form] = form
    return Forms(by_kind)


def set_current(forms: Forms) -> None:
    """Use these forms in this process from now on."""
    global _current
    _current = forms


def current() -> Forms:
    """Return the forms in force in this process: none before they were read."""
    return _current


_current = Forms({})
