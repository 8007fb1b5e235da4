"""A gate, a task, a case as templates draw them: plain values in the reader's language."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from starlette.requests import Request

from assent.access import Permission
from assent.gate.evaluate import GateStatus
from assent.people.memberships import Standing
from assent.tasks.queries import TaskLine
from assent.web.labels import ROLES, requirement_label
from assent.web.language import translator_for
from assent.web.requirements import FAMILY, Names, requirement_lines

_STOPS = (
    "refused",
    "recused",
    "family_no",
    "paused",
    "concern_open",
    "hold_open",
    "review_refused",
)


@dataclass(frozen=True)
class PanelLine:
    """One requirement of a gate on a page."""

    key: str
    label: str
    met: bool
    stop: bool
    why: str
    by: list[str]
    at: datetime | None


@dataclass(frozen=True)
class TaskOnPage:
    """One task on a page."""

    id: UUID
    title: str
    about: str
    path: str
    due_on: date | None
    can_close: bool
    waits_for: str


def gate_panel(request: Request, status: GateStatus, names: Names) -> list[PanelLine]:
    """Return a gate's requirements for the page."""
    translate = translator_for(request)
    codes = {r.key: r.why.code for r in status.requirements}
    return [
        PanelLine(
            key=line.key,
            label=translate(requirement_label(line.key)).format(
                organisation=names.organisation(line.key.rpartition(":")[2])
            ),
            met=line.met,
            stop=codes[line.key] in _STOPS,
            why=line.why,
            by=[translate("the family") if s.person == FAMILY else s.person or "" for s in line.by],
            at=line.at,
        )
        for line in requirement_lines(status, names, translate)
    ]


def missing_sentences(request: Request, status: GateStatus, names: Names) -> list[str]:
    """Return what a gate still needs, a sentence each."""
    return [line.why for line in gate_panel(request, status, names) if not line.met]


def task_on_page(request: Request, task: TaskLine) -> TaskOnPage:
    """Return a task with its sentence and where to go for it."""
    translate = translator_for(request)
    sentence, params = task.sentence
    decides = task.kind == "gate" and (task.gate_key or "").startswith("consent:family")
    path = f"/cases/{task.case_slug}"
    if task.action_id is not None:
        path = f"/actions/{task.action_id}" + ("/decide" if decides else "")
    role = translate(ROLES.get(task.role or "", task.role or ""))
    waits_for = task.assignee or task.organisation or role
    return TaskOnPage(
        id=task.id,
        title=translate(sentence).format(**params),
        about=task.action_title or task.case_title,
        path=path,
        due_on=task.due_on,
        can_close=task.mine and task.kind != "gate",
        waits_for=translate("the family") if task.for_family else waits_for,
    )


def may(standing: Standing) -> set[str]:
    """Return every permission of a standing, for templates that show only what can be done."""
    return {permission.value for permission in Permission if standing.may(permission)}
