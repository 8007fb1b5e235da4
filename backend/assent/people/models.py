"""People, organisations, what they are in each case, and how they sign in."""

from __future__ import annotations

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import ColumnElement, ForeignKey, Index, Text, UniqueConstraint, func, text
from sqlalchemy.orm import Mapped, mapped_column

from assent.database.models import Base, CaseId, LedgerIndex, OrganisationId, PersonId


class Organisation(Base):
    """A member of coalitions: it employs people, clears texts and speaks with one voice."""

    __tablename__ = "organisations"
    __table_args__ = (UniqueConstraint("slug", name="organisations_slug_key"),)

    id: Mapped[UUID] = mapped_column(primary_key=True)
    slug: Mapped[str]
    name: Mapped[str]
    country: Mapped[str] = mapped_column(comment="ISO 3166-1 alpha-2")
    email_domains: Mapped[list[str]] = mapped_column(
        server_default=text("'{}'"),
        comment="Lower-case domains; they pick the sign-in and bound who may be invited as staff.",
    )
    created_at: Mapped[datetime]


class IdentityProvider(Base):
    """An organisation's own OpenID Connect provider; the secret is sealed with the instance key."""

    __tablename__ = "identity_providers"

    organisation_id: Mapped[OrganisationId] = mapped_column(primary_key=True)
    issuer: Mapped[str]
    client_id: Mapped[str]
    client_secret_sealed: Mapped[bytes]
    created_at: Mapped[datetime]


