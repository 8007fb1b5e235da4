"""Jobs of signing in: the link is made where it is mailed, so that its token is never stored."""

from __future__ import annotations

from uuid import UUID

from assent.notify.jobs import app, database
from assent.notify.mail import MailKind, neutral_message, send_message
from assent.notify.words import words_of
from assent.people.links import make_link
from assent.people.models import Person


@app.task(name="people.send_link")
async def send_link(person_id: str, browser_hash: str, code_hash: str, next_path: str) -> None:
    """Make a sign-in link and mail it. An id that is nobody's does nothing: unknown addresses ask too."""
    async with database().session(job=True) as session:
        person = await session.get(Person, UUID(person_id))
        if person is None or person.removed_at is not None:
            return
        path = await make_link(
            session,
            person.id,
            "sign_in",
            browser_hash=bytes.fromhex(browser_hash),
            code_hash=bytes.fromhex(code_hash),
            next_path=next_path,
        )
    await send_message(
        neutral_message(person.email, words_of(MailKind.SIGN_IN, person.language), path)
    )
