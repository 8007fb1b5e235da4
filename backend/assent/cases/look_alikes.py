"""Names that could be taken for those of others in the case: letters of another script, same shape."""

from __future__ import annotations

import unicodedata
from functools import cache
from uuid import UUID

from confusable_homoglyphs.confusables import confusables_data
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from assent.people.invitations import LookAlikeName
from assent.people.models import Membership, Person
from assent.refusal import N_


async def require_distinct_name(
    session: AsyncSession, case_id: UUID, person_id: UUID, name: str
) -> None:
    """Check that nobody in the case has another name that looks the same.

    Two people may well have the very same name: they are told apart by their addresses.

    Raises:
        LookAlikeName: naming the other one.
    """
    query = (
        select(Person.name)
        .join(Membership, Membership.person_id == Person.id)
        .where(Membership.case_id == case_id, Membership.ended_at.is_(None), Person.id != person_id)
        .distinct()
    )
    shape = shape_of(name)
    for other in await session.scalars(query):
        if other.casefold() != name.casefold() and shape_of(other) == shape:
            raise LookAlikeName(
                N_("It looks like {other}, who is in this case, in other letters."),
                field="name",
                other=other,
            )


def shape_of(name: str) -> str:
    """Return what a name looks like: each letter as the plainest one of the same shape."""
    plain = unicodedata.normalize("NFKD", " ".join(name.split()))
    return "".join(_plainest(char) for char in plain)


@cache
def _plainest(char: str) -> str:
    """The letter that most others of this shape resemble: Unicode's list leads each one to it."""
    alike: list[str] = [
        entry["c"] for entry in confusables_data.get(char, ()) if len(entry["c"]) == 1
    ]
    return max([char, *alike], key=lambda c: (len(confusables_data.get(c, ())), -ord(c)))
