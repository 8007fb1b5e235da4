"""What an import file says of targets: evidence that is a text, claims with what shows them, listings.

Everything is recorded through the same services as by hand, as the person the file names, with their rights.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from assent.cases.models import Case
from assent.database.ids import new_id
from assent.evidence import storage
from assent.evidence.files import Kept, examine, file_name, keep_part
from assent.evidence.service import Details, record_evidence
from assent.evidence.sources import record_agreement
from assent.importing.reading import Places
from assent.importing.schema import CasePart, ClaimPart, EvidencePart, ListingPart
from assent.ledger.store import case_data_key
from assent.people.caller import Caller
from assent.sanctions.claims import add_exhibit, make_claim
from assent.sanctions.entities import check_entity
from assent.sanctions.listings import DAYS, record_listing
from assent.sanctions.queries import case_targets
from assent.sanctions.targets import Author, record_targets

Path = tuple[str | int, ...]


@dataclass
class Instruments:
    """Records one case's part of an import.

    Attributes:
        at: turns a refusal into an error with its line.
        author: finds the person a file names.
        kept: files that were put into the store: to be taken out again if the import fails.
    """

    session: AsyncSession
    places: Places
    at: Callable[[Path], AbstractContextManager[None]]
    author: Callable[[str, Path], Caller]
    kept: list[Kept]

    async def record(self, case: Case, part: CasePart, path: Path) -> None:
        """Record what a case's part says of its targets."""
        with self.at(path):
            entities = [
                check_entity(raw, f"targets[{number}]") for number, raw in enumerate(part.targets)
            ]
            await record_targets(self.session, Author(None), case.id, entities)
        lines = await case_targets(self.session, case.id)
        targets = {line.entity.id: line.id for line in lines}
        evidence: dict[str, UUID] = {}
        for number, piece in enumerate(part.evidence):
            here = (*path, "evidence", number)
            if piece.title in evidence:
                raise self.places.problem((*here, "title"), "two pieces have this title")
            evidence[piece.title] = await self._evidence(case, piece, here)
        for number, claim in enumerate(part.claims):
            await self._claim(claim, targets, evidence, (*path, "claims", number))
        for number, listing in enumerate(part.listings):
            await self._listing(listing, targets, evidence, (*path, "listings", number))

    async def _evidence(self, case: Case, part: EvidencePart, path: Path) -> UUID:
        caller = self.author(part.author, (*path, "author"))
        key, file_id = await case_data_key(self.session, case.id), new_id()

        async def text() -> AsyncIterator[bytes]:
            yield part.text.encode()

        with self.at(path):
            size = await keep_part(key, case.id, file_id, 0, text(), storage.current().most)
            kept = Kept(case.id, file_id, (size,))
            self.kept.append(kept)
            examined = await examine(key, kept, file_name(f"{part.title}.txt"))
            details = Details(part.title, part.tier, part.visibility)
            made = await record_evidence(self.session, caller, examined, None, details)
            for country in part.agreed_by_source:
                await record_agreement(self.session, caller, made.evidence.id, country, agrees=True)
        return made.evidence.id

    async def _claim(
        self, part: ClaimPart, targets: dict[str, UUID], evidence: dict[str, UUID], path: Path
    ) -> None:
        caller = self.author(part.author, (*path, "author"))
        target = self._one_of(targets, part.target, (*path, "target"))
        with self.at(path):
            claim = await make_claim(
                self.session, caller, target, part.part, part.statement,
                category=part.category, happened_on=part.happened_on, place=part.place,
            )  # fmt: skip
        for number, exhibit in enumerate(part.exhibits):
            here = (*path, "exhibits", number)
            shown = self._named(evidence, exhibit.evidence, (*here, "evidence"))
            with self.at(here):
                await add_exhibit(
                    self.session, caller, claim.id, exhibit.title, exhibit.tier, source=exhibit.source,
                    address=exhibit.address, evidence_id=shown, confidential=exhibit.confidential,
                )  # fmt: skip

    async def _listing(
        self, part: ListingPart, targets: dict[str, UUID], evidence: dict[str, UUID], path: Path
    ) -> None:
        caller = self.author(part.author, (*path, "author"))
        target = self._one_of(targets, part.target, (*path, "target"))
        document = self._named(evidence, part.document, (*path, "document"))
        with self.at(path):
            await record_listing(
                self.session, caller, target, part.jurisdiction, part.status, on=part.on,
                days={name: getattr(part, name) for name in DAYS}, reference=part.reference,
                address=part.address, note=part.note, evidence_id=document,
            )  # fmt: skip

    def _named(self, known: Mapping[str, UUID], name: str | None, path: Path) -> UUID | None:
        return None if name is None else self._one_of(known, name, path)

    def _one_of(self, known: Mapping[str, UUID], name: str, path: Path) -> UUID:
        if name not in known:
            raise self.places.problem(path, "there is nothing of this name in this case")
        return known[name]
