"""A gate, a task, a case as templates draw them: plain values in the reader's language."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from starlette.requests import Request

from assent.access import Permission
from assent.gate.evaluate import GateStatus
from assent.gate.reasons import Reason
from assent.people.memberships import Standing
from assent.refusal import N_
from assent.tasks.queries import TaskLine
from assent.web.labels import ROLES, requirement_label
from assent.web.language import format_moment, language_of, translator_for
from assent.web.requirements import FAMILY, Names, Somebody, sentence_of

_STOPS = (
    "refused",
    "recused",
    "family_no",
    "detainee_no",
    "family_contests",
    "paused",
    "concern_open",
    "hold_open",
    "review_refused",
)


# Met, these only say that nothing stands in the way: pages say so once for all of them.
_QUIET = ("pause", "concern:", "hold:", "release:")
_THE_FAMILY = N_("the family")


@dataclass(frozen=True)
class PanelLine:
    """One requirement of a gate on a page.

    Attributes:
        stop: somebody has said no, or stopped it: more than something not there yet.
    """

    key: str
    label: str
    met: bool
    stop: bool
    why: str
    by: list[str]
    at: datetime | None

    @property
    def quiet(self) -> bool:
        """Whether it is met and not worth a line of its own."""
        return self.met and self.key.startswith(_QUIET)


@dataclass(frozen=True)
class Glance:
    """A gate in one line.

    Attributes:
        signs: `met`, `stop` or nothing, for each requirement that is worth a sign.
        missing: why the first requirement that is not met is not met, in a sentence; empty: all are.
    """

    signs: tuple[str, ...]
    missing: str

    @property
    def met(self) -> int:
        """How many of the signs say met."""
        return self.signs.count("met")


@dataclass(frozen=True)
class TaskOnPage:
    """One task on a page.

    Attributes:
        path: where to go for it.
        decides: whether it asks a relative to decide on a text.
    """

    id: UUID
    title: str
    about: str
    path: str
    due_on: date | None
    can_close: bool
    waits_for: str
    decides: bool


def gate_panel(request: Request, status: GateStatus, names: Names) -> list[PanelLine]:
    """Return a gate's requirements for the page."""
    translate, language = translator_for(request), language_of(request)
    return [
        PanelLine(
            key=r.key,
            label=translate(requirement_label(r.key)).format(
                organisation=names.organisation(r.key.rpartition(":")[2])
            ),
            met=r.met,
            stop=r.why.code in _STOPS,
            why=sentence_of(_readable(r.why, language), names, translate),
            by=[somebody(who, translate) for who in dict.fromkeys(map(names.of, r.by))],
            at=r.at,
        )
        for r in map(names.as_told, status.requirements)
    ]


def gate_glance(request: Request, status: GateStatus, names: Names) -> Glance:
    """Return a gate for a list: a page of many gates has no time for every sentence of each."""
    lines = [names.as_told(r) for r in status.requirements]
    first = next((r for r in lines if not r.met), None)
    missing = ""
    if first is not None:
        why = _readable(first.why, language_of(request))
        missing = sentence_of(why, names, translator_for(request))
    signs = tuple(
        "met" if r.met else "stop" if r.why.code in _STOPS else ""
        for r in lines
        if not (r.met and r.key.startswith(_QUIET))
    )
    return Glance(signs, missing)


def somebody(person: Somebody, translate: Callable[[str], str]) -> str:
    """Return the name under which a person is shown to this reader."""
    return translate(_THE_FAMILY) if person.person == FAMILY else person.person or ""


def _readable(reason: Reason, language: str) -> Reason:
    """The reason with its time in the reader's words."""
    if (moment := reason.params.get("not_before")) is None:
        return reason
    words = format_moment(datetime.fromisoformat(moment), language)
    return Reason(reason.code, {**reason.params, "not_before": words})


def task_on_page(request: Request, task: TaskLine) -> TaskOnPage:
    """Return a task with its sentence and where to go for it."""
    translate = translator_for(request)
    sentence, params = task.sentence
    decides = task.kind == "gate" and (task.gate_key or "").startswith("consent:family")
    path = f"/cases/{task.case_slug}"
    if task.action_id is not None:
        path = f"/actions/{task.action_id}" + ("/decide" if decides else "")
    if (task.gate_key or "").startswith("consent:attest:"):
        path = f"/consents/{(task.gate_key or '').rpartition(':')[2]}/attest"
    if task.kind == "launch":
        path = f"/launches/{(task.gate_key or '').rpartition(':')[2]}"
    role = translate(ROLES.get(task.role or "", task.role or ""))
    waits_for = task.assignee or task.organisation or role
    return TaskOnPage(
        id=task.id,
        title=translate(sentence).format(**params),
        about=task.action_title or task.case_title,
        path=path,
        due_on=task.due_on,
        can_close=task.mine and task.kind != "gate",
        waits_for=translate(_THE_FAMILY) if task.for_family else waits_for,
        decides=decides,
    )


def may(standing: Standing) -> set[str]:
    """Return every permission of a standing, for templates that show only what can be done."""
    return {permission.value for permission in Permission if standing.may(permission)}
