"""A gate's answer as people read it: every requirement, met by whom, or missing from whom, and why.

The same presenter serves the API's gate, the problem document of a shut gate, and pages.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select, text
from sqlalchemy.ext.asyncio import AsyncSession

from assent.actions.kinds.public_statement import may_be_missing
from assent.gate.evaluate import GateStatus, Missing, Requirement
from assent.gate.reasons import SENTENCES, Reason
from assent.gate.roles import FAMILY_ROLES, Role
from assent.ledger.store import as_utc
from assent.people.memberships import Standing
from assent.people.models import SHOWN_NAME, Membership, Organisation, Person

FAMILY = "family"
# Reasons that say what somebody of the family has, or has not, said.
_OTHERS_WORDS = frozenset({"family_no", "family_withdrew", "family_question", "family_waits"})
_SEES_VOTES = text("select cast(:case_id as uuid) = any (assent.my_votes_cases())")
Translate = Callable[[str], str]


@dataclass(frozen=True)
class Somebody:
    """A person as this reader may see them; relatives are `family` to those outside it."""

    person: str | None
    organisation: str | None

    def as_json(self) -> dict[str, str | None]:
        """Return the API's form."""
        return {"person": self.person, "organisation": self.organisation}


@dataclass(frozen=True)
class Lacking:
    """From whom something is missing."""

    role: str | None
    organisation: str | None
    person: str | None

    def as_json(self) -> dict[str, str | None]:
        """Return the API's form."""
        return {"role": self.role, "organisation": self.organisation, "person": self.person}


@dataclass(frozen=True)
class RequirementLine:
    """One requirement of a gate.

    Attributes:
        key: what it is about, for programs.
        why: a sentence in the reader's language.
    """

    key: str
    met: bool
    by: tuple[Somebody, ...]
    at: datetime | None
    missing_from: tuple[Lacking, ...]
    why: str

    def as_json(self) -> dict[str, Any]:
        """Return the API's form."""
        return {
            "key": self.key,
            "met": self.met,
            "by": [somebody.as_json() for somebody in self.by],
            "at": as_utc(self.at) if self.at else None,
            "missing_from": [lacking.as_json() for lacking in self.missing_from],
            "why": self.why,
        }


class Names:
    """Who is who in a case, as one reader may see it."""

    def __init__(
        self,
        people: dict[str, Somebody],
        relatives: set[str],
        organisations: dict[str, str],
        votes_hidden_from: str | None = None,
    ) -> None:
        self._people, self._relatives, self._organisations = people, relatives, organisations
        self._votes_hidden_from = votes_hidden_from

    def as_told(self, requirement: Requirement) -> Requirement:
        """Return a requirement as this reader is told it.

        Relatives and counsel are told that the family agrees or does not, never what another of them has said,
        unless the family chose otherwise.
        """
        me = self._votes_hidden_from
        if me is None or requirement.key != "consent:family":
            return requirement
        told = replace(
            requirement,
            by=tuple(person for person in requirement.by if person == me),
            missing_from=(Missing(role=Role.DECISION_MAKER),) if requirement.missing_from else (),
            at=requirement.at if requirement.met else None,
        )
        neutral = requirement.why.code in _OTHERS_WORDS
        return replace(told, why=Reason("family_not_agreed")) if neutral else told

    def of(self, person: str | UUID | None) -> Somebody:
        """Return a person under the name this reader may see."""
        key = str(person)
        if key in self._relatives:
            return Somebody(FAMILY, None)
        return self._people.get(key, Somebody(None, None))

    def organisation(self, slug: str | None) -> str | None:
        """Return an organisation's name."""
        return self._organisations.get(slug, slug) if slug else None


