"""policies/forms/dossiers/: what a request to each jurisdiction is made of, in its own order."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from assent.access import PolicyFileError
from assent.policy_file import read_policy_file
from assent.sanctions.jurisdictions import Code, Fact, Jurisdictions, Words

Abuse = Literal[
    "life", "torture", "slavery", "arbitrary_detention", "disappearance", "fair_trial", "persecution",
    "corruption",
]  # fmt: skip
ABUSES: tuple[str, ...] = Abuse.__args__  # type: ignore[attr-defined]
Fills = Literal[
    "text", "answer", "perpetrator", "abuse", "evidence", "link", "assets", "exculpatory", "listings",
    "confidentiality",
]  # fmt: skip
_IN_EVERY_ONE = {
    "perpetrator",
    "abuse",
    "evidence",
    "link",
    "exculpatory",
    "listings",
    "confidentiality",
}


class _Declared(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Part(_Declared):
    """One part of a dossier.

    Attributes:
        text: of a part that stands here as it is.
        ask: what the drafter is asked to write.
        required: whether it has to be written before anybody is asked to clear the dossier.
    """

    key: Code
    title: Words
    fills: Fills
    text: str = ""
    ask: str = ""
    required: bool = False

    @model_validator(mode="after")
    def _fits(self) -> Self:
        if bool(self.text) != (self.fills == "text"):
            raise ValueError("text belongs to parts that fill text, and to nothing else")
        if bool(self.ask) != (self.fills in ("answer", "confidentiality")):
            raise ValueError("ask belongs to parts that fill answer or confidentiality")
        if self.required and not self.ask:
            raise ValueError("only what is asked can be required")
        return self


class PartWords(_Declared):
    """What a part is called, and says, in another language."""

    title: Words
    text: str = ""


class FormWords(_Declared):
    """A form's own words in another language in which the jurisdiction takes requests."""

    title: Words
    head: Words
    legal_test: Words
    parts: Mapping[Code, PartWords]


ENGLISH = "en"
Tag = Annotated[str, Field(pattern=r"^[a-z]{2,3}$")]


class DossierForm(_Declared):
    """A request to one jurisdiction.

    Attributes:
        title: with {target} where its name goes.
        head: at the top of every page.
        covers: the abuses its law covers; one of those claimed has to be among them.
        covers_why: what is said where none is.
        languages: in which it takes requests beside English.
    """

    jurisdiction: Code
    title: Words
    head: Words
    addressee: Fact
    legal_test: Fact
    covers: Annotated[tuple[Abuse, ...], Field(min_length=1)]
    covers_why: str = ""
    parts: Annotated[tuple[Part, ...], Field(min_length=1)]
    languages: Mapping[Tag, FormWords] = {}

    @model_validator(mode="after")
    def _whole(self) -> Self:
        keys = [part.key for part in self.parts]
        if len(set(keys)) != len(keys):
            raise ValueError("a key stands here twice")
        if missing := _IN_EVERY_ONE - {part.fills for part in self.parts}:
            raise ValueError(f"every dossier has these parts too: {', '.join(sorted(missing))}")
        if "{target}" not in self.title:
            raise ValueError("the title says {target} where the name goes")
        for tag, words in self.languages.items():
            if set(words.parts) != set(keys):
                raise ValueError(f"languages, {tag}: its parts are those of the form")
            texts = {key for key, part in words.parts.items() if part.text}
            if texts != {part.key for part in self.parts if part.text}:
                raise ValueError(f"languages, {tag}: text belongs where the form has one")
            if "{target}" not in words.title:
                raise ValueError(f"languages, {tag}: the title says {{target}} where the name goes")
        return self

    def in_language(self, tag: str) -> DossierForm:
        """Return this form with its own words in another language; English is as it stands."""
        if tag == ENGLISH:
            return self
        words = self.languages[tag]
        parts = tuple(
            part.model_copy(update=words.parts[part.key].model_dump(exclude_unset=True))
            for part in self.parts
        )
        test = self.legal_test.model_copy(update={"says": words.legal_test})
        update = {"title": words.title, "head": words.head, "legal_test": test, "parts": parts}
        return self.model_copy(update=update)

    @property
    def asked(self) -> tuple[Part, ...]:
        """The parts the drafter writes."""
        return tuple(part for part in self.parts if part.ask)


@dataclass(frozen=True)
class DossierForms:
    """All forms, by jurisdiction."""

    by_code: Mapping[str, DossierForm]

    def get(self, code: str) -> DossierForm | None:
        """Return a jurisdiction's form; None where it was taken out."""
        return self.by_code.get(code)


def load_dossier_forms(policies: Path, jurisdictions: Jurisdictions) -> DossierForms:
    """Read every form, and check that each jurisdiction has one.

    Raises:
        PolicyFileError: naming file, line, field and reason.
    """
    folder, forms = policies / "forms" / "dossiers", {}
    for path in sorted(folder.glob("*.yaml")):
        form = read_policy_file(path, DossierForm)
        if form.jurisdiction != path.stem:
            raise PolicyFileError(f"{path}, line 1: jurisdiction: the file is called after it")
        forms[form.jurisdiction] = form
    for code in jurisdictions.by_code:
        if code not in forms:
            raise PolicyFileError(
                f"{policies / 'jurisdictions.yaml'}, line 1: {code}: it has no dossier, {folder / code}.yaml"
            )
    return DossierForms(forms)


def set_current(forms: DossierForms) -> None:
    """Use these in this process from now on."""
    global _current
    _current = forms


def current() -> DossierForms:
    """Return those in force in this process: none before they were read."""
    return _current


_current = DossierForms({})
