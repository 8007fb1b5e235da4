"""Who has seen what: which text went to whom, when, under whose yes, and what can no longer be called back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from assent.contacts.queries import ContactLine, contacts_of
from assent.evidence.models import StoredFile
from assent.publishing.proofs import proofs_of

PUBLIC = "public"
# Read, or perhaps read: nobody can take that out of anybody's head.
_REACHED = ("claimed", "sent", "unknown", "handed_over")
# Row-level security leaves out what the reader may not see, whole publications included.
_SEEN = text("""
    select p.id, p.action_id, a.title, a.kind, lead.name as organisation, r.number, p.digest, p.released_at,
      t.retracted_at, jsonb_typeof(r.content -> 'audience') is distinct from 'array' as public,
      coalesce((select jsonb_agg(tag order by tag) from jsonb_object_keys(r.content -> 'languages') tag), '[]')
        as languages,
      coalesce(r.content -> 'attachments', '[]') as attachments,
      coalesce(assent.names_person(r.content, k.detained_person ->> 'name'), false) as names_detained,
      coalesce((select jsonb_agg(jsonb_build_object('id', d.id, 'recipient', d.recipient, 'channel', d.channel,
          'state', d.state, 'at', d.changed_at) order by d.recipient)
        from assent.deliveries d where d.publication_id = p.id), '[]') as deliveries,
      coalesce((select jsonb_agg(jsonb_build_object('place', y.place, 'at', y.noted_at) order by y.ledger_index)
        from assent.copies y where y.publication_id = p.id), '[]') as copies,
      coalesce((select jsonb_agg(coalesce(g.consent_id, g.standing_consent_id) order by g.person_id)
        from assent.publication_grounds g where g.publication_id = p.id and g.clearance_id is null), '[]') as consents
    from assent.publications p
      join assent.actions a on a.id = p.action_id
      join assent.cases k on k.id = p.case_id
      join assent.organisations lead on lead.id = a.organisation_id
      join assent.revisions r on r.id = p.revision_id
      left join assent.retractions t on t.publication_id = p.id
    where p.case_id = :case_id
    order by p.ledger_index desc
""")


@dataclass(frozen=True)
class Reached:
    """Somebody a text went to, or was to go to.

    Attributes:
        who: as the text names them; PUBLIC: anybody.
        how: page, mail, by_hand, or copy: a place where it is known to stand that is not ours.
        state: of the delivery; `out` or `retracted` for the page.
        beyond_recall: they have read it, or may have.
        authority: for whom they answer, where the contact book the reader sees knows them.
        delivery: how it went there; None for pages and copies.
        proofs: what proves it: name and digest of each file.
    """

    who: str
    how: str
    state: str
    at: datetime
    beyond_recall: bool
    authority: str | None = None
    delivery: UUID | None = None
    proofs: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class Shown:
    """One text that went out, with everybody it reached.

    Attributes:
        attachments: what was attached, as the text says: kind, title, digest.
        names_detained: whether the detained person's name is in it, in Latin letters as the case has it.
        consents: the family's yeses it rested on.
    """

    publication: UUID
    action: UUID
    title: str
    kind: str
    organisation: str
    number: int
    digest: str
    released_at: datetime
    retracted_at: datetime | None
    languages: tuple[str, ...]
    attachments: tuple[dict[str, Any], ...]
    names_detained: bool
    consents: tuple[UUID, ...]
    reached: tuple[Reached, ...]

    @property
    def beyond_recall(self) -> bool:
        """Whether something of it can no longer be called back."""
        return any(one.beyond_recall for one in self.reached)


async def who_has_seen_what(session: AsyncSession, case_id: UUID) -> list[Shown]:
    """Return every text of a case that went out, as the session's person may see them, newest first."""
    rows = await session.execute(_SEEN, {"case_id": case_id})
    book, found = await contacts_of(session, case_id), rows.all()
    proofs = await proofs_of(session, [UUID(d["id"]) for row in found for d in row.deliveries])
    return [_shown(row, book, proofs) for row in found]


def _shown(row: Any, book: list[ContactLine], proofs: Mapping[UUID, list[StoredFile]]) -> Shown:
    reached = [_delivery(d, book, proofs) for d in row.deliveries]
    if row.public:
        state = "retracted" if row.retracted_at else "out"
        reached.insert(0, Reached(PUBLIC, "page", state, row.released_at, beyond_recall=True))
    for copy in row.copies:
        at = datetime.fromisoformat(copy["at"])
        reached.append(Reached(copy["place"], "copy", "out", at, beyond_recall=True))
    return Shown(
        publication=row.id,
        action=row.action_id,
        title=row.title,
        kind=row.kind,
        organisation=row.organisation,
        number=row.number,
        digest=row.digest,
        released_at=row.released_at,
        retracted_at=row.retracted_at,
        languages=tuple(row.languages),
        attachments=tuple(row.attachments),
        names_detained=row.names_detained,
        consents=tuple(UUID(consent) for consent in row.consents),
        reached=tuple(reached),
    )


def _delivery(
    d: dict[str, Any], book: list[ContactLine], proofs: Mapping[UUID, list[StoredFile]]
) -> Reached:
    key, who, state = UUID(d["id"]), d["recipient"], d["state"]
    known = next(
        (line.authority for line in book if line.is_meant_by(who) and line.authority), None
    )
    return Reached(
        who=who,
        how=d["channel"],
        state=state,
        at=datetime.fromisoformat(d["at"]),
        beyond_recall=state in _REACHED,
        authority=known.name if known else None,
        delivery=key,
        proofs=tuple((file.name, file.sha256) for file in proofs.get(key, [])),
    )
