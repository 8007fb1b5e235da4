"""Who is asking."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal
from uuid import UUID


@dataclass(frozen=True)
class Caller:
    """A signed-in person, as services see them.

    Attributes:
        organisation_id: of staff; None for somebody who acts for a family.
        language: BCP 47 tag of the language they read.
        credential: `session:<id>` or `token:<id>`; recorded with every decision.
        via: how they are here: signed in (link: by a mailed link), or by a program's token.
        discreet: whether pages carry a neutral title and icon for them.
    """

    person_id: UUID
    name: str
    email: str
    organisation_id: UUID | None
    language: str
    credential: str
    via: Literal["session", "link", "token"]
    discreet: bool = False
