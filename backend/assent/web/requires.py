"""What a route requires, said as the type of its first argument: no route can forget it.

    async def front(visit: SignedIn) -> Response: ...
    async def case_page(visit: Annotated[CaseVisit, in_case(Permission.CASE_READ)]) -> Response: ...
    async def clear(visit: Annotated[ActionVisit, on_action(Permission.ACTION_CLEAR)]) -> Response: ...
    async def statement(visit: Public) -> Response: ...

The visit brings the caller and the transaction in which everything the request does happens. It is
committed before the answer leaves (`scope="function"`): a commit that fails is an error, never a 200.

Pages know people by the cookie of their session, the API (`Api…`, `api_…`) by a bearer token, and
neither by the other: a cookie never authenticates the API.
"""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import Depends, Path, Request
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from assent import access
from assent.access import Permission
from assent.actions.models import Action
from assent.actions.queries import visible_action
from assent.cases.models import Case
from assent.database.session import Database, act_for
from assent.gate.roles import Role
from assent.people import sessions, tokens
from assent.people.caller import Caller
from assent.people.memberships import Standing, administers, require, standing
from assent.people.models import Organisation
from assent.refusal import N_, Forbidden, NotFound, Unauthenticated

_SLUG = re.compile(r"[a-z0-9]([a-z0-9-]{0,62}[a-z0-9])?")
Credential = Literal["session", "token"]


@dataclass(frozen=True)
class PublicVisit:
    """Anybody's request.

    Attributes:
        session: the transaction, on behalf of `caller` or of nobody.
        caller: who is signed in, where somebody is.
    """

    session: AsyncSession
    caller: Caller | None


@dataclass(frozen=True)
class Visit:
    """A request of somebody who is signed in, with its transaction."""

    session: AsyncSession
    caller: Caller


@dataclass(frozen=True)
class OrganisationVisit(Visit):
    """A request about an organisation by somebody who administers it."""

    organisation: Organisation


@dataclass(frozen=True)
class CaseVisit(Visit):
    """A request in a case by somebody who takes part in it and may attempt this there."""

    case: Case
    standing: Standing


@dataclass(frozen=True)
class ActionVisit(CaseVisit):
    """A request about an action that the caller may see, by somebody who may attempt this with it."""

    action: Action


class NotAdministrator(Forbidden):
    """The caller works for the organisation and does not administer it."""

    type = "not-administrator"
    title = N_("Only an administrator of your organisation does this.")
    advice = N_("Ask one of them.")


class Requires:
    """Marks a dependency that says what a route requires; a test looks for one on every route."""


async def transaction(request: Request) -> AsyncIterator[AsyncSession]:
    """Give the request's one transaction; it commits before the answer leaves."""
    database: Database = request.app.state.database
    async with database.session() as session:
        yield session


Transaction = Annotated[AsyncSession, Depends(transaction, scope="function")]
CaseName = Annotated[str, Path(description="A case's id or slug.", examples=["a-lawyer"])]
OrganisationName = Annotated[
    str, Path(description="An organisation's short name.", examples=["harbour"])
]
Id = Annotated[str, Path(json_schema_extra={"format": "uuid"})]


class OpenToAll(Requires):
    """Anybody may come; who is signed in is known all the same."""

    async def __call__(self, request: Request, session: Transaction) -> PublicVisit:
        caller = await sessions.caller_of(session, request)
        if caller is not None:
            await _go_on_for(request, session, caller)
        return PublicVisit(session, caller)


@dataclass(frozen=True)
class RequiresSomebody(Requires):
    """Somebody signed in, by the one kind of credential this door takes."""

    by: Credential

    async def __call__(self, request: Request, session: Transaction) -> Visit:
        source = sessions if self.by == "session" else tokens
        caller = await source.caller_of(session, request)
        if caller is None:
            raise Unauthenticated
        await _go_on_for(request, session, caller)
        return Visit(session, caller)


class _Unchecked(Requires):
    """Anybody may ask, nobody is looked up, no transaction is begun."""

    async def __call__(self) -> None:
        return None


Unchecked = Annotated[None, Depends(_Unchecked())]
Public = Annotated[PublicVisit, Depends(OpenToAll(), scope="function")]
SignedIn = Annotated[Visit, Depends(RequiresSomebody("session"), scope="function")]
ApiCaller = Annotated[Visit, Depends(RequiresSomebody("token"), scope="function")]


def in_case(permission: Permission) -> Any:
    """Require, on a page at `…/{case}/…`, a part in the case that may attempt this.

    Whoever has no part in it gets 404; whoever has another part in it 403.
    """
    return Depends(_InCase(permission), scope="function")


def on_action(permission: Permission) -> Any:
    """Require, on a page at `…/{action}/…`, that the caller sees the action and may attempt this."""
    return Depends(_OnAction(permission), scope="function")


def api_in_case(permission: Permission) -> Any:
    """The same as `in_case` for the API's bearer token."""
    return Depends(_ApiInCase(permission), scope="function")


