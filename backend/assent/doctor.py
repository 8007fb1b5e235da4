"""What `assent doctor` looks at: each thing in one line, fine or what to mend."""

from __future__ import annotations

import shutil
import urllib.error
import urllib.request
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import aiosmtplib
from sqlalchemy import select, text
from sqlalchemy.ext.asyncio import AsyncSession

from assent.checked_facts import READ_AGAIN_AFTER, known_facts, laws_that_ran_out
from assent.database.session import Database
from assent.notify.mail import smtp_client
from assent.people.models import IdentityProvider, Organisation
from assent.proving.examining import AnotherLooks, examine
from assent.proving.signer import SignerRefuses, signer_of
from assent.settings import Settings

_LEAST_FREE_BYTES = 1024**3
_TIMEOUT_SECONDS = 5
# Beyond what a slow answer explains; sign-ins at providers fail from about here.
_CLOCKS_AGREE = timedelta(minutes=1)
_ROLE = text(
    "select rolsuper or rolbypassrls as strong, current_setting('server_version') as version"
    " from pg_roles where rolname = current_user"
)
_CLOCK = text("select clock_timestamp() as shown, assent.present() as present")
_WAITING = text(
    "select count(*) from jobs.procrastinate_jobs where status = 'todo'"
    " and scheduled_at is null and attempts = 0"
)


@dataclass(frozen=True)
class Finding:
    """One thing looked at.

    Attributes:
        mend: what to do about it; empty when it is fine.
    """

    subject: str
    found: str
    mend: str = ""


async def findings(session: AsyncSession, settings: Settings) -> AsyncIterator[Finding]:
    """Look at everything that stands on its own: address, database, clock, jobs, mail, providers, disk.

    Settings, policies, keys and migrations have been checked by whoever opened the session.
    """
    yield Finding("settings", f"people reach Assent at {settings.base_url}", _address(settings))
    row = (await session.execute(_ROLE)).one()
    mend = (
        "the application signs in as too strong a role: see ASSENT_DATABASE_APP_URL"
        if row.strong
        else ""
    )
    yield Finding("database", f"PostgreSQL {row.version}, up to date, gates in force", mend)
    clock = (await session.execute(_CLOCK)).one()
    yield _clock(clock.shown, clock.present, datetime.now(UTC))
    waiting = int((await session.execute(_WAITING)).scalar_one())
    late = "no worker takes them: run `assent serve` or `assent worker`" if waiting > 100 else ""
    yield Finding("jobs", f"{waiting} waiting", late)
    yield await _mail(settings)
    query = select(Organisation.slug, IdentityProvider.issuer).join(
        IdentityProvider, IdentityProvider.organisation_id == Organisation.id
    )
    for provider in (await session.execute(query)).all():
        yield _provider(provider.slug, provider.issuer)
    yield _facts(settings.policies, clock.present.date())
    yield _disk(settings.data)


async def look_at_ledger(database: Database, settings: Settings) -> Finding:
    """Look through the whole ledger: entries, records, and the rows that decisions are read from."""
    try:
        found = await examine(database, signer_of(settings).before())
    except SignerRefuses as refusal:
        return Finding("ledger", "what was signed before is not known", str(refusal))
    except AnotherLooks:
        return Finding("ledger", "the server looks through it at this moment: ask again")
    if not found.faults:
        seen = f"{found.entries} entries and {found.records} records, as they were signed"
        return Finding("ledger", seen)
    return Finding(
        "ledger",
        "; ".join(found.faults),
        "somebody changed the database by hand, or it is damaged: stop the server, tell every organisation,"
        " keep this database as evidence, go on from a backup (`assent restore`)",
    )


def _address(settings: Settings) -> str:
    local = "://127.0.0.1" in settings.base_url or "://localhost" in settings.base_url
    if settings.secure or local:
        return ""
    return "use https: set ASSENT_BASE_URL to an https address behind a proxy with TLS"


def _clock(shown: datetime, present: datetime, here: datetime) -> Finding:
    """Compare the database's clock with its last record, behind which our time never runs, and with ours."""
    if present - shown > _CLOCKS_AGREE:
        until = present.astimezone(UTC).isoformat(" ", "minutes")
        return Finding(
            "clock",
            f"the database's clock is {_long(present - shown)} behind its last record",
            f"set it right, by NTP; if it is right now and ran ahead before, no time passes here until {until}",
        )
    if abs(shown - here) > _CLOCKS_AGREE:
        word = "ahead of" if shown > here else "behind"
        return Finding(
            "clock",
            f"the database's clock is {_long(abs(shown - here))} {word} this machine's",
            "set both right, by NTP, before anything is recorded",
        )
    return Finding("clock", "the database and this machine agree")


def _long(span: timedelta) -> str:
    return str(timedelta(seconds=round(span.total_seconds())))


async def _mail(settings: Settings) -> Finding:
    if settings.smtp_url is None:
        return Finding("mail", f"none is sent: mails are written to {settings.data / 'mail'}")
    try:
        client = smtp_client()
        await client.connect()
        await client.quit()
    except (aiosmtplib.SMTPException, OSError) as error:
        return Finding("mail", "the server does not answer", f"check ASSENT_SMTP_URL ({error})")
    return Finding("mail", "the server answers")


def _provider(slug: str, issuer: str) -> Finding:
    address = issuer.rstrip("/") + "/.well-known/openid-configuration"
    try:
        with urllib.request.urlopen(address, timeout=_TIMEOUT_SECONDS) as answer:  # noqa: S310 (checked: http or https)
            answer.read(1)
    except (urllib.error.URLError, OSError, ValueError) as error:
        return Finding(
            f"sign-in of {slug}", "its provider does not answer", f"check {address} ({error})"
        )
    return Finding(f"sign-in of {slug}", "its provider answers")


def _facts(policies: Path, today: date) -> Finding:
    """Say how what the policies hold about law and practice is known: law changes, and nothing here notices."""
    facts = list(known_facts(policies))
    memory = sum(1 for fact in facts if fact.unchecked)
    old = [f.about for f in facts if f.read_on and today - f.read_on > READ_AGAIN_AFTER]
    found = f"{len(facts)} known, each with its source; {memory} of them wholly or in part from memory, and marked so"
    if over := laws_that_ran_out(policies, today):
        return Finding(
            "law", found, f"the law behind {', '.join(over)} ran out: look whether it was renewed"
        )
    if old:
        return Finding("law", found, f"read again, and note the day: {'; '.join(sorted(set(old)))}")
    return Finding("law", found)


def _disk(data: Path) -> Finding:
    if not data.is_dir():
        return Finding("disk", f"there is no folder {data}", "make it, or name another with --data")
    free = shutil.disk_usage(data).free
    mend = "make room: with a full disk nothing can be recorded" if free < _LEAST_FREE_BYTES else ""
    return Finding("disk", f"{free / 1024**3:.1f} GB free", mend)
