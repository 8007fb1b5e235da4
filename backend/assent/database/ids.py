"""Ids of everything that is kept."""

from uuid import UUID

from uuid_utils.compat import uuid7


def new_id() -> UUID:
    """A new UUIDv7: unguessable, and in the order of making, which keeps indexes compact."""
    return uuid7()
