"""Requests for measures: begun from a gap in the matrix, filled from the evidence base, put to the gate as a text."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from sqlalchemy import insert, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from assent.access import Permission
from assent.actions.models import Action
from assent.actions.queries import latest_revision, visible_action
from assent.actions.service import Submitted, create_action, submit_revision
from assent.database.ids import new_id
from assent.database.session import lock_case, present
from assent.evidence.queries import EvidenceLine, evidence_line
from assent.evidence.sources import agreements
from assent.ledger.events import EventKind
from assent.ledger.store import append
from assent.people.caller import Caller
from assent.people.memberships import require
from assent.refusal import N_, Conflict, NotFound
from assent.sanctions import dossier_forms, jurisdictions
from assent.sanctions.composing import (
    Base,
    Missing,
    Piece,
    Related,
    compose,
    missing_in,
    missing_pieces,
)
from assent.sanctions.dossier_forms import ENGLISH, DossierForm
from assent.sanctions.jurisdictions import Jurisdiction
from assent.sanctions.listings import DAYS, record
from assent.sanctions.models import Dossier
from assent.sanctions.queries import (
    ExhibitLine,
    TargetLine,
    case_standings,
    case_targets,
    target_claims,
    target_line,
)
from assent.sanctions.refusals import (
    DossierBegun,
    JurisdictionGone,
    NotListable,
    PiecesMissing,
    SourceNotAgreed,
    UnknownJurisdiction,
)
from assent.sanctions.relations import chain_of_command, relations_of
from assent.sanctions.targets import open_target
from assent.wording import clean_text

KIND = "sanctions_request"
LONGEST_ANSWER = 20_000
RECIPIENT = "recipient"


class ChangedMeanwhile(Conflict):
    """Somebody else saved the dossier after it was opened."""

    type = "changed-meanwhile"
    title = N_("Somebody else has saved this dossier since you opened it.")
    advice = N_("What you wrote is still on the page: look at theirs, then save again.")


@dataclass(frozen=True)
class OpenDossier:
    """A request with everything a page or an answer tells of it.

    Attributes:
        form, jurisdiction: None once they were taken out of the policies.
        not_agreed: the exhibits whose source has not agreed that this government sees them.
    """

    dossier: Dossier
    action: Action
    target: TargetLine
    form: DossierForm | None
    jurisdiction: Jurisdiction | None
    base: Base
    missing: Missing
    not_agreed: Sequence[ExhibitLine]
    evidence: Mapping[UUID, EvidenceLine] = field(default_factory=dict)

    @property
    def further(self) -> dict[str, tuple[Piece, ...]]:
        """What is missing in each language its jurisdiction takes beside English; empty: it goes in it, too."""
        form, base, answers = self.form, self.base, self.answers
        return {tag: missing_in(form, base, answers, tag) for tag in form.languages} if form else {}

    @property
    def answers(self) -> dict[str, str]:
        """What was written so far, by part."""
        return {key: str(value) for key, value in self.dossier.answers.items()}


async def begin_dossier(
    session: AsyncSession, caller: Caller, target_id: UUID, jurisdiction: str
) -> Dossier:
    """Begin a request to a jurisdiction: an action of its own, seen by the caller's organisation alone at first.

    Raises:
        NotFound, Forbidden, IsMerged: not somebody who records targets here.
        UnknownJurisdiction, NotListable.
        DossierBegun: one is being prepared, and the caller sees it.
    """
    line = await open_target(session, caller, target_id)
    await require(session, caller, line.case_id, Permission.ACTION_CREATE)
    known = jurisdictions.current().get(jurisdiction)
    if known is None or dossier_forms.current().get(jurisdiction) is None:
        raise UnknownJurisdiction(
            N_("Known are: {known}."),
            field="jurisdiction",
            known=", ".join(jurisdictions.current().by_code),
        )
    if not line.entity.may_be_listed:
        raise NotListable
    begun = select(Dossier.id).where(
        Dossier.target_id == target_id, Dossier.jurisdiction == jurisdiction
    )
    if (other := (await session.scalars(begun.limit(1))).one_or_none()) is not None:
        raise DossierBegun(extra={"dossier": str(other)})
    title = f"{known.short}: {line.entity.caption}"[:300]
    action = await create_action(session, caller, line.case_id, KIND, title, "organisation")
    dossier_id, now = new_id(), await present(session)
    body = {"dossier": str(dossier_id), "target": str(target_id), "jurisdiction": jurisdiction}
    index = await append(
        session,
        event=EventKind.DOSSIER_BEGUN,
        actor=caller,
        case_id=line.case_id,
        action_id=action.id,
        at=now,
        body=body,
    )
    values = {
        "id": dossier_id,
        "case_id": line.case_id,
        "action_id": action.id,
        "target_id": target_id,
        "jurisdiction": jurisdiction,
        "answers": {},
        "saved_by": caller.person_id,
        "saved_at": now,
        "made_by": caller.person_id,
        "at": now,
        "ledger_index": index,
    }
    await session.execute(insert(Dossier).values(**values))
    await _show_as_drafting(session, caller, line, jurisdiction)
    return await session.get_one(Dossier, dossier_id)


async def _show_as_drafting(
    session: AsyncSession, caller: Caller, line: TargetLine, jurisdiction: str
) -> None:
    """In the matrix a gap becomes a request being prepared; what is further on stays what it is."""
    lines = await case_targets(session, line.case_id)
    standings = await case_standings(session, lines, line.case_id)
    before = standings.get((line.id, jurisdiction))
    if before is not None and before.status != "not_asked":
        return
    nothing: dict[str, object] = {"happened_on": None, **dict.fromkeys(DAYS)}
    values = {"jurisdiction": jurisdiction, "status": "drafting", **nothing}
    values |= {"reference": "", "address": "", "note": ""}
    await record(session, caller, line.case_id, line.id, values)


async def open_dossier(session: AsyncSession, caller: Caller, dossier_id: UUID) -> OpenDossier:
    """Return a request with what is missing from it.

    Raises:
        NotFound, Forbidden: the caller does not see its action, or reads no targets here.
    """
    dossier = await session.get(Dossier, dossier_id)
    if dossier is None:
        raise NotFound
    await require(session, caller, dossier.case_id, Permission.TARGET_READ)
    action = await visible_action(session, dossier.action_id)
    return await _read(session, dossier, action)


async def dossier_of_action(session: AsyncSession, action_id: UUID) -> Dossier | None:
    """Return the dossier behind an action, where there is one."""
    return (
        await session.scalars(select(Dossier).where(Dossier.action_id == action_id))
    ).one_or_none()


async def _read(session: AsyncSession, dossier: Dossier, action: Action) -> OpenDossier:
    target = await target_line(session, dossier.target_id)
    while target.merged_into is not None:
        target = await target_line(session, target.merged_into)
    form = dossier_forms.current().get(dossier.jurisdiction)
    known = jurisdictions.current().get(dossier.jurisdiction)
    base = await evidence_base(session, target, dossier.jurisdiction)
    answers = {key: str(value) for key, value in dossier.answers.items()}
    missing = missing_pieces(form, base, answers) if form else Missing((), ())
    evidence = await _evidence(session, base)
    refused = await _not_agreed(session, base, known) if known else []
    return OpenDossier(dossier, action, target, form, known, base, missing, refused, evidence)


async def evidence_base(session: AsyncSession, target: TargetLine, jurisdiction: str) -> Base:
    """Return what every dossier about a target is filled from."""
    lines = await case_targets(session, target.case_id)
    standings = await case_standings(session, lines, target.case_id)
    names = {code: one.name for code, one in jurisdictions.current().by_code.items()}
    elsewhere = [
        (names.get(code, code), standing.status, standing.on)
        for (key, code), standing in standings.items()
        if key == target.id and code != jurisdiction and standing.status not in ("not_asked", "drafting")
    ]  # fmt: skip
    relations = [
        Related(relation.words, relation.other.entity.caption, relation.since)
        for relation in await relations_of(session, target)
        if relation.outward
    ]
    chains = [[one.entity.caption for one in chain] for chain in chain_of_command(lines, target)]
    claims = await target_claims(session, target.id)
    return Base(target.entity, claims, relations, chains, elsewhere)


async def _evidence(session: AsyncSession, base: Base) -> dict[UUID, EvidenceLine]:
    found = {}
    for exhibit in base.exhibits:
        if exhibit.evidence_id is not None:
            line = await evidence_line(session, exhibit.evidence_id)
            if line is not None:
                found[exhibit.evidence_id] = line
    return found


async def _not_agreed(session: AsyncSession, base: Base, known: Jurisdiction) -> list[ExhibitLine]:
    """Return the exhibits whose source has not said yes to this government; silence is no."""
    ours = [e for e in base.exhibits if e.evidence_id is not None]
    said = await agreements(session, [e.evidence_id for e in ours if e.evidence_id])
    return [
        e for e in ours if e.evidence_id and not said.get(e.evidence_id, {}).get(known.government)
    ]


async def save_answers(
    session: AsyncSession,
    caller: Caller,
    dossier_id: UUID,
    answers: Mapping[str, str],
    *,
    version: int | None = None,
) -> OpenDossier:
    """Keep what was written into the parts that are asked.

    Args:
        answers: by part, such as `relation`, or `relation.fr` in another language its jurisdiction takes; and
            `recipient`: who receives it. What is not named stays as it is.
        version: of the dossier that was opened; None writes over whatever is there.

    Raises:
        NotFound, Forbidden: not somebody who writes here.
        JurisdictionGone, ChangedMeanwhile, Invalid.
    """
    opened = await _to_write(session, caller, dossier_id)
    if opened.form is None:
        raise JurisdictionGone
    if version is not None and version != opened.dossier.version:
        raise ChangedMeanwhile(extra={"version": opened.dossier.version})
    asked = [part.key for part in opened.form.asked]
    known = {RECIPIENT, *asked, *(f"{key}.{tag}" for key in asked for tag in opened.form.languages)}
    kept = {key: value for key, value in opened.answers.items() if key in known}
    for key, value in answers.items():
        if key in known:
            kept[key] = clean_text(value, field=key, longest=LONGEST_ANSWER)
    values = {
        "answers": kept,
        "version": opened.dossier.version + 1,
        "saved_by": caller.person_id,
        "saved_at": await present(session),
    }
    await session.execute(update(Dossier).where(Dossier.id == dossier_id).values(**values))
    await session.refresh(opened.dossier)
    return await _read(session, opened.dossier, opened.action)


async def put_forward(session: AsyncSession, caller: Caller, dossier_id: UUID) -> Submitted:
    """Write the dossier and put it to the gate as a revision: from then on it is a text like any other.

    Translations of the same English text are kept; of another one they are made anew.

    Raises:
        NotFound, Forbidden: not somebody who writes here.
        PiecesMissing: naming each.
        SourceNotAgreed: naming each exhibit whose source has not agreed to this government.
        JurisdictionGone.
    """
    opened = await _to_write(session, caller, dossier_id)
    if opened.form is None or opened.jurisdiction is None:
        raise JurisdictionGone
    if opened.missing.pieces:
        raise PiecesMissing([str(piece) for piece in opened.missing.pieces])
    if opened.not_agreed:
        raise SourceNotAgreed([exhibit.title for exhibit in opened.not_agreed])
    written = {
        tag: compose(opened.form, opened.base, opened.answers, tag)
        for tag in (ENGLISH, *(tag for tag, missing in opened.further.items() if not missing))
    }
    latest = await latest_revision(session, opened.action.id)
    before: dict[str, Any] = dict(latest.content or {}) if latest else {}
    heads = {tag: opened.form.in_language(tag).head for tag in written if tag != ENGLISH}
    texts = {tag: {"title": title, "body": body} for tag, (title, body) in written.items()}
    languages = before.get("languages", {})
    kept = languages if languages.get(ENGLISH) == texts[ENGLISH] else {}
    content = {
        "languages": {**kept, **texts},
        "form": {
            "dossier": opened.dossier.jurisdiction,
            "government": opened.jurisdiction.government,
            "head": opened.form.head,
            **({"heads": heads} if heads else {}),
        },
        "cosigners": before.get("cosigners", []),
        "audience": [opened.answers[RECIPIENT]],
        "attachments": _attachments(opened),
    }
    if before.get("not_before"):
        content["not_before"] = before["not_before"]
    return await submit_revision(session, caller, opened.action.id, content)


def _attachments(opened: OpenDossier) -> list[dict[str, Any]]:
    """The exhibits that are files, in the order of their numbers; a picture says that it is one."""
    attached: list[dict[str, Any]] = []
    for number, exhibit in enumerate(opened.base.exhibits, 1):
        line = opened.evidence.get(exhibit.evidence_id) if exhibit.evidence_id else None
        if line is None:
            continue
        kind = "photograph" if line.media_type.startswith(("image/", "video/")) else "document"
        attached.append(
            {
                "sha256": line.sha256,
                "title": exhibit.title,
                "kind": kind,
                "exhibit": number,
                "confidential": exhibit.confidential,
            }
        )
    return attached


async def announce(session: AsyncSession, caller: Caller, dossier_id: UUID) -> Action:
    """Begin a public statement about a filing: another text, another gate, another question to the family.

    Raises:
        NotFound, Forbidden: not somebody who begins actions here.
    """
    opened = await open_dossier(session, caller, dossier_id)
    title = f"Statement: {opened.action.title}"[:300]
    return await create_action(
        session, caller, opened.dossier.case_id, "public_statement", title, opened.action.visibility
    )


async def _to_write(session: AsyncSession, caller: Caller, dossier_id: UUID) -> OpenDossier:
    dossier = await session.get(Dossier, dossier_id)
    if dossier is None:
        raise NotFound
    action = await visible_action(session, dossier.action_id)
    await require(session, caller, dossier.case_id, Permission.ACTION_REVISE)
    await lock_case(session, dossier.case_id)
    await session.refresh(dossier)
    return await _read(session, dossier, action)
