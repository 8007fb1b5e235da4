"""The evidence base of a target: what is claimed, and what shows each claim."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

from sqlalchemy import insert, update
from sqlalchemy.ext.asyncio import AsyncSession

from assent.access import Permission
from assent.database.ids import new_id
from assent.database.session import lock_case, present
from assent.ledger.events import EventKind
from assent.ledger.store import append
from assent.people.caller import Caller
from assent.people.memberships import require
from assent.refusal import N_, Invalid, NotFound
from assent.sanctions import dossier_forms
from assent.sanctions.dossier_forms import ABUSES
from assent.sanctions.listings import evidence_of
from assent.sanctions.models import Claim, ClaimText, Exhibit
from assent.sanctions.refusals import AlreadyEnded
from assent.sanctions.targets import open_target
from assent.sanctions.words import is_language
from assent.wording import clean_line, clean_text

PARTS = ("abuse", "link", "assets", "exculpatory")
TIERS = ("primary", "official", "credible", "single_source")
LINKS = ("direct", "ordered", "command", "complicit", "support", "agent", "status")
_DAY = re.compile(r"\d{4}(-(0[1-9]|1[0-2])(-(0[1-9]|[12]\d|3[01]))?)?")


async def make_claim(
    session: AsyncSession,
    caller: Caller,
    target_id: UUID,
    part: str,
    statement: str,
    *,
    category: str = "",
    happened_on: str = "",
    place: str = "",
) -> Claim:
    """Say something of a target, to be shown by exhibits.

    Args:
        part: one of `PARTS`; what speaks for the target is `exculpatory`.
        category: of an abuse its legal category, of a link one of `LINKS`.
        happened_on: a day, or as much of it as is known: 2021, 2021-05 or 2021-05-31.

    Raises:
        NotFound, Forbidden, IsMerged, Invalid.
    """
    line = await open_target(session, caller, target_id)
    if part not in PARTS:
        raise Invalid(N_("Known are: {known}."), field="part", known=", ".join(PARTS))
    if part == "abuse" and category and category not in ABUSES:
        raise Invalid(N_("Known are: {known}."), field="category", known=", ".join(ABUSES))
    if part == "link" and category not in LINKS:
        raise Invalid(N_("Known are: {known}."), field="category", known=", ".join(LINKS))
    happened_on = happened_on.strip()
    if happened_on and not _DAY.fullmatch(happened_on):
        raise Invalid(N_("Give a day as 2021-05-31, 2021-05 or 2021."), field="happened_on")
    text = clean_text(statement, field="statement")
    if not text:
        raise Invalid(N_("Please fill this in."), field="statement")
    values = {
        "part": part,
        "statement": text,
        "category": clean_text(category, field="category", longest=300),
        "happened_on": happened_on,
        "place": clean_text(place, field="place", longest=300),
    }
    claim_id, now = new_id(), await present(session)
    body = {"claim": str(claim_id), "target": str(target_id), **values}
    index = await _append(session, caller, EventKind.CLAIM_MADE, line.case_id, body)
    row = {
        "id": claim_id,
        "case_id": line.case_id,
        "target_id": target_id,
        **_by(caller, now, index),
        **values,
    }
    await session.execute(insert(Claim).values(**row))
    return await session.get_one(Claim, claim_id)


async def end_claim(session: AsyncSession, caller: Caller, claim_id: UUID) -> None:
    """Take a claim back; it stays on record, and goes into no dossier any more.

    Raises:
        NotFound, Forbidden, AlreadyEnded.
    """
    claim = await session.get(Claim, claim_id)
    if claim is None:
        raise NotFound
    await _end(session, caller, claim, EventKind.CLAIM_ENDED, {"claim": str(claim_id)})


async def translate_claim(
    session: AsyncSession, caller: Caller, claim_id: UUID, language: str, statement: str
) -> ClaimText:
    """Say a claim in another language, for governments that take requests in it; said again, the latest counts.

    Raises:
        NotFound, Forbidden, AlreadyEnded, Invalid.
    """
    claim = await _open_claim(session, caller, claim_id)
    known = sorted(
        {tag for form in dossier_forms.current().by_code.values() for tag in form.languages}
    )
    if language not in known:
        raise Invalid(N_("Known are: {known}."), field="language", known=", ".join(known))
    text = clean_text(statement, field="statement")
    if not text:
        raise Invalid(N_("Please fill this in."), field="statement")
    body = {"claim": str(claim_id), "language": language, "statement": text}
    index = await _append(session, caller, EventKind.CLAIM_TRANSLATED, claim.case_id, body)
    row = {
        "id": new_id(), "case_id": claim.case_id, "claim_id": claim_id, "language": language, "statement": text,
        **_by(caller, await present(session), index),
    }  # fmt: skip
    await session.execute(insert(ClaimText).values(**row))
    return await session.get_one(ClaimText, row["id"])


async def _open_claim(session: AsyncSession, caller: Caller, claim_id: UUID) -> Claim:
    claim = await session.get(Claim, claim_id)
    if claim is None:
        raise NotFound
    await require(session, caller, claim.case_id, Permission.TARGET_RECORD)
    await lock_case(session, claim.case_id)
    await session.refresh(claim)
    if claim.ended_at is not None:
        raise AlreadyEnded
    return claim


async def add_exhibit(
    session: AsyncSession,
    caller: Caller,
    claim_id: UUID,
    title: str,
    tier: str,
    *,
    source: str = "",
    address: str = "",
    evidence_id: UUID | None = None,
    confidential: bool = True,
    quote: str = "",
    quote_language: str = "",
    translation: str = "",
) -> Exhibit:
    """Show a claim by a page anybody can read, or by a piece of the case's evidence.

    Args:
        tier: one of `TIERS`.
        source: how the source is to be described; never a protected name.
        address: of a public page.
        evidence_id: of the case's evidence; whoever gave it agrees government by government.
        confidential: whether whoever receives the dossier is asked to keep it to themselves.
        quote: its own words, in `quote_language`.
        translation: the same in English, where they are not.

    Raises:
        NotFound, Forbidden, AlreadyEnded, Invalid.
    """
    claim = await _open_claim(session, caller, claim_id)
    if tier not in TIERS:
        raise Invalid(N_("Known are: {known}."), field="tier", known=", ".join(TIERS))
    address = clean_text(address, field="address", longest=2_000)
    if address and urlsplit(address).scheme not in ("https", "http"):
        raise Invalid(N_("A web address begins with https://."), field="address")
    if bool(address) == (evidence_id is not None):
        raise Invalid(
            N_("Name a public page, or a piece of evidence of this case."), field="address"
        )
    await evidence_of(session, claim.case_id, evidence_id)
    values = {
        "title": clean_line(title, field="title"),
        "tier": tier,
        "source": clean_text(source, field="source", longest=500),
        "address": address,
        "confidential": confidential,
        **_quoted(quote, quote_language, translation),
    }
    exhibit_id, now = new_id(), await present(session)
    said: dict[str, Any] = {"exhibit": str(exhibit_id), "claim": str(claim_id), **values}
    said |= {"evidence": str(evidence_id)} if evidence_id else {}
    index = await _append(session, caller, EventKind.EXHIBIT_ADDED, claim.case_id, said)
    row = {
        "id": exhibit_id, "case_id": claim.case_id, "claim_id": claim_id, "evidence_id": evidence_id,
        **_by(caller, now, index), **values,
    }  # fmt: skip
    await session.execute(insert(Exhibit).values(**row))
    return await session.get_one(Exhibit, exhibit_id)


def _quoted(quote: str, language: str, translation: str) -> dict[str, str]:
    words = clean_text(quote, field="quote")
    tag = language.strip().lower()
    if words and not is_language(tag):
        raise Invalid(
            N_("Name the language of the quotation as two letters, such as fa."),
            field="quote_language",
        )
    said = clean_text(translation, field="translation")
    if said and not words:
        raise Invalid(N_("Give the words themselves, too."), field="quote")
    return {"quote": words, "quote_language": tag if words else "", "translation": said}


async def end_exhibit(session: AsyncSession, caller: Caller, exhibit_id: UUID) -> None:
    """Take an exhibit out of its claim.

    Raises:
        NotFound, Forbidden, AlreadyEnded.
    """
    exhibit = await session.get(Exhibit, exhibit_id)
    if exhibit is None:
        raise NotFound
    await _end(session, caller, exhibit, EventKind.EXHIBIT_ENDED, {"exhibit": str(exhibit_id)})


async def _end(
    session: AsyncSession,
    caller: Caller,
    record: Claim | Exhibit,
    event: EventKind,
    body: dict[str, Any],
) -> None:
    await require(session, caller, record.case_id, Permission.TARGET_RECORD)
    await lock_case(session, record.case_id)
    await session.refresh(record)
    if record.ended_at is not None:
        raise AlreadyEnded
    index = await _append(session, caller, event, record.case_id, body)
    table = type(record)
    ended = {
        "ended_by": caller.person_id,
        "ended_at": await present(session),
        "end_ledger_index": index,
    }
    await session.execute(update(table).where(table.id == record.id).values(**ended))


def _by(caller: Caller, now: Any, index: int) -> dict[str, Any]:
    return {"made_by": caller.person_id, "at": now, "ledger_index": index}


async def _append(
    session: AsyncSession, caller: Caller, event: EventKind, case_id: UUID, body: dict[str, Any]
) -> int:
    at = await present(session)
    return await append(session, event=event, actor=caller, case_id=case_id, at=at, body=body)
