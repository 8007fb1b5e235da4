"""A day as exactly as it is known: a day, a month or a year."""

from __future__ import annotations

import re
from datetime import date, timedelta

from assent.cases.refusals import UnfitDay

_FORM = re.compile(r"(\d{4})(?:-(\d\d)(?:-(\d\d))?)?")


def checked_day(value: str, *, field: str, today: date, whole: bool = False) -> str:
    """Return a day, month or year that is not ahead.

    Args:
        whole: only a whole day will do.

    Raises:
        UnfitDay: it is none, or lies ahead.
    """
    found = _FORM.fullmatch(value.strip())
    if found is None or (whole and found[3] is None):
        raise UnfitDay(field=field)
    try:
        begins = date(int(found[1]), int(found[2] or 1), int(found[3] or 1))
    except ValueError as error:
        raise UnfitDay(field=field) from error
    if begins > today + timedelta(days=1):  # it may be tomorrow already where it happened
        raise UnfitDay(field=field)
    return found[0]
