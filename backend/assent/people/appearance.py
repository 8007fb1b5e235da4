"""How somebody appears: staff to relatives, and the pages on a relative's own screen."""

from __future__ import annotations

from sqlalchemy import update
from sqlalchemy.ext.asyncio import AsyncSession

from assent.people.caller import Caller
from assent.people.invitations import UnfitAddress, normal_address
from assent.people.models import Person
from assent.refusal import N_, Forbidden, Invalid
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


class RelativesOnly(Forbidden):
    """Staff are told by their own organisations who signs in as them."""

    type = "relatives-only"
    title = N_("Only relatives choose this.")
    advice = ""


class SameAddress(Invalid):
    """A second way that is the first one."""

    type = "same-address"
    title = N_("Choose another address than the one you sign in with.")


async def choose_second_address(session: AsyncSession, caller: Caller, address: str) -> str | None:
    """Choose where a relative is told that their pages were opened on a device for the first time.

    Args:
        address: empty: nowhere.

    Returns:
        The address that was theirs until now, to be told once more: an intruder does not change it unseen.

    Raises:
        RelativesOnly: the caller works for an organisation.
        UnfitAddress: it is no address.
        SameAddress: it is the one they sign in with.
    """
    if caller.organisation_id is not None:
        raise RelativesOnly
    wanted = None
    if address.strip():
        try:
            wanted = normal_address(address)
        except UnfitAddress as refusal:
            raise UnfitAddress(field="second_email") from refusal
    if wanted == caller.email:
        raise SameAddress(field="second_email")
    person = await session.get_one(Person, caller.person_id)
    before = person.second_email
    if before == wanted:
        return None
    changed = update(Person).where(Person.id == caller.person_id).values(second_email=wanted)
    await session.execute(changed)
    return before


async def set_discreet(session: AsyncSession, caller: Caller, discreet: bool) -> None:
    """Give the caller's pages a neutral title and icon, or the usual ones again."""
    chosen = update(Person).where(Person.id == caller.person_id).values(discreet=discreet)
    await session.execute(chosen)
