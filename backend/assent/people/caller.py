"""Who is asking."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal
from uuid import UUID


@dataclass(frozen=True)
class OtherDevice:
    """A session of the caller's on a device of which they have not said, in this browser, that it is theirs."""

    id: UUID
    device: str
    at: datetime


@dataclass(frozen=True)
class Caller:
    """A signed-in person, as services see them.

    Attributes:
        organisation_id: of staff; None for somebody who acts for a family.
        language: BCP 47 tag of the language they read.
        credential: `session:<id>` or `token:<id>`; recorded with every decision.
        via: how they are here: signed in (link: by a mailed link), or by a program's token.
        discreet: whether pages carry a neutral title and icon for them.
        elsewhere: of a relative: where else their pages were opened, if they have not said that it was them.
    """

    person_id: UUID
    name: str
    email: str
    organisation_id: UUID | None
    language: str
    credential: str
    via: Literal["session", "link", "token"]
    discreet: bool = False
    elsewhere: OtherDevice | None = None

    @property
    def browser_session(self) -> UUID | None:
        """The browser's session they are here by; None for a program."""
        kind, _, key = self.credential.partition(":")
        return UUID(key) if kind == "session" else None
