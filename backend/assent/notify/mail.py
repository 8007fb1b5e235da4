"""Mail: it says that something waits, never what. No name, no case, no text, in no subject and no body."""

from __future__ import annotations

import logging
import uuid
from email.message import EmailMessage
from email.utils import formatdate, make_msgid
from enum import StrEnum
from pathlib import Path
from urllib.parse import unquote, urlsplit
from uuid import UUID

import aiosmtplib
from procrastinate import RetryStrategy
from sqlalchemy.ext.asyncio import AsyncSession

from assent.notify.jobs import app, database, defer, settings
from assent.notify.words import MailWords, words_of
from assent.people.models import Person

log = logging.getLogger(__name__)
_TIMEOUT_SECONDS = 60
# At the foot of every mail. It carries no authority: whoever opens it signs in first, by a fresh link.
STOP = "/stop"


class NotSent(Exception):
    """A mail is known not to have left."""


class MailKind(StrEnum):
    """Why a mail is sent; each has one neutral wording."""

    SIGN_IN = "sign_in"
    INVITATION = "invitation"
    SOMETHING_WAITS = "something_waits"
    SOMETHING_CHANGED = "something_changed"
    OPENED_ELSEWHERE = "opened_elsewhere"


async def enqueue_mail(session: AsyncSession, person_id: UUID, kind: MailKind, path: str) -> None:
    """Defer a mail in the caller's transaction.

    Args:
        path: where its link leads, from the base URL; ids only.
    """
    await defer(session, "notify.mail", person_id=str(person_id), kind=kind.value, path=path)


@app.task(name="notify.mail", retry=RetryStrategy(max_attempts=8, exponential_wait=5))
async def send_mail(person_id: str, kind: str, path: str) -> None:
    """Send one notification. It may be sent twice if a worker dies in between: it says nothing twice.

    Raises:
        NotSent: to be tried again.
    """
    if not path.startswith("/"):  # after our own name anything else would be part of another's
        log.error("a mail that leads elsewhere was not sent")
        return
    async with database().session(job=True) as session:
        person = await session.get(Person, UUID(person_id))
    if person is None or person.removed_at is not None:
        return
    await send_message(
        neutral_message(person.email, words_of(MailKind(kind), person.language), path)
    )


def neutral_message(to: str, words: MailWords, path: str) -> EmailMessage:
    """Return a mail in the reader's language that says nothing but that something waits."""
    message = EmailMessage()
    message["From"], message["To"] = settings().mail_from, to
    message["Subject"] = words.subject
    message["Date"] = formatdate(localtime=False)
    message["Message-ID"] = make_msgid(domain=_sender_domain())
    message["Auto-Submitted"] = "auto-generated"
    message["Content-Language"] = words.language
    link, stop = settings().base_url + path, settings().base_url + STOP
    parts = (words.greeting, words.body, link, words.closing, f"{words.stop}\n{stop}")
    message.set_content("\n\n".join(part for part in parts if part) + "\n")
    return message


async def send_message(message: EmailMessage) -> None:
    """Hand a mail to the mail server, or to the data folder where none is set.

    Raises:
        NotSent: it is known not to have left.
        Exception: anything else leaves open whether it did.
    """
    if settings().smtp_url is None:
        _write_down(message, settings().data / "mail")
        return
    client = smtp_client()
    try:
        await client.connect()
        await _log_in(client)
    except (aiosmtplib.SMTPException, OSError) as error:
        client.close()
        raise NotSent(type(error).__name__) from error
    try:
        await client.send_message(message)
    except (aiosmtplib.SMTPRecipientsRefused, aiosmtplib.SMTPSenderRefused) as error:
        raise NotSent(type(error).__name__) from error
    except aiosmtplib.SMTPDataError as error:
        raise NotSent(type(error).__name__) from error
    finally:
        client.close()


def smtp_client() -> aiosmtplib.SMTP:
    """Return a client for the mail server in the settings, not yet connected."""
    url = settings().smtp_url
    if url is None:
        raise RuntimeError("no mail server is set")
    parts = urlsplit(url.get_secret_value())
    tls = parts.scheme == "smtps"
    return aiosmtplib.SMTP(
        hostname=parts.hostname,
        port=parts.port or (465 if tls else 587),
        use_tls=tls,
        timeout=_TIMEOUT_SECONDS,
    )


async def _log_in(client: aiosmtplib.SMTP) -> None:
    url = settings().smtp_url
    parts = urlsplit(url.get_secret_value() if url else "")
    if parts.username:
        await client.login(unquote(parts.username), unquote(parts.password or ""))


def _write_down(message: EmailMessage, folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    path = folder / f"{uuid.uuid4()}.eml"
    path.touch(mode=0o600)
    path.write_bytes(bytes(message))
    log.info("no mail server is set: a mail was written to the data folder")


def _sender_domain() -> str:
    return settings().mail_from.rpartition("@")[2].strip("> ") or "localhost"
