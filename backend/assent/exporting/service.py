"""Everything of a case in one zip: what another Assent imports, the files, and the ledger that proves it all."""

from __future__ import annotations

import zipfile
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterator
from typing import Any
from uuid import UUID

import yaml
from sqlalchemy import select, text
from sqlalchemy.ext.asyncio import AsyncSession

from assent.cases.models import Case
from assent.database.session import present
from assent.evidence.files import open_file
from assent.evidence.models import StoredFile
from assent.ledger.events import EventKind
from assent.ledger.exports import OpenedEntry, write_export
from assent.ledger.store import append, read_case_openings
from assent.ledger.store_models import LedgerEntry
from assent.ledger.tiles import make_bundle
from assent.proving.checkpoints import latest_head
from assent.proving.receipts import known_keys
from assent.proving.refusals import NotSignedYet
from assent.refusal import NotFound

IMPORTABLE = "case.yaml"
_ENTRIES_AT_ONCE = 4096
_README = """\
case.yaml   what another Assent imports: `assent import FILE.zip`. No decision is ever imported: people make them.
files/      evidence, by the SHA-256 of its bytes
ledger/     every decision with what proves it: `assent verify FILE.zip`, or /verify in a browser
"""
_ORGANISATIONS = text("""
    select distinct o.slug, o.name, o.country, o.email_domains from assent.organisations o
    join assent.memberships m on m.organisation_id = o.id and m.case_id = :case_id and m.ended_at is null
    order by o.slug
""")
_PEOPLE = text("""
    select distinct p.email, p.name, p.language, o.slug as organisation, p.born from assent.people p
    left join assent.organisations o on o.id = p.organisation_id
    join assent.memberships m on m.person_id = p.id and m.case_id = :case_id and m.ended_at is null order by p.email
""")
_MEMBERSHIPS = text("""
    select p.email as person, m.role, o.slug as organisation from assent.memberships m
    join assent.people p on p.id = m.person_id left join assent.organisations o on o.id = m.organisation_id
    where m.case_id = :case_id and m.ended_at is null order by m.granted_at, m.id
""")
_ARRANGEMENT = text("""
    select f.rule, f.quorum, f.cooling_off_hours,
      array(select p.email from assent.arrangement_people a join assent.people p on p.id = a.person_id
            where a.arrangement_id = f.id and a.standing = 'decision_maker' order by p.email) as decision_makers,
      array(select p.email from assent.arrangement_people a join assent.people p on p.id = a.person_id
            where a.arrangement_id = f.id and a.standing <> 'decision_maker' order by p.email) as alternates
    from assent.arrangement_in_force(:case_id) f where f.id is not null
""")
_ACTIONS = text("""
    select a.kind, a.title, a.visibility, p.email as author,
      array(select r.content from assent.revisions r where r.action_id = a.id and r.content is not null
        order by r.number) as contents
    from assent.actions a join assent.people p on p.id = a.author_id where a.case_id = :case_id
    order by a.created_at, a.id
""")


async def note_export(session: AsyncSession, slug: str) -> UUID:
    """Record that a case was taken out, and return its id.

    Raises:
        NotFound: there is no such case.
    """
    case = (await session.scalars(select(Case).where(Case.slug == slug))).one_or_none()
    if case is None:
        raise NotFound
    await append(
        session, event=EventKind.CASE_EXPORTED, actor=None, case_id=case.id, at=await present(session), body={}
    )  # fmt: skip
    return case.id


async def export_case(
    session: AsyncSession,
    case_id: UUID,
    file: zipfile.ZipFile,
    tell: Callable[[str], None] = lambda _: None,
) -> None:
    """Write everything of a case.

    Args:
        session: a job's session.
        tell: called with a sentence for each step.

    Raises:
        NotSignedYet: the log has not been signed since the last decision.
        assent.refusal.Refusal: a file is damaged, or its store does not answer.
    """
    file.writestr("README.txt", _README)
    tell("what can be imported …")
    file.writestr(IMPORTABLE, await importable(session, case_id))
    await _files(session, case_id, file, tell)
    tell("the ledger …")
    await _ledger(session, case_id, file)


