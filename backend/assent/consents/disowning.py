"""What was agreed to on a device that was not the relative's: held until they say it themselves.

They press one button on another device. Whoever it was is signed out; every yes given there shuts its
gate until it is said again, and what had gone out on it is taken back; what was agreed to in advance
there is ended. Coordinators and safety reviewers are asked to call the relative.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import select, text
from sqlalchemy.ext.asyncio import AsyncSession

from assent.consents.standing import end_standing_consent
from assent.consents.taking_back import contest_disowned, withdraw_consent
from assent.database.session import lock_action, lock_case
from assent.gate.roles import Role
from assent.notify.mail import MailKind, enqueue_mail
from assent.people.caller import Caller
from assent.people.memberships import people_with_role
from assent.people.models import Membership
from assent.people.other_devices import of_that_browser
from assent.people.shutting_out import shut_out
from assent.tasks.service import open_device_task

# The caller's yeses that are their last word on their text and were given there, or by a program since then: whoever
# is signed in can make a key for one.
_GIVEN_THERE = text("""
    select c.id, c.action_id, c.case_id, c.given_in is not null as on_a_page from assent.consents c
    where c.person_id = :me and assent.says_yes(c.decision)
      and (c.given_in = any(:sessions) or (c.channel = 'token' and c.at >= :began))
      and not exists (select 1 from assent.consents n where n.revision_id = c.revision_id
        and n.person_id = c.person_id and n.ledger_index > c.ledger_index)
      and not exists (select 1 from assent.consent_withdrawals w where w.consent_id = c.id)
      and assent.contested_at(c) is null
    order by c.action_id, c.id
""")
_IN_ADVANCE = text("""
    select distinct a.standing_consent_id as id from assent.standing_consent_answers a
    where a.person_id = :me and a.agrees
      and (a.given_in = any(:sessions) or (a.channel = 'token' and a.at >= :began))
      and not exists (select 1 from assent.standing_consent_ends e where e.standing_consent_id = a.standing_consent_id)
    order by 1
""")
_HELD = text("""
    select c.id, c.action_id, c.language, c.at, r.content #>> array['languages', c.language, 'title'] as title
    from assent.consents c left join assent.revisions r on r.id = c.revision_id
    where c.person_id = :me and c.recorded_by is null and assent.contested_at(c) is not null
      and not exists (select 1 from assent.consents n where n.revision_id = c.revision_id
        and n.person_id = c.person_id and n.ledger_index > c.ledger_index)
    order by c.ledger_index desc
""")


@dataclass(frozen=True)
class Held:
    """A yes that is held because it was given on a device its giver says was not theirs."""

    id: UUID
    action_id: UUID
    language: str
    at: datetime
    title: str | None


async def disown_device(session: AsyncSession, caller: Caller, session_id: UUID) -> int:
    """Say that it was somebody else who was signed in there. Returns how many yeses are held.

    Raises:
        NotFound: it is none of the caller's sessions, or the one they are in.
    """
    cases = await _my_cases(session, caller)
    # Publishing takes these locks too: what went out before is seen here, and taken back.
    for case_id in cases:
        await lock_case(session, case_id)
    devices = await of_that_browser(session, caller, session_id)
    values = {
        "me": caller.person_id,
        "sessions": [one.id for one in devices],
        "began": devices[0].created_at,
    }
    given = [
        row for row in await session.execute(_GIVEN_THERE, values) if row.case_id in set(cases)
    ]
    for action_id in sorted({row.action_id for row in given}):
        await lock_action(session, action_id)
    await shut_out(session, caller, devices)
    for row in given:
        if row.on_a_page:
            await contest_disowned(session, caller, row.id)
        else:
            await withdraw_consent(session, caller, row.id)
    for (standing_id,) in (await session.execute(_IN_ADVANCE, values)).all():
        await end_standing_consent(session, caller, standing_id)
    for case_id in cases:
        await open_device_task(session, caller, case_id)
        for role in (Role.COORDINATOR, Role.SAFETY_REVIEWER):
            for person_id in await people_with_role(session, case_id, role):
                await enqueue_mail(session, person_id, MailKind.SOMETHING_WAITS, "/")
    return len(given)


async def held_for_me(session: AsyncSession, caller: Caller) -> list[Held]:
    """Return the caller's yeses that are held, newest first."""
    rows = await session.execute(_HELD, {"me": caller.person_id})
    return [Held(*row) for row in rows]


async def _my_cases(session: AsyncSession, caller: Caller) -> list[UUID]:
    query = select(Membership.case_id).where(
        Membership.person_id == caller.person_id, Membership.ended_at.is_(None)
    )
    return sorted(set(await session.scalars(query)))
