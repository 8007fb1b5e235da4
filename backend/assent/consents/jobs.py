"""Jobs of the family's side: a word before a yes runs out."""

from __future__ import annotations

from uuid import UUID

from assent.consents.service import is_worth_renewing
from assent.notify.jobs import app, database
from assent.notify.mail import MailKind, enqueue_mail


@app.task(name="consents.remind")
async def remind(consent_id: str) -> None:
    """Tell a relative that something waits, while their yes still holds; silence lets it run out."""
    async with database().session(job=True) as session:
        consent = await is_worth_renewing(session, UUID(consent_id))
        if consent is not None:
            path = f"/actions/{consent.action_id}/decide"
            await enqueue_mail(session, consent.person_id, MailKind.SOMETHING_WAITS, path)
