"""What a yes may depend on, as people send it: checked, and brought to the one form that is recorded."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from assent.cases.countries import is_country
from assent.consents.refusals import ConditionNotUnderstood, ConditionsMissing, NoConditionsHere
from assent.gate.conditions import KIND_ORDER
from assent.gate.content import ContentProblem, language_tag
from assent.refusal import N_
from assent.wording import clean_text

WITH_CONDITIONS = "yes_with_conditions"
MOST_CONDITIONS = 50
_LONGEST_WORDS = 2_000
_WITHOUT_VALUE = frozenset({"no_name", "no_photograph"})


def checked_conditions(
    decision: str, raw: Sequence[Mapping[str, Any]]
) -> list[dict[str, str | list[str]]]:
    """Return the conditions of a yes in the form and order in which they are recorded.

    Args:
        decision: only `yes_with_conditions` carries any.
        raw: `{kind, value}` each, as a form or the API sends them.

    Raises:
        ConditionsMissing, NoConditionsHere: they do not fit the decision.
        ConditionNotUnderstood: naming which, and what is expected.
    """
    if decision != WITH_CONDITIONS:
        if raw:
            raise NoConditionsHere(field="conditions")
        return []
    if not raw:
        raise ConditionsMissing(field="conditions")
    if len(raw) > MOST_CONDITIONS:
        raise _wrong(N_("At most {most} conditions fit into one answer."), most=MOST_CONDITIONS)
    checked = []
    for one in raw:
        condition = _checked(one)
        if condition not in checked:
            checked.append(condition)
    return sorted(checked, key=lambda c: (KIND_ORDER.index(c["kind"]), str(c.get("value", ""))))


def _checked(raw: Mapping[str, Any]) -> dict[str, Any]:
    kind, value = raw.get("kind"), raw.get("value")
    if kind not in KIND_ORDER or set(raw) - {"kind", "value"}:
        raise _wrong(N_("A condition is one of: {kinds}."), kinds=", ".join(KIND_ORDER))
    if kind in _WITHOUT_VALUE:
        if value not in (None, "", True):
            raise _wrong(N_("{kind} takes no value."), kind=kind)
        return {"kind": kind}
    if kind == "only_organisations":
        return {"kind": kind, "value": _organisations(value)}
    if not isinstance(value, str) or not value.strip():
        raise _wrong(N_("{kind}: say what is meant."), kind=kind)
    reader = {
        "not_before": _moment,
        "not_in_language": _language,
        "not_in_country": _country,
        "other": _words,
    }[kind]
    return {"kind": kind, "value": reader(value.strip())}


def _organisations(value: object) -> list[str]:
    slugs = value if isinstance(value, list) else []
    if not slugs or not all(isinstance(slug, str) and slug for slug in slugs):
        raise _wrong(N_("only_organisations: name at least one organisation by its short name."))
    return sorted({str(slug) for slug in slugs})


def _moment(value: str) -> str:
    try:
        moment = datetime.fromisoformat(value)
        if moment.tzinfo is None:
            raise ValueError
        return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    except (ValueError, OverflowError) as error:
        raise _wrong(
            N_("not_before: give a time with its zone, such as 2026-12-01T09:00:00Z.")
        ) from error


def _language(value: str) -> str:
    try:
        return language_tag(value, "conditions")
    except ContentProblem as error:
        raise _wrong(N_("not_in_language: give a language tag such as en, fa or pt-BR.")) from error


def _country(value: str) -> str:
    if not is_country(value.upper()):
        raise _wrong(N_("not_in_country: give a country's two letters, such as IR (ISO 3166-1)."))
    return value.upper()


def _words(value: str) -> str:
    return clean_text(value, field="conditions", longest=_LONGEST_WORDS)


def _wrong(detail: str, **params: Any) -> ConditionNotUnderstood:
    return ConditionNotUnderstood(detail, field="conditions", **params)
