"""People, organisations, and how they sign in."""

from __future__ import annotations

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from assent.database.models import Base


class Organisation(Base):
    """A member of coalitions: it employs people, clears texts and speaks with one voice."""

    __tablename__ = "organisations"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    slug: Mapped[str]
    name: Mapped[str]
    country: Mapped[str]
    email_domains: Mapped[list[str]]
    created_at: Mapped[datetime]


class IdentityProvider(Base):
    """An organisation's own OpenID Connect provider; the secret is sealed with the instance key."""

    __tablename__ = "identity_providers"

    organisation_id: Mapped[UUID] = mapped_column(ForeignKey("assent.organisations.id"), primary_key=True)
    issuer: Mapped[str]
    client_id: Mapped[str]
    client_secret_sealed: Mapped[bytes]
    created_at: Mapped[datetime]


class Person(Base):
    """Staff of one organisation, or (organisation_id null) somebody who acts for a family."""

    __tablename__ = "people"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    email: Mapped[str]
    name: Mapped[str]
    language: Mapped[str]
    organisation_id: Mapped[UUID | None] = mapped_column(ForeignKey("assent.organisations.id"))
    born: Mapped[date | None]
    created_at: Mapped[datetime]
    removed_at: Mapped[datetime | None]


class OrganisationRole(Base):
    """Roles whose scope is an organisation, not a case."""

    __tablename__ = "organisation_roles"

    person_id: Mapped[UUID] = mapped_column(ForeignKey("assent.people.id"), primary_key=True)
    organisation_id: Mapped[UUID] = mapped_column(ForeignKey("assent.organisations.id"), primary_key=True)
    role: Mapped[str] = mapped_column(primary_key=True)
    granted_at: Mapped[datetime]


class Identity(Base):
    """Which account at which provider is which person: keyed on issuer and subject, never on a mutable e-mail."""

    __tablename__ = "identities"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    person_id: Mapped[UUID] = mapped_column(ForeignKey("assent.people.id"))
    organisation_id: Mapped[UUID] = mapped_column(ForeignKey("assent.organisations.id"))
    issuer: Mapped[str]
    subject: Mapped[str]
    created_at: Mapped[datetime]


class BrowserSession(Base):
    """Server-side sessions: the cookie holds a random token, this table only its SHA-256."""

    __tablename__ = "browser_sessions"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    token_hash: Mapped[bytes]
    person_id: Mapped[UUID] = mapped_column(ForeignKey("assent.people.id"))
    via: Mapped[str]
    device: Mapped[str]
    created_at: Mapped[datetime]
    last_seen_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    revoked_at: Mapped[datetime | None]


class SignInLink(Base):
    """One-time links: opening one shows a button and consumes nothing."""

    __tablename__ = "sign_in_links"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    token_hash: Mapped[bytes]
    person_id: Mapped[UUID] = mapped_column(ForeignKey("assent.people.id"))
    purpose: Mapped[str]
    browser_hash: Mapped[bytes | None]
    code_hash: Mapped[bytes | None]
    wrong_codes: Mapped[int]
    next_path: Mapped[str]
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]


class ProviderSignIn(Base):
    """Sign-ins under way at a provider: state, nonce and code verifier stay on the server, bound to the browser that began."""

    __tablename__ = "provider_sign_ins"

    state_hash: Mapped[bytes] = mapped_column(primary_key=True)
    organisation_id: Mapped[UUID] = mapped_column(ForeignKey("assent.organisations.id"))
    browser_hash: Mapped[bytes]
    sealed: Mapped[bytes]
    next_path: Mapped[str]
    created_at: Mapped[datetime]
    used_at: Mapped[datetime | None]


class ApiToken(Base):
    """Bearer tokens for the API, stored as SHA-256 only."""

    __tablename__ = "api_tokens"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    token_hash: Mapped[bytes]
    person_id: Mapped[UUID] = mapped_column(ForeignKey("assent.people.id"))
    label: Mapped[str]
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    last_used_at: Mapped[datetime | None]
    revoked_at: Mapped[datetime | None]


class KeptForm(Base):
    """What somebody was sending when their session had ended: given back after they sign in again."""

    __tablename__ = "kept_forms"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    person_id: Mapped[UUID] = mapped_column(ForeignKey("assent.people.id"))
    path: Mapped[str]
    sealed: Mapped[bytes]
    kept_at: Mapped[datetime]
    taken_at: Mapped[datetime | None]
