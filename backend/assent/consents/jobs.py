"""Jobs of the family's side: a word before a yes runs out, and one to whomever a relative trusts."""

from __future__ import annotations

from uuid import UUID

from assent.consents.later import put_off_until, still_waits
from assent.consents.service import is_worth_renewing
from assent.notify.jobs import app, database
from assent.notify.mail import MailKind, enqueue_mail
from assent.people.private_signs import trusted_by


@app.task(name="consents.remind")
async def remind(consent_id: str) -> None:
    """Tell a relative that something waits, while their yes still holds; silence lets it run out."""
    async with database().session(job=True) as session:
        consent = await is_worth_renewing(session, UUID(consent_id))
        if consent is None:
            return
        # Who wants to decide later is told by that, not twice.
        if await put_off_until(session, consent.person_id, consent.revision_id) is None:
            path = f"/actions/{consent.action_id}/decide"
            await enqueue_mail(session, consent.person_id, MailKind.SOMETHING_WAITS, path)


@app.task(name="consents.confide")
async def confide(person_id: str) -> None:
    """Tell whomever a relative has agreed a private word with that the relative has answered.

    After every answer, to a text, in advance or about who decides, with the word or without, in the words of
    any other mail: only the page it leads to says which it was, and only to them.
    """
    async with database().session(job=True) as session:
        trusted = await trusted_by(session, UUID(person_id))
        if trusted is not None:
            await enqueue_mail(session, trusted, MailKind.SOMETHING_CHANGED, "/word")


@app.task(name="consents.tell_again")
async def tell_again(person_id: str, action_id: str, revision_id: str) -> None:
    """A day after somebody wanted to decide later: say once that something waits, if it still does."""
    async with database().session(job=True) as session:
        if await still_waits(session, UUID(person_id), UUID(action_id), UUID(revision_id)):
            path = f"/actions/{action_id}/decide"
            await enqueue_mail(session, UUID(person_id), MailKind.SOMETHING_WAITS, path)