class Person(Base):
    """Staff of one organisation, or (organisation_id null) somebody who acts for a family."""

    __tablename__ = "people"
    __table_args__ = (
        UniqueConstraint("email", name="people_email_key"),
        Index("people_organisation_idx", "organisation_id"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    email: Mapped[str]
    name: Mapped[str]
    language: Mapped[str]
    organisation_id: Mapped[OrganisationId | None]
    born: Mapped[date | None] = mapped_column(
        comment="Where known; someone under 18 cannot be a decision maker."
    )
    created_at: Mapped[datetime]
    removed_at: Mapped[datetime | None] = mapped_column(
        comment="When the organisation removed this person; from then on they can sign in nowhere."
    )
    shown_as: Mapped[str | None] = mapped_column(
        comment="The name under which relatives read of staff; null: their own."
    )
    reached_at: Mapped[str] = mapped_column(
        server_default=text("''"), comment="How relatives reach staff: a telephone number, say."
    )
    discreet: Mapped[bool] = mapped_column(
        server_default=text("false"),
        comment="Whether pages carry a neutral title and icon for this person.",
    )
    second_email: Mapped[str | None] = mapped_column(
        comment="Where a relative is told that their pages were opened on a device for the first time; nobody signs in"
        " by it."
    )


# A person's name as the session's person is to read it: relatives read of staff under the name these chose.
SHOWN_NAME: ColumnElement[str] = func.assent.shown_name(Person.shown_as, Person.name, type_=Text())


class OrganisationRole(Base):
    """Roles whose scope is an organisation, not a case."""

    __tablename__ = "organisation_roles"

    person_id: Mapped[PersonId] = mapped_column(primary_key=True)
    organisation_id: Mapped[OrganisationId] = mapped_column(primary_key=True)
    role: Mapped[str] = mapped_column(primary_key=True)
    granted_at: Mapped[datetime]


class Membership(Base):
    """A person's role in a case, on behalf of an organisation or (organisation_id null) of the family."""

    __tablename__ = "memberships"
    __table_args__ = (
        Index(
            "memberships_in_force_key",
            "case_id",
            "person_id",
            "role",
            unique=True,
            postgresql_where=text("ended_at IS NULL"),
        ),
        Index("memberships_person_idx", "person_id", postgresql_where=text("ended_at IS NULL")),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    case_id: Mapped[CaseId]
    person_id: Mapped[PersonId]
    role: Mapped[str]
    organisation_id: Mapped[OrganisationId | None]
    granted_by: Mapped[PersonId | None]
    granted_at: Mapped[datetime]
    ledger_index: Mapped[LedgerIndex]
    ended_by: Mapped[PersonId | None]
    ended_at: Mapped[datetime | None]
    end_ledger_index: Mapped[LedgerIndex | None]


class Identity(Base):
    """Which account at which provider is which person: keyed on issuer and subject, never on a mutable e-mail."""

    __tablename__ = "identities"
    __table_args__ = (UniqueConstraint("issuer", "subject", name="identities_issuer_subject_key"),)

    id: Mapped[UUID] = mapped_column(primary_key=True)
    person_id: Mapped[PersonId]
    organisation_id: Mapped[OrganisationId]
    issuer: Mapped[str]
    subject: Mapped[str]
    created_at: Mapped[datetime]


class BrowserSession(Base):
    """Server-side sessions: the cookie holds a random token, this table only its SHA-256."""

    __tablename__ = "browser_sessions"
    __table_args__ = (
        UniqueConstraint("token_hash", name="browser_sessions_token_key"),
        Index(
            "browser_sessions_person_idx", "person_id", postgresql_where=text("revoked_at IS NULL")
        ),
        Index(
            "browser_sessions_devices_idx",
            "person_id",
            "created_at",
            postgresql_where=text("browser_hash IS NOT NULL"),
        ),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    token_hash: Mapped[bytes]
    person_id: Mapped[PersonId]
    via: Mapped[str]
    device: Mapped[str]
    created_at: Mapped[datetime]
    last_seen_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    browser_hash: Mapped[bytes | None] = mapped_column(
        comment="SHA-256 of the mark a browser keeps and the person: whether they were here in it before. Null: it"
        " keeps none."
    )
    revoked_at: Mapped[datetime | None]


class DeviceAnswer(Base):
    """What somebody said, on another device, of a session of theirs: that it was theirs, or not."""

    __tablename__ = "device_answers"
    __table_args__ = (Index("device_answers_person_idx", "person_id"),)

    session_id: Mapped[UUID] = mapped_column(
        ForeignKey("assent.browser_sessions.id", ondelete="CASCADE"), primary_key=True
    )
    browser_hash: Mapped[bytes] = mapped_column(
        primary_key=True,
        comment="Of the browser in which it was said: whoever is asked in another one is asked for themselves.",
    )
    person_id: Mapped[PersonId]
    own: Mapped[bool] = mapped_column(primary_key=True)
    at: Mapped[datetime]


class SignInLink(Base):
    """One-time links: opening one shows a button and consumes nothing."""

    __tablename__ = "sign_in_links"
    __table_args__ = (
        UniqueConstraint("token_hash", name="sign_in_links_token_key"),
        Index("sign_in_links_person_idx", "person_id", "created_at"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    token_hash: Mapped[bytes]
    person_id: Mapped[PersonId]
    purpose: Mapped[str]
    browser_hash: Mapped[bytes | None] = mapped_column(
        comment="SHA-256 of the cookie of the browser that asked; elsewhere the code it showed must be typed."
    )
    code_hash: Mapped[bytes | None]
    wrong_codes: Mapped[int] = mapped_column(server_default=text("0"))
    next_path: Mapped[str] = mapped_column(server_default=text("'/'"))
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]


class ProviderSignIn(Base):
    """Sign-ins under way at a provider: state, nonce and verifier stay here, bound to the browser that began."""

    __tablename__ = "provider_sign_ins"

    state_hash: Mapped[bytes] = mapped_column(primary_key=True)
    organisation_id: Mapped[OrganisationId]
    browser_hash: Mapped[bytes]
    sealed: Mapped[bytes]
    next_path: Mapped[str] = mapped_column(server_default=text("'/'"))
    created_at: Mapped[datetime]
    used_at: Mapped[datetime | None]


class ApiToken(Base):
    """Bearer tokens for the API, stored as SHA-256 only."""

    __tablename__ = "api_tokens"
    __table_args__ = (
        UniqueConstraint("token_hash", name="api_tokens_token_key"),
        Index("api_tokens_person_idx", "person_id", postgresql_where=text("revoked_at IS NULL")),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    token_hash: Mapped[bytes]
    person_id: Mapped[PersonId]
    label: Mapped[str]
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    last_used_at: Mapped[datetime | None]
    revoked_at: Mapped[datetime | None]


class CalendarLink(Base):
    """The secret address at which somebody's calendar asks when something is due, stored as SHA-256 only; another one
    ends it.
    """

    __tablename__ = "calendar_links"
    __table_args__ = (UniqueConstraint("token_hash", name="calendar_links_token_key"),)

    person_id: Mapped[PersonId] = mapped_column(primary_key=True)
    token_hash: Mapped[bytes]
    created_at: Mapped[datetime]


class KeptForm(Base):
    """What somebody was sending when their session had ended: given back after they sign in again."""

    __tablename__ = "kept_forms"
    __table_args__ = (
        Index("kept_forms_person_idx", "person_id", postgresql_where=text("taken_at IS NULL")),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    person_id: Mapped[PersonId]
    path: Mapped[str]
    sealed: Mapped[bytes]
    kept_at: Mapped[datetime]
    taken_at: Mapped[datetime | None]
