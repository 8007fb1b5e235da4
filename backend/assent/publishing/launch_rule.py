"""All or nothing, as a rule without a database: which of a launch's actions go out now."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID


@dataclass(frozen=True)
class Part:
    """One action of a launch, as its gate stands.

    Attributes:
        out: it went out before, and was not taken back.
        missing: keys of what its gate still asks for; empty: it may go out.
    """

    action: UUID
    out: bool
    missing: tuple[str, ...]

    @property
    def ready(self) -> bool:
        """Whether it may go out now."""
        return not self.out and not self.missing


def going_out(parts: Sequence[Part], *, reducible: bool) -> tuple[UUID, ...] | None:
    """Return what goes out now, in the order in which it is locked; None: nothing does.

    Args:
        reducible: whether the family agreed that the rest goes out without what may not.
    """
    ready = tuple(sorted(part.action for part in parts if part.ready))
    shut = any(not part.ready and not part.out for part in parts)
    if not shut:
        return ready
    return ready if reducible and ready else None
