"""How somebody appears: staff to relatives, and the pages on a relative's own screen."""

from __future__ import annotations

from sqlalchemy import update
from sqlalchemy.ext.asyncio import AsyncSession

from assent.people.caller import Caller
from assent.people.models import Person
from assent.refusal import N_, Forbidden
from assent.wording import clean_line, clean_text

_LONGEST_NAME = 100
_LONGEST_REACH = 200


class StaffOnly(Forbidden):
    """Relatives appear under their own names, and only to whom they should."""

    type = "staff-only"
    title = N_("Only somebody who works for an organisation chooses this.")
    advice = ""


async def choose_appearance(
    session: AsyncSession, caller: Caller, shown_as: str, reached_at: str
) -> None:
    """Choose the name under which relatives read of the caller, and how they reach them.

    Args:
        shown_as: empty: their own name; otherwise their address is shown to no relative either.
        reached_at: a telephone number, say; empty for none.

    Raises:
        StaffOnly: the caller works for no organisation.
        UnfitText: unfit characters, or too long.
    """
    if caller.organisation_id is None:
        raise StaffOnly
    name = clean_line(shown_as, field="shown_as", longest=_LONGEST_NAME) if shown_as.strip() else ""
    values = {
        "shown_as": name or None,
        "reached_at": clean_text(reached_at, field="reached_at", longest=_LONGEST_REACH),
    }
    await session.execute(update(Person).where(Person.id == caller.person_id).values(**values))


async def set_discreet(session: AsyncSession, caller: Caller, discreet: bool) -> None:
    """Give the caller's pages a neutral title and icon, or the usual ones again."""
    chosen = update(Person).where(Person.id == caller.person_id).values(discreet=discreet)
    await session.execute(chosen)