def api_on_action(permission: Permission) -> Any:
    """The same as `on_action` for the API's bearer token."""
    return Depends(_ApiOnAction(permission), scope="function")


@dataclass(frozen=True)
class _InCase(Requires):
    permission: Permission

    async def __call__(self, visit: SignedIn, case: CaseName) -> CaseVisit:
        return await enter_case(visit, case, self.permission)


@dataclass(frozen=True)
class _ApiInCase(Requires):
    permission: Permission

    async def __call__(self, visit: ApiCaller, case: CaseName) -> CaseVisit:
        return await enter_case(visit, case, self.permission)


@dataclass(frozen=True)
class _OnAction(Requires):
    permission: Permission

    async def __call__(self, visit: SignedIn, action: Id) -> ActionVisit:
        return await open_action(visit, action, self.permission)


@dataclass(frozen=True)
class _ApiOnAction(Requires):
    permission: Permission

    async def __call__(self, visit: ApiCaller, action: Id) -> ActionVisit:
        return await open_action(visit, action, self.permission)


def in_organisation(permission: Permission) -> Any:
    """Require, on a page at `…/{organisation}/…`, an administrator of it who may attempt this.

    Whoever does not work there gets 404, whoever works there and does not administer it 403.
    """
    return Depends(_InOrganisation(permission), scope="function")


def api_in_organisation(permission: Permission) -> Any:
    """The same as `in_organisation` for the API's bearer token."""
    return Depends(_ApiInOrganisation(permission), scope="function")


@dataclass(frozen=True)
class _InOrganisation(Requires):
    permission: Permission

    async def __call__(self, visit: SignedIn, organisation: OrganisationName) -> OrganisationVisit:
        return await enter_organisation(visit, organisation, self.permission)


@dataclass(frozen=True)
class _ApiInOrganisation(Requires):
    permission: Permission

    async def __call__(self, visit: ApiCaller, organisation: OrganisationName) -> OrganisationVisit:
        return await enter_organisation(visit, organisation, self.permission)


async def enter_organisation(visit: Visit, slug: str, permission: Permission) -> OrganisationVisit:
    """Find an organisation and check that the caller administers it and may attempt this.

    Raises:
        NotFound, NotAdministrator: they do not work there, or do not administer it.
    """
    query = select(Organisation).where(Organisation.slug == slug)
    organisation = (
        (await visit.session.scalars(query)).one_or_none() if _SLUG.fullmatch(slug) else None
    )
    if organisation is None or organisation.id != visit.caller.organisation_id:
        raise NotFound
    allowed = access.current().allows(Role.ORGANISATION_ADMIN, permission)
    if not allowed or not await administers(visit.session, visit.caller, organisation.id):
        raise NotAdministrator
    return OrganisationVisit(visit.session, visit.caller, organisation)


def asking(request: Request) -> Caller | None:
    """Return who asks, once that was found out: for answers made after the transaction has ended."""
    caller = getattr(request.state, "caller", None)
    return caller if isinstance(caller, Caller) else None


async def _go_on_for(request: Request, session: AsyncSession, caller: Caller) -> None:
    request.state.caller = caller
    await act_for(session, caller.person_id)


async def enter_case(visit: Visit, name: str, permission: Permission) -> CaseVisit:
    """Find a case by id or slug and check that the caller may attempt this there.

    Raises:
        NotFound, Forbidden: no part in it, or another part.
    """
    case = await find_case(visit.session, name)
    found = await require(visit.session, visit.caller, case.id, permission)
    return CaseVisit(visit.session, visit.caller, case, found)


async def find_case(session: AsyncSession, name: str) -> Case:
    """Return the case of that id or slug, if the session's person takes part in it.

    Raises:
        NotFound: there is none for this person.
    """
    if (key := as_id(name)) is not None:
        column = Case.id == key
    elif _SLUG.fullmatch(name):
        column = Case.slug == name
    else:
        raise NotFound
    case = (await session.scalars(select(Case).where(column))).one_or_none()
    if case is None:
        raise NotFound
    return case


async def open_action(visit: Visit, name: str, permission: Permission) -> ActionVisit:
    """Find an action the caller may see and check that they may attempt this with it.

    Raises:
        NotFound, Forbidden: not theirs to see, or not theirs to do.
    """
    action = await visible_action(visit.session, require_id(name))
    case = await visit.session.get_one(Case, action.case_id)
    found = await standing(visit.session, visit.caller, case.id)
    if found is None:
        raise NotFound
    if not found.may(permission):
        raise Forbidden
    return ActionVisit(visit.session, visit.caller, case, found, action)


def as_id(text: str) -> UUID | None:
    """Return a UUID in its usual spelling, or None."""
    try:
        key = UUID(text)
    except ValueError:
        return None
    return key if str(key) == text.lower() else None


def require_id(text: str) -> UUID:
    """Return the id in an address.

    Raises:
        NotFound: what is no id names nothing.
    """
    if (key := as_id(text)) is None:
        raise NotFound
    return key
