"""Jobs of signing in: the link is made where it is mailed, so that its token is never stored."""

from __future__ import annotations

import base64
from uuid import UUID

from assent.ledger import sealing
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


@app.task(name="people.tell_second")
async def tell_second(person_id: str, replaced: str = "") -> None:
    """Tell a relative at their second address that their pages were opened on a device for the first time.

    Args:
        replaced: the address that was theirs until now, sealed, where it has just been changed: it is told a last time.
    """
    async with database().session(job=True) as session:
        person = await session.get(Person, UUID(person_id))
    if person is None or person.removed_at is not None:
        return
    words = words_of(MailKind.OPENED_ELSEWHERE, person.language)
    before = unsealed_address(person.id, replaced) if replaced else None
    for address in sorted({one for one in (person.second_email, before) if one}):
        await send_message(neutral_message(address, words, "/devices"))


def sealed_address(person_id: UUID, address: str) -> str:
    """Seal an address for a job's arguments, which lie in the database in the open."""
    return base64.b64encode(sealing.current().seal(_purpose(person_id), address.encode())).decode()


def unsealed_address(person_id: UUID, sealed: str) -> str:
    """Open what `sealed_address` sealed."""
    return sealing.current().unseal(_purpose(person_id), base64.b64decode(sealed)).decode()


def _purpose(person_id: UUID) -> str:
    return f"second-address/{person_id}"
