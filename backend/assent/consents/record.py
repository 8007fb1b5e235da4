"""What one relative was asked and said, in every case: theirs to read and to take along."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from assent.people.caller import Caller

# Row-level security leaves the text out where the reader may no longer see it; what they said is always theirs.
_SAID = text("""
    select c.id, c.action_id, c.case_id, k.title as case_title, c.digest, c.shown_digest, c.notice_version, c.language,
      c.channel, c.reading, c.decision, c.conditions, c.question, c.at, c.expires_at,
      n.at as promised_at, w.at as withdrawn_at,
      assent.contested_at(c) as contested_at,
      r.content #>> array['languages', c.language, 'title'] as title,
      r.content #>> array['languages', c.language, 'body'] as body,
      p.released_at as published_at, t.retracted_at, case when p.id is not null then a.slug end as page,
      (select coalesce(jsonb_agg(jsonb_build_object('name', o.name, 'country', o.country) order by o.name), '[]')
        from assent.organisations o where o.id = a.organisation_id
          or o.slug in (select jsonb_array_elements_text(r.content -> 'cosigners'))) as organisations,
      (select coalesce(jsonb_agg(jsonb_build_object('recipient', d.recipient, 'state', d.state,
          'at', d.changed_at) order by d.recipient), '[]')
        from assent.deliveries d where d.publication_id = p.id) as recipients,
      (select coalesce(jsonb_agg(y.place order by y.ledger_index), '[]')
        from assent.copies y where y.publication_id = p.id) as copies
    from assent.consents c
      left join assent.actions a on a.id = c.action_id
      left join assent.consent_acknowledgements n on n.consent_id = c.id
      left join assent.consent_withdrawals w on w.consent_id = c.id
      left join assent.cases k on k.id = c.case_id
      left join assent.revisions r on r.id = c.revision_id
      left join assent.publications p on p.revision_id = c.revision_id
      left join assent.retractions t on t.publication_id = p.id
    where c.person_id = :person_id
    order by c.ledger_index desc
""")
# What the reader was asked, and has not answered on that text.
_ASKED = text("""
    select q.action_id, q.case_id, k.title as case_title, q.digest, q.asked_at,
      coalesce(r.content #>> array['languages', cast(:language as text), 'title'],
        (select v ->> 'title' from jsonb_each(r.content -> 'languages') as l(tag, v) order by tag limit 1)) as title
    from assent.consent_requests q
      left join assent.cases k on k.id = q.case_id
      left join assent.revisions r on r.id = q.revision_id
    where q.person_id = :person_id and not exists (select 1 from assent.consents c
      where c.revision_id = q.revision_id and c.person_id = q.person_id)
    order by q.ledger_index desc
""")


@dataclass(frozen=True)
class Said:
    """One recorded decision, with what was shown and what came of it.

    Attributes:
        case_title, title, body: in the language that was shown; None where it may be seen no more.
        reading: SHA-256 of the recording that was offered beside it; empty: none. Whether it was heard is not known.
        conditions: what a yes depends on, `{kind, value}` each.
        promised_at: when a coordinator promised to keep to them.
        contested_at: since when they say that it is not their word: taken down wrongly, or given by somebody else.
        published_at, retracted_at: of this very text.
        page: its address on the public site, once it had one.
        organisations: who acts in it, `{name, country}` each.
        recipients: who got it or was to get it, `{recipient, state, at}` each.
        copies: where else it is known to stand.
    """

    id: UUID
    action_id: UUID
    case_id: UUID
    case_title: str | None
    digest: str
    shown_digest: str
    notice_version: str
    language: str
    channel: str
    reading: str
    decision: str
    conditions: list[dict[str, Any]]
    question: str
    at: datetime
    expires_at: datetime
    promised_at: datetime | None
    withdrawn_at: datetime | None
    contested_at: datetime | None
    title: str | None
    body: str | None
    published_at: datetime | None
    retracted_at: datetime | None
    page: str | None
    organisations: list[dict[str, str]]
    recipients: list[dict[str, str]]
    copies: list[str]


@dataclass(frozen=True)
class Asked:
    """A text about which a relative was asked, and which they have not answered."""

    action_id: UUID
    case_id: UUID
    case_title: str | None
    digest: str
    asked_at: datetime
    title: str | None


async def what_i_said(session: AsyncSession, caller: Caller) -> list[Said]:
    """Return every decision the caller has recorded as a relative, newest first."""
    rows = await session.execute(_SAID, {"person_id": caller.person_id})
    return [Said(**row._mapping) for row in rows]


async def what_i_was_asked(session: AsyncSession, caller: Caller) -> list[Asked]:
    """Return what the caller was asked and has not answered, newest first."""
    values = {"person_id": caller.person_id, "language": caller.language}
    return [Asked(**row._mapping) for row in await session.execute(_ASKED, values)]