async def names_for(session: AsyncSession, reader: Standing, further: Iterable[UUID] = ()) -> Names:
    """Read who is, or was, in a case, for a reader who takes part in it.

    Args:
        reader: relatives' names are given to family, counsel and coordinators only.
        further: ids of people to know besides.
    """
    membership = Membership.case_id == reader.case_id
    rows = await session.execute(
        select(
            Membership.person_id, Membership.role, SHOWN_NAME, Organisation.slug, Organisation.name
        )
        .join(Person, Person.id == Membership.person_id)
        .outerjoin(Organisation, Organisation.id == Membership.organisation_id)
        .where(membership)
        .order_by(Membership.granted_at)
    )
    people: dict[str, Somebody] = {}
    relatives: set[str] = set()
    organisations: dict[str, str] = {}
    for person_id, role, name, slug, organisation in rows:
        people[str(person_id)] = Somebody(name, slug)
        if slug:
            organisations[slug] = organisation
        if role in FAMILY_ROLES and not reader.sees_family:
            relatives.add(str(person_id))
    unknown = [person for person in further if str(person) not in people]
    if unknown:
        query = (
            select(Person.id, SHOWN_NAME, Organisation.slug)
            .outerjoin(Organisation, Organisation.id == Person.organisation_id)
            .where(Person.id.in_(unknown))
        )
        for person_id, name, slug in await session.execute(query):
            hidden = not slug and not reader.sees_family
            people[str(person_id)] = Somebody(FAMILY if hidden else name, slug)
    return Names(people, relatives, organisations, await _votes_hidden_from(session, reader))


async def _votes_hidden_from(session: AsyncSession, reader: Standing) -> str | None:
    """Who reads, where they are not to know what others of the family said."""
    person = session.sync_session.info.get("person")
    if person is None or not reader.sees_family or reader.holds(Role.COORDINATOR):
        return None
    seen = (await session.execute(_SEES_VOTES, {"case_id": reader.case_id})).scalar_one()
    return None if seen else str(person)


def requirement_lines(
    status: GateStatus, names: Names, translate: Translate = str
) -> list[RequirementLine]:
    """Return a gate's requirements in the reader's words."""
    return [_line(names.as_told(r), names, translate) for r in status.requirements]


def sentence_of(reason: Reason, names: Names, translate: Translate = str) -> str:
    """Return a reason as a sentence, organisations under their names."""
    params = dict(reason.params)
    if "organisation" in params:
        params["organisation"] = names.organisation(params["organisation"]) or ""
    if reason.code == "condition_only_organisations":
        slugs = params["values"].split(", ")
        params["values"] = ", ".join(names.organisation(slug) or slug for slug in slugs)
    return translate(SENTENCES[reason.code]).format(**params)


def gate_document(status: GateStatus, names: Names, translate: Translate = str) -> dict[str, Any]:
    """Return `{open, digest, requirements}`, the API's form of a gate's answer."""
    lines = requirement_lines(status, names, translate)
    return {
        "open": status.open,
        "digest": status.digest,
        "requirements": [line.as_json() for line in lines],
    }


def _line(requirement: Requirement, names: Names, translate: Translate) -> RequirementLine:
    return RequirementLine(
        key=requirement.key,
        met=requirement.met,
        by=tuple(dict.fromkeys(names.of(person) for person in requirement.by)),
        at=requirement.at,
        missing_from=tuple(
            dict.fromkeys(
                Lacking(
                    role=missing.role.value if missing.role else None,
                    organisation=missing.organisation,
                    person=names.of(missing.person).person
                    if missing.person
                    else _nobody(missing.role),
                )
                for missing in requirement.missing_from
            )
        ),
        why=sentence_of(requirement.why, names, translate),
    )


def _nobody(role: Role | None) -> str | None:
    return FAMILY if role in FAMILY_ROLES else None


def sign_on_line(
    content: Mapping[str, Any], names: Names
) -> tuple[datetime, list[str | None]] | None:
    """Return until when organisations can sign a text, and the names of those that may be missing then."""
    found = may_be_missing(content)
    return found and (found[0], [names.organisation(slug) for slug in found[1]])
