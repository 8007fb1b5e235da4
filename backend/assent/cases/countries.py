"""Countries, as ISO 3166-1 alpha-2 codes; the list is the one of Unicode's CLDR, through Babel."""

from __future__ import annotations

from functools import cache

from babel import Locale

# In CLDR's list, and no country: groups of countries, and codes for tests and the unknown.
_NO_COUNTRIES = {"EU", "EZ", "QO", "UN", "XA", "XB", "ZZ"}


@cache
def countries() -> frozenset[str]:
    """Return all codes."""
    codes = {str(code) for code in Locale("en").territories}
    return frozenset(c for c in codes if len(c) == 2 and c.isalpha() and c not in _NO_COUNTRIES)


def is_country(code: object) -> bool:
    """Whether this is the code of a country, in capitals."""
    return isinstance(code, str) and code in countries()
