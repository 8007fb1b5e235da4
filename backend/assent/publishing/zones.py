"""Moments as people in several countries read them: a local time may not exist, or exist twice."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo, available_timezones

from babel.core import get_global

from assent.publishing.refusals import UnfitMoment
from assent.refusal import N_

# Countries with many zones are shown by those where most people live.
_CHIEF = {
    "AU": ("Australia/Sydney", "Australia/Perth"),
    "BR": ("America/Sao_Paulo",),
    "CA": ("America/Toronto", "America/Vancouver"),
    "CD": ("Africa/Kinshasa",),
    "CL": ("America/Santiago",),
    "CN": ("Asia/Shanghai",),
    "ES": ("Europe/Madrid",),
    "ID": ("Asia/Jakarta",),
    "KZ": ("Asia/Almaty",),
    "MX": ("America/Mexico_City",),
    "NZ": ("Pacific/Auckland",),
    "PT": ("Europe/Lisbon",),
    "RU": ("Europe/Moscow",),
    "US": ("America/New_York", "America/Los_Angeles"),
}


def zone_named(name: str) -> ZoneInfo:
    """Return a time zone.

    Raises:
        UnfitMoment: there is none of that name.
    """
    if name not in available_timezones():
        raise UnfitMoment(N_("There is no such time zone."), field="zone")
    return ZoneInfo(name)


def moment_in(zone: str, local: str) -> datetime:
    """Return the moment of a local time, as a form sends it.

    Args:
        local: such as 2026-12-01T09:00.

    Raises:
        UnfitMoment: no time; or one that clocks leave out or show twice that night.
    """
    place = zone_named(zone)
    try:
        clock = datetime.fromisoformat(local)
    except ValueError:
        raise UnfitMoment(N_("Give a day and a time."), field="at") from None
    if clock.tzinfo is not None:
        return clock.astimezone(UTC)
    first, second = (clock.replace(tzinfo=place, fold=fold) for fold in (0, 1))
    if first.utcoffset() != second.utcoffset():
        there = first.astimezone(UTC).astimezone(place).replace(tzinfo=None) == clock
        raise UnfitMoment(
            N_("That night clocks are set back and show this time twice. Choose another.")
            if there
            else N_("That night clocks are set forward and leave this time out. Choose another."),
            field="at",
        )
    return first.astimezone(UTC)


def zones_of(country: str) -> tuple[str, ...]:
    """Return a country's time zones, the chief ones where it has many."""
    if country in _CHIEF:
        return _CHIEF[country]
    known = get_global("territory_zones").get(country) or []
    return tuple(zone for zone in known[:1] if not zone.startswith("Etc/"))


def same_time_later(at: datetime, zone: str, after: datetime) -> datetime:
    """Return the first moment after `after` that shows the same time of day in this zone as `at`."""
    place = ZoneInfo(zone)
    local = at.astimezone(place)
    day = max(after.astimezone(place).date(), local.date())
    while True:
        again = datetime.combine(day, local.time(), place).astimezone(UTC)
        if again > after and again > at:
            return again
        day += timedelta(days=1)
