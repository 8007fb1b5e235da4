"""How many witnesses have to have seen what a release rests on, and how far so many have followed."""

from __future__ import annotations

from datetime import datetime, timedelta
from itertools import zip_longest

from assent.gate.facts import Facts

# Time for the others to notice, and to object, before less is asked for than was agreed.
EASED_AFTER = timedelta(days=1)


def witnesses_needed(facts: Facts, now: datetime) -> int:
    """Return the strictest demand in force: one that was eased less than a day ago still is."""
    demands = sorted(facts.witness_demands, key=lambda d: d.seq)
    replaced = [later.at for later in demands[1:]]
    return max(
        (
            demand.needed
            for demand, until in zip_longest(demands, replaced)
            if until is None or now < until + EASED_AFTER
        ),
        default=0,
    )


def seen_by(facts: Facts, witnesses: int) -> int:
    """Return how many entries of the ledger so many witnesses have seen."""
    return facts.witnessed[witnesses - 1] if witnesses <= len(facts.witnessed) else 0
