"""What can be agreed to in advance: a scope no wider and no longer than its gates allow."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from assent import gates
from assent.cases.detainee import listed
from assent.consents.refusals import ExpiryOutOfRange, UnfitScope, WiderThanTheGate
from assent.gate.content import ContentProblem, language_tag
from assent.gate.rules import GateBook
from assent.ledger.store import as_utc
from assent.refusal import N_
from assent.wording import clean_text

LASTS = timedelta(days=90)


@dataclass(frozen=True)
class Scope:
    """What is agreed to in advance.

    Attributes:
        kinds: of action; only such as their gate lets be agreed to in advance.
        audiences: recipients as they will stand in the text, or `public`.
        languages: tags.
        excludes: `photograph`, `names_of_relatives`, or words that must not be in it.
        only_when: what has to have happened first, in words; empty: nothing.
        expires_at: its end; None: 90 days, or as long as the gates allow.
    """

    kinds: Sequence[str]
    audiences: Sequence[str]
    languages: Sequence[str]
    excludes: Sequence[str] = ()
    only_when: str = ""
    expires_at: datetime | None = None


def kinds_agreed_in_advance(book: GateBook) -> dict[str, int]:
    """Return the kinds whose gate takes a standing consent, and for how many days at most.

    A gate that asks for a stronger way of giving each yes than a mailed link takes none.
    """
    return {
        kind: rule.family_consent.max_days
        for kind, rule in book.kinds.items()
        if rule.family_consent.standing == "allowed"
        and rule.family_consent.max_days is not None
        and rule.family_consent.channel == "link"
    }


def statement_of(standing_id: UUID, values: dict[str, Any]) -> dict[str, Any]:
    """Return what the ledger keeps of a scope."""
    kept = {key: value for key, value in values.items() if value not in ("", [])}
    return kept | {
        "standing_consent": str(standing_id),
        "expires_at": as_utc(values["expires_at"]),
    }


def checked_scope(scope: Scope, now: datetime) -> dict[str, Any]:
    """Return a scope as it is recorded, if every gate it is about allows it.

    Raises:
        WiderThanTheGate, UnfitScope, ExpiryOutOfRange, UnfitText: saying what does not fit.
    """
    kinds = listed(scope.kinds, field="kinds")
    allowed = kinds_agreed_in_advance(gates.current().book)
    if not kinds:
        raise UnfitScope(N_("Name at least one kind of action."), field="kinds")
    for kind in kinds:
        if kind not in allowed:
            raise WiderThanTheGate(
                N_("{kind} is asked about each time, with its exact text."), field="kinds", kind=kind
            )  # fmt: skip
    longest = timedelta(days=min(allowed[kind] for kind in kinds))
    ends = scope.expires_at or now + min(LASTS, longest)
    if ends.tzinfo is None or ends <= now:
        raise ExpiryOutOfRange(field="expires_at")
    if ends > now + longest:
        raise WiderThanTheGate(
            N_("It can hold for {days} days at most."), field="expires_at", days=longest.days
        )
    audiences = listed(scope.audiences, field="audiences")
    if not audiences:
        raise UnfitScope(N_("Name at least one recipient."), field="audiences")
    return {
        "kinds": kinds,
        "audiences": audiences,
        "languages": _languages(scope.languages),
        "excludes": listed(scope.excludes, field="excludes"),
        "only_when": clean_text(scope.only_when, field="only_when", longest=2_000),
        "expires_at": ends,
    }


def _languages(tags: Sequence[str]) -> list[str]:
    if not tags:
        raise UnfitScope(N_("Name at least one language."), field="languages")
    try:
        return list(dict.fromkeys(language_tag(tag.strip(), "languages") for tag in tags))
    except ContentProblem as error:
        raise UnfitScope(
            N_("Give language tags such as en, fa or pt-BR."), field="languages"
        ) from error