async def importable(session: AsyncSession, case_id: UUID) -> str:
    """Return the part of a case that another Assent imports, as YAML. It carries no decision."""
    case = await session.get_one(Case, case_id)
    values = {"case_id": case_id}
    members = [_given(row) for row in await session.execute(_MEMBERSHIPS, values)]
    part: dict[str, Any] = {
        "slug": case.slug,
        "title": case.title,
        "detained_person": case.detained_person,
        "detaining_state": case.detaining_state,
        "posture": case.posture,
        "memberships": members,
        "actions": _actions((await session.execute(_ACTIONS, values)).all(), members),
    }
    arrangement = (await session.execute(_ARRANGEMENT, values)).one_or_none()
    deciding = {m["person"] for m in members if m["role"] == "decision_maker"}
    if arrangement is not None and deciding >= set(arrangement.decision_makers):
        part["family_arrangement"] = _given(arrangement)
    whole = {
        "organisations": [_given(row) for row in await session.execute(_ORGANISATIONS, values)],
        "people": [_given(row) for row in await session.execute(_PEOPLE, values)],
        "cases": [part],
    }
    return yaml.safe_dump(whole, allow_unicode=True, sort_keys=False, width=120)


def _actions(rows: Any, members: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Each under a title of its own; whoever left is replaced by somebody who may write."""
    writers = [m["person"] for m in members if m["role"] in ("coordinator", "drafter")]
    seen: Counter[str] = Counter()
    actions = []
    for row in rows:
        seen[row.title] += 1
        title = row.title if seen[row.title] == 1 else f"{row.title} ({seen[row.title]})"
        revisions = [
            {
                key: content[key]
                for key in ("languages", "form", "cosigners", "audience", "not_before")
                if content.get(key) is not None
            }
            for content in row.contents
        ]
        author = row.author if row.author in writers else next(iter(writers), row.author)
        actions.append(
            {
                "kind": row.kind,
                "title": title,
                "visibility": row.visibility,
                "author": author,
                "revisions": revisions,
            }
        )
    return actions


def _given(row: Any) -> dict[str, Any]:
    return {key: value for key, value in row._mapping.items() if value is not None}


async def _files(
    session: AsyncSession, case_id: UUID, file: zipfile.ZipFile, tell: Callable[[str], None]
) -> None:
    query = select(StoredFile).where(StoredFile.case_id == case_id).order_by(StoredFile.stored_at)
    kept = {stored.sha256: stored for stored in await session.scalars(query)}
    for number, (digest, stored) in enumerate(kept.items(), start=1):
        tell(f"file {number} of {len(kept)} …")
        with file.open(f"files/{digest}", "w", force_zip64=True) as member:
            async for piece in await open_file(session, stored):
                member.write(piece)


async def _ledger(session: AsyncSession, case_id: UUID, file: zipfile.ZipFile) -> None:
    openings = await read_case_openings(session, case_id)
    head = await latest_head(session)
    if head is None or (openings and openings[-1][0] >= head.size):
        raise NotSignedYet
    opened = (OpenedEntry(index, record, secret) for index, secret, record in openings)
    pieces = [piece async for piece in _entries(session, head.size)]
    write_export(
        file,
        checkpoint=str(head.note),
        keys=known_keys(head),
        records=_checked(opened),
        entries=iter(pieces),
    )


def _checked(opened: Iterator[OpenedEntry]) -> Iterator[OpenedEntry]:
    yield from opened


async def _entries(session: AsyncSession, size: int) -> AsyncIterator[bytes]:
    """All entries, of other cases too: they are commitments, and show nothing of them."""
    for first in range(0, size, _ENTRIES_AT_ONCE):
        end = min(first + _ENTRIES_AT_ONCE, size)
        query = select(LedgerEntry.entry).where(LedgerEntry.index >= first, LedgerEntry.index < end)
        rows = await session.scalars(query.order_by(LedgerEntry.index))
        yield make_bundle(bytes(entry) for entry in rows)
