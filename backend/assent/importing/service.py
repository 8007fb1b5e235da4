"""Applying an import file: all of it or nothing, in one transaction, by the operator."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any
from uuid import UUID

from sqlalchemy import insert, select
from sqlalchemy.ext.asyncio import AsyncSession

from assent import gates
from assent.actions.kinds.checks import read_content
from assent.actions.models import Action
from assent.actions.service import record_revision, require_cosigners_in_case
from assent.cases.arrangements import checked_arrangement
from assent.cases.countries import is_country
from assent.cases.models import Case
from assent.cases.postures import record_posture
from assent.cases.service import (
    CaseDetails,
    checked_details,
    checked_role,
    record_arrangement,
    record_case,
    record_membership,
    refresh_case,
)
from assent.database.ids import new_id
from assent.database.session import present
from assent.evidence.files import Kept, forget_kept
from assent.gate.roles import Role
from assent.importing.events import record_imported_event
from assent.importing.instruments import Instruments
from assent.importing.reading import Places
from assent.importing.schema import ActionPart, CasePart, ImportFile, OrganisationPart, PersonPart
from assent.ledger import sealing
from assent.ledger.events import EventKind
from assent.ledger.store import append
from assent.people.caller import Caller
from assent.people.invitations import checked_name, normal_address
from assent.people.models import (
    IdentityProvider,
    Membership,
    Organisation,
    OrganisationRole,
    Person,
)
from assent.refusal import Refusal
from assent.tasks.models import Task
from assent.wording import clean_line

Path = tuple[str | int, ...]
DRAFTING_ROLES = (Role.DRAFTER, Role.COORDINATOR)


async def apply_import(
    session: AsyncSession,
    file: ImportFile,
    places: Places,
    progress: Callable[[str], None] = lambda _: None,
) -> None:
    """Make everything an import file describes.

    Args:
        session: a job's session; the caller commits.
        places: lines of the file's values, for errors.
        progress: called with a sentence for each step.

    Raises:
        ImportProblem: for the first thing that does not fit what is there.
    """
    await _Import(session, places, progress).run(file)


class _Import:
    def __init__(
        self, session: AsyncSession, places: Places, progress: Callable[[str], None]
    ) -> None:
        self.session, self.places, self.progress = session, places, progress
        self.organisations: dict[str, UUID] = {}
        self.people: dict[str, Person] = {}
        self.kept: list[Kept] = []

    async def run(self, file: ImportFile) -> None:
        try:
            await self._run(file)
        except BaseException:
            for kept in self.kept:
                await forget_kept(kept)
            raise

    async def _run(self, file: ImportFile) -> None:
        await self._known()
        for number, organisation in enumerate(file.organisations):
            self.progress(f"organisation {organisation.slug}")
            await self._organisation(organisation, ("organisations", number))
        for number, person in enumerate(file.people):
            await self._person(person, ("people", number))
        self.progress(f"{len(file.people)} people")
        for number, case in enumerate(file.cases):
            self.progress(f"case {case.slug}")
            await self._case(case, ("cases", number))

    @contextmanager
    def _at(self, path: Path) -> Iterator[None]:
        """Turn a refusal into an error with its line."""
        try:
            yield
        except Refusal as refusal:
            inner: Path = path
            for part in (refusal.field or "").replace("[", ".").replace("]", "").split("."):
                if part:
                    inner = (*inner, int(part) if part.isdigit() else part)
            raise self.places.problem(inner, refusal.message()) from refusal

    async def _known(self) -> None:
        rows = await self.session.execute(select(Organisation.slug, Organisation.id))
        self.organisations = {row.slug: row.id for row in rows}
        self.people = {
            person.email: person for person in await self.session.scalars(select(Person))
        }

    async def _organisation(self, part: OrganisationPart, path: Path) -> None:
        if part.slug in self.organisations:
            raise self.places.problem(
                (*path, "slug"), "an organisation with this slug exists already"
            )
        with self._at(path):
            name = checked_name(part.name)
        if not is_country(part.country):
            raise self.places.problem((*path, "country"), "there is no country with this code")
        organisation_id, now = new_id(), await present(self.session)
        values: dict[str, Any] = {
            "id": organisation_id,
            "slug": part.slug,
            "name": name,
            "country": part.country,
            "email_domains": [domain.strip().lower() for domain in part.email_domains],
            "created_at": now,
        }
        await self.session.execute(insert(Organisation).values(**values))
        body = {"organisation": str(organisation_id), "slug": part.slug}
        await append(
            self.session,
            event=EventKind.ORGANISATION_CREATED,
            actor=None,
            case_id=None,
            at=now,
            body=body,
        )
        if part.oidc is not None:
            provider = {
                "organisation_id": organisation_id,
                "issuer": part.oidc.issuer,
                "client_id": part.oidc.client_id,
                "client_secret_sealed": sealing.current().seal(
                    "client-secret", part.oidc.client_secret.encode()
                ),
                "created_at": now,
            }
            await self.session.execute(insert(IdentityProvider).values(**provider))
            await append(
                self.session,
                event=EventKind.PROVIDER_CONNECTED,
                actor=None,
                case_id=None,
                at=now,
                body={"organisation": str(organisation_id), "issuer": part.oidc.issuer},
            )
        self.organisations[part.slug] = organisation_id

    async def _person(self, part: PersonPart, path: Path) -> None:
        with self._at((*path, "email")):
            address = normal_address(part.email)
        if address in self.people:
            raise self.places.problem((*path, "email"), "a person with this address exists already")
        organisation_id = self._organisation_id(part.organisation, (*path, "organisation"))
        with self._at(path):
            name = checked_name(part.name)
        now = await present(self.session)
        values = {
            "id": new_id(),
            "email": address,
            "name": name,
            "language": part.language,
            "organisation_id": organisation_id,
            "born": part.born,
            "created_at": now,
        }
        await self.session.execute(insert(Person).values(**values))
        self.people[address] = await self.session.get_one(Person, values["id"])
        if part.organisation_admin:
            if organisation_id is None:
                raise self.places.problem((*path, "organisation_admin"), "of which organisation?")
            role = {
                "person_id": values["id"],
                "organisation_id": organisation_id,
                "role": Role.ORGANISATION_ADMIN.value,
                "granted_at": now,
            }
            await self.session.execute(insert(OrganisationRole).values(**role))

    async def _case(self, part: CasePart, path: Path) -> None:
        taken = select(Case.id).where(Case.slug == part.slug)
        if (await self.session.scalars(taken)).one_or_none() is not None:
            raise self.places.problem((*path, "slug"), "a case with this slug exists already")
        with self._at(path):
            person = part.detained_person.model_dump(mode="json", exclude_none=True)
            details = CaseDetails(part.slug, part.title, person, part.detaining_state, part.posture)
            case = await record_case(self.session, None, checked_details(details), created_by=None)
        for number, membership in enumerate(part.memberships):
            here = (*path, "memberships", number)
            member = self._known_person(membership.person, (*here, "person"))
            organisation_id = self._organisation_id(
                membership.organisation, (*here, "organisation")
            )
            with self._at(here):
                role = checked_role(membership.role, membership.organisation)
            if organisation_id is not None and member.organisation_id != organisation_id:
                reason = "this person does not work for that organisation"
                raise self.places.problem((*here, "organisation"), reason)
            await self._refuse_twice(case.id, member.id, role, here)
            await record_membership(self.session, None, case.id, member.id, role, organisation_id)
        if (arrangement := part.family_arrangement) is not None:
            with self._at((*path, "family_arrangement")):
                people = await checked_arrangement(
                    self.session,
                    case.id,
                    arrangement.rule,
                    arrangement.quorum,
                    arrangement.decision_makers,
                    arrangement.alternates,
                )
                await record_arrangement(
                    self.session,
                    None,
                    case.id,
                    arrangement.rule,
                    arrangement.quorum,
                    people,
                    cooling_off_hours=arrangement.cooling_off_hours,
                )
        actions: dict[str, UUID] = {}
        for number, action in enumerate(part.actions):
            here = (*path, "actions", number)
            if action.title in actions:
                raise self.places.problem((*here, "title"), "two actions have this title")
            actions[action.title] = await self._action(case, action, here)
        await refresh_case(self.session, case.id)
        await self._tasks(case, part, path, actions)
        await self._instruments().record(case, part, path)
        for number, event in enumerate(part.events):
            with self._at((*path, "events", number)):
                await record_imported_event(self.session, case.id, event)
        for number, told in enumerate(part.postures):
            with self._at((*path, "postures", number)):
                await record_posture(
                    self.session,
                    None,
                    case.id,
                    told.posture,
                    told.reason,
                    told.owner,
                    told.review_on,
                )

    async def _refuse_twice(self, case_id: UUID, person_id: UUID, role: Role, path: Path) -> None:
        query = select(Membership.id).where(
            Membership.case_id == case_id,
            Membership.person_id == person_id,
            Membership.role == role.value,
        )
        if (await self.session.scalars(query)).one_or_none() is not None:
            raise self.places.problem(path, "this person has this role here already")

    async def _action(self, case: Case, part: ActionPart, path: Path) -> UUID:
        if part.kind not in gates.current().book.kinds:
            known = ", ".join(gates.current().book.kinds)
            raise self.places.problem((*path, "kind"), f"there is no such kind; known are: {known}")
        author = self._known_person(part.author, (*path, "author"))
        organisation_id = await self._desk_of(case.id, author, (*path, "author"))
        action_id, now = new_id(), await present(self.session)
        with self._at(path):
            title = clean_line(part.title, field="title")
        values: dict[str, Any] = {
            "id": action_id,
            "case_id": case.id,
            "kind": part.kind,
            "title": title,
            "visibility": part.visibility,
            "organisation_id": organisation_id,
            "author_id": author.id,
            "created_at": now,
        }
        body = {key: str(values[key]) for key in ("kind", "title", "visibility", "organisation_id")}
        writer = _as_imported(author)
        values["ledger_index"] = await append(
            self.session,
            event=EventKind.ACTION_CREATED,
            actor=writer,
            case_id=case.id,
            action_id=action_id,
            at=now,
            body=body,
        )
        await self.session.execute(insert(Action).values(**values))
        action = await self.session.get_one(Action, action_id)
        for number, revision in enumerate(part.revisions):
            here = (*path, "revisions", number)
            with self._at(here):
                content = read_content(revision.model_dump(exclude_unset=True), action.kind)
                await require_cosigners_in_case(self.session, case.id, content.cosigners)
            await record_revision(self.session, writer, action, content, number=number + 1)
        return action_id

    async def _desk_of(self, case_id: UUID, author: Person, path: Path) -> UUID:
        query = select(Membership.organisation_id).where(
            Membership.case_id == case_id,
            Membership.person_id == author.id,
            Membership.role.in_([role.value for role in DRAFTING_ROLES]),
            Membership.organisation_id.is_not(None),
        )
        found = (await self.session.scalars(query.limit(1))).one_or_none()
        if found is None:
            raise self.places.problem(path, "an author is a drafter or coordinator of this case")
        return found

    async def _tasks(
        self, case: Case, part: CasePart, path: Path, actions: dict[str, UUID]
    ) -> None:
        for number, task in enumerate(part.tasks):
            here = (*path, "tasks", number)
            if task.assignee is None and task.organisation is None:
                raise self.places.problem(here, "say who should do this: assignee or organisation")
            if task.action is not None and task.action not in actions:
                raise self.places.problem(
                    (*here, "action"), "no action of this case has this title"
                )
            assignee = (
                self._known_person(task.assignee, (*here, "assignee")) if task.assignee else None
            )
            organisation_id = self._organisation_id(task.organisation, (*here, "organisation"))
            with self._at(here):
                title = clean_line(task.title, field="title")
            values = {
                "id": new_id(),
                "case_id": case.id,
                "action_id": actions[task.action] if task.action else None,
                "kind": "assigned",
                "title": title,
                "assignee_id": assignee.id if assignee else None,
                "organisation_id": organisation_id,
                "due_on": task.due_on,
                "opened_at": await present(self.session),
            }
            await self.session.execute(insert(Task).values(**values))

    def _instruments(self) -> Instruments:
        def author(email: str, path: Path) -> Caller:
            return _as_imported(self._known_person(email, path))

        return Instruments(self.session, self.places, self._at, author, self.kept)

    def _organisation_id(self, slug: str | None, path: Path) -> UUID | None:
        if slug is None:
            return None
        if slug not in self.organisations:
            raise self.places.problem(path, "there is no organisation with this slug")
        return self.organisations[slug]

    def _known_person(self, email: str, path: Path) -> Person:
        if email not in self.people:
            raise self.places.problem(path, "there is no person with this address")
        return self.people[email]


def _as_imported(person: Person) -> Caller:
    """An author named by the file: the record says that the operator imported it."""
    return Caller(
        person_id=person.id,
        name=person.name,
        email=person.email,
        organisation_id=person.organisation_id,
        language=person.language,
        credential="import",
        via="token",
    )
