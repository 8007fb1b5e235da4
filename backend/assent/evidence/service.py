"""Recording evidence: what a file shows, how much it weighs, and what was made of what."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import insert
from sqlalchemy.ext.asyncio import AsyncSession

from assent.access import Permission
from assent.database.ids import new_id
from assent.database.session import present
from assent.evidence import pictures, storage
from assent.evidence.files import (
    Examined,
    Kept,
    examine,
    keep_part,
    read_kept,
    record_file,
)
from assent.evidence.labels import label_of
from assent.evidence.models import Evidence
from assent.evidence.refusals import UnknownTier
from assent.ledger.events import EventKind
from assent.ledger.sealing import DataKey
from assent.ledger.store import append
from assent.people.caller import Caller
from assent.people.memberships import Standing, require
from assent.refusal import N_, Invalid, NotFound
from assent.wording import clean_line

TIERS = ("primary", "official", "credible", "single_source")
DERIVATIONS = ("redacted", "translated")  # stripped copies are made here, not brought in


@dataclass(frozen=True)
class Details:
    """What a file is recorded as.

    Attributes:
        title: what it is, in a line.
        tier: one of TIERS, or its number from 1.
        visibility: its label; None for the narrowest.
        derived_from: the evidence it was made of.
        derivation: how it was: redacted or translated.
    """

    title: str
    tier: str
    visibility: str | None = None
    derived_from: UUID | None = None
    derivation: str | None = None

    def as_json(self) -> dict[str, Any]:
        """Return what an upload keeps until its file is whole."""
        values = {
            "title": self.title,
            "tier": self.tier,
            "visibility": self.visibility,
            "derived_from": str(self.derived_from) if self.derived_from else None,
            "derivation": self.derivation,
        }
        return {name: value for name, value in values.items() if value is not None}

    @classmethod
    def from_json(cls, values: dict[str, Any]) -> Details:
        """Read what `as_json` made."""
        origin = values.get("derived_from")
        return cls(**values | {"derived_from": UUID(origin) if origin else None})


@dataclass(frozen=True)
class Recorded:
    """A piece of evidence, and the copy without hidden data where it is a picture."""

    evidence: Evidence
    copy: Evidence | None


async def check_details(
    session: AsyncSession, caller: Caller, case_id: UUID, details: Details
) -> Details:
    """Refuse what could not be recorded, before a large file is sent; returns it in its plain form.

    Raises:
        NotFound, Forbidden: not somebody who brings in evidence here.
        Invalid, UnknownTier: naming the field.
    """
    standing = await require(session, caller, case_id, Permission.EVIDENCE_RECORD)
    label = label_of(caller, standing, details.visibility)
    if details.derivation is not None and details.derivation not in DERIVATIONS:
        known = ", ".join(DERIVATIONS)
        raise Invalid(N_("A copy is one of: {known}."), field="derivation", known=known)
    if (details.derived_from is None) != (details.derivation is None):
        raise Invalid(
            N_("Say both what it was made of and how."),
            field="derivation" if details.derived_from else "derived_from",
        )
    if details.derived_from is not None:
        origin = await session.get(Evidence, details.derived_from)
        if origin is None or origin.case_id != case_id:
            raise Invalid(N_("There is no such evidence in this case."), field="derived_from")
    return Details(
        clean_line(details.title, field="title"),
        tier_of(details.tier),
        label.visibility,
        details.derived_from,
        details.derivation,
    )


def tier_of(value: str) -> str:
    """Return a tier by its name or its number.

    Raises:
        UnknownTier
    """
    if value in TIERS:
        return value
    if value in {"1", "2", "3", "4"}:
        return TIERS[int(value) - 1]
    raise UnknownTier(N_("Known are: {known}."), field="tier", known=", ".join(TIERS))


async def copy_without_hidden_data(key: DataKey, examined: Examined) -> Examined | None:
    """Make the copy of a picture that may be published; None if it is none, or cannot be drawn.

    Needs no transaction: what it keeps is recorded together with the original.
    """
    if not pictures.is_picture(examined.media_type) or examined.kept.size > pictures.MOST_BYTES:
        return None
    data = b"".join([piece async for piece in read_kept(key, examined.kept)])
    try:
        bare = await asyncio.to_thread(pictures.without_hidden_data, data, examined.media_type)
    except pictures.CannotDraw:
        return None
    case_id, file_id = examined.kept.case_id, new_id()

    async def pieces() -> Any:
        yield bare

    size = await keep_part(key, case_id, file_id, 0, pieces(), storage.current().most)
    return await examine(key, Kept(case_id, file_id, (size,)), examined.name)


async def record_evidence(
    session: AsyncSession,
    caller: Caller,
    examined: Examined,
    copy: Examined | None,
    details: Details,
) -> Recorded:
    """Record a file that was kept as evidence, with its copy without hidden data.

    Raises:
        NotFound, Forbidden, Invalid, UnknownTier: as in `check_details`.
    """
    case_id = examined.kept.case_id
    details = await check_details(session, caller, case_id, details)
    standing = await require(session, caller, case_id, Permission.EVIDENCE_RECORD)
    evidence = await _record(session, caller, standing, examined, details)
    if copy is None:
        return Recorded(evidence, None)
    stripped = Details(details.title, details.tier, details.visibility, evidence.id, "stripped")
    return Recorded(evidence, await _record(session, caller, standing, copy, stripped))


async def _record(
    session: AsyncSession, caller: Caller, standing: Standing, examined: Examined, details: Details
) -> Evidence:
    label = label_of(caller, standing, details.visibility)
    file = await record_file(session, caller, examined, label)
    evidence_id, now = new_id(), await present(session)
    body = {"evidence": str(evidence_id), "file": str(file.id), "tier": details.tier}
    if details.derived_from is not None and details.derivation is not None:
        body |= {"derived_from": str(details.derived_from), "derivation": details.derivation}
    index = await append(
        session,
        event=EventKind.EVIDENCE_RECORDED,
        actor=caller,
        case_id=file.case_id,
        at=now,
        body=body,
    )
    values = {
        "id": evidence_id,
        "case_id": file.case_id,
        "file_id": file.id,
        "title": details.title,
        "tier": details.tier,
        "visibility": label.visibility,
        "organisation_id": label.organisation_id,
        "derived_from": details.derived_from,
        "derivation": details.derivation,
        "recorded_by": caller.person_id,
        "recorded_at": now,
        "ledger_index": index,
    }
    await session.execute(insert(Evidence).values(**values))
    return await session.get_one(Evidence, evidence_id)


async def visible_evidence(session: AsyncSession, evidence_id: UUID) -> Evidence:
    """Return a piece of evidence the session's person may see.

    Raises:
        NotFound: there is none for them.
    """
    evidence = await session.get(Evidence, evidence_id)
    if evidence is None:
        raise NotFound
    return evidence
