"""The procedures of policies/procedures.yaml: which step follows which, and what is due when."""

from __future__ import annotations

import calendar
from collections.abc import Iterator, Mapping
from datetime import date, timedelta
from pathlib import Path
from typing import Annotated, Any, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from assent.access import PolicyFileError
from assent.actions.kinds.declared import Forms, Name, Source, Words
from assent.policy_file import read_policy_file

FILED = "filed"
_LONGEST_DAYS = 3650


class _Declared(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Due(_Declared):
    """How long after another step something is due; months are those of the calendar."""

    after: Name
    days: Annotated[int, Field(ge=0, le=_LONGEST_DAYS)] = 0
    months: Annotated[int, Field(ge=0, le=120)] = 0

    def on(self, day: date) -> date:
        """Return the day on which it is due."""
        month = day.month - 1 + self.months
        year, month = day.year + month // 12, month % 12 + 1
        last = calendar.monthrange(year, month)[1]
        return date(year, month, min(day.day, last)) + timedelta(days=self.days)


class Step(_Declared):
    """One step of a procedure.

    Attributes:
        due: when it should have happened; None: nobody can say.
        task: what is to be done by then, in a sentence.
    """

    name: Name
    label: Words
    due: Due | None = None
    task: str = ""

    @model_validator(mode="after")
    def _task_with_due(self) -> Self:
        if (self.due is None) == bool(self.task):
            raise ValueError("due and task belong together")
        return self


class Procedure(_Declared):
    """What follows after something of one form was filed."""

    kind: Name
    form: Name
    source: Source
    steps: Annotated[tuple[Step, ...], Field(min_length=1)]

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        before: set[str] = set()
        for step in self.steps:
            if not before and step.name != FILED:
                raise ValueError(f"the first step is {FILED}")
            if step.name in before:
                raise ValueError(f"{step.name} stands here twice")
            if step.due is not None and step.due.after not in before:
                raise ValueError(f"{step.name} is due after a step that does not come before it")
            before.add(step.name)
        return self

    def step(self, name: str) -> Step | None:
        """Return a step by its name."""
        return next((step for step in self.steps if step.name == name), None)

    def following(self, name: str) -> list[Step]:
        """Return the steps whose time runs from this one."""
        return [step for step in self.steps if step.due is not None and step.due.after == name]


class Procedures(_Declared):
    """All procedures."""

    procedures: tuple[Procedure, ...] = ()

    def of(self, kind: str, content: Mapping[str, Any] | None) -> Procedure | None:
        """Return the procedure of a content, as JSON; None where nothing follows."""
        form = ((content or {}).get("form") or {}).get("form")
        found = (p for p in self.procedures if (p.kind, p.form) == (kind, form))
        return next(found, None)

    def sentences(self) -> Iterator[str]:
        """Every sentence people read, for translators."""
        for step in (step for procedure in self.procedures for step in procedure.steps):
            yield from filter(None, (step.label, step.task))


def load_procedures(policies: Path, forms: Forms) -> Procedures:
    """Read policies/procedures.yaml.

    Raises:
        PolicyFileError: naming file, line, field and reason; also for a form nobody declares.
    """
    path = policies / "procedures.yaml"
    found = read_policy_file(path, Procedures)
    for procedure in found.procedures:
        if procedure.form not in forms.of_kind(procedure.kind):
            raise PolicyFileError(
                f"{path}: {procedure.kind} has no form {procedure.form} in {policies / 'forms'}"
            )
    return found


def set_current(procedures: Procedures) -> None:
    """Use these procedures in this process from now on."""
    global _current
    _current = procedures


def current() -> Procedures:
    """Return the procedures in force in this process: none before they were read."""
    return _current


_current = Procedures()
