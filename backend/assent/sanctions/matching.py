"""Is this the same person? Keys by which names find each other across scripts, and a score with its reasons. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import combinations, product
from typing import Any

from assent.sanctions.entities import Entity

MOST_KEYS = 48
MOST_NAMES = 40
_MOST_TOKENS = 7
# Letters that are written one way and sounded another: both are tried.
_ARABIC = str.maketrans({"ض": "ز", "ذ": "ز", "ظ": "ز", "ث": "س", "ص": "س", "ط": "ت"})
_SOUNDS = {
    "q": "k",
    "g": "k",
    "c": "k",
    "x": "ks",
    "z": "s",
    "v": "",
    "w": "",
    "y": "",
    "h": "",
    "j": "s",
}
_DIGRAPHS = (
    ("kh", "k"), ("gh", "k"), ("ph", "f"), ("th", "t"), ("dh", "d"), ("sh", "s"), ("ch", "s"), ("zh", "s"),
    ("dj", "s"),
)  # fmt: skip
_VOWELS = frozenset("aeiou")


@dataclass(frozen=True)
class Match:
    """How far two entities are one.

    Attributes:
        score: from 0 to 100.
        reasons: each with a kind and what was compared: what a person decides by.
    """

    score: int
    reasons: tuple[Mapping[str, Any], ...]


@lru_cache(maxsize=100_000)
def latin_tokens(name: str) -> tuple[str, ...]:
    """Return a name's words in plain Latin letters."""
    from normality import ascii_text
    from rigour.names import tokenize_name

    plain = str(ascii_text(name) or "").lower()
    return tuple(token for token in tokenize_name(plain) if token)


@lru_cache(maxsize=200_000)
def skeleton(token: str) -> str:
    """Return what of a word stays when it is spelt otherwise: its consonants, by sound, once each in a row."""
    for letters, sound in _DIGRAPHS:
        token = token.replace(letters, sound)
    kept = ""
    for letter in token:
        if letter in _VOWELS or not letter.isalnum():
            continue
        sound = _SOUNDS.get(letter, letter)
        if sound and not kept.endswith(sound):
            kept += sound
    return kept or token[:1]


def keys_of(names: Iterable[str]) -> list[str]:
    """Return the keys by which names are found: pairs of their words' skeletons."""
    keys: dict[str, None] = {}
    for name in list(names)[:MOST_NAMES]:
        for variant in {name, name.translate(_ARABIC)}:
            for key in _keys(latin_tokens(variant)):
                keys[key] = None
                if len(keys) >= MOST_KEYS:
                    return list(keys)
    return list(keys)


def _keys(tokens: tuple[str, ...]) -> Iterable[str]:
    sounds = [skeleton(token) for token in tokens[:_MOST_TOKENS]]
    if len(sounds) == 1:
        yield f"1:{tokens[0]}"
    for one, other in combinations(sounds, 2):
        yield ":".join(sorted((one, other)))
    if len(sounds) > 2:
        # Given names are written together or apart: Xiao Ming, Xiaoming.
        first, rest = sounds[0], skeleton("".join(tokens[1:_MOST_TOKENS]))
        yield ":".join(sorted((first, rest)))


def compare(ours: Entity, theirs: Entity) -> Match:
    """Return how far two entities are one, with reasons."""
    name = _names(ours.names, theirs.names)
    if name is None:
        return Match(0, ())
    score, reasons = name[0], [name[1]]
    for judge in (_dates, _countries, _genders, _numbers):
        found = judge(ours, theirs)
        if found is not None:
            score += found[0]
            reasons.append(found[1])
    if ours.schema != theirs.schema and {ours.schema, theirs.schema} <= {
        "Person",
        "Company",
        "Organization",
        "Vessel",
    }:
        score -= 30
        reasons.append({"kind": "schema", "ours": ours.schema, "theirs": theirs.schema})
    return Match(max(0, min(100, round(score))), tuple(reasons))


def _names(ours: Sequence[str], theirs: Sequence[str]) -> tuple[float, dict[str, Any]] | None:
    best: tuple[float, str, str] | None = None
    for one, other in product(ours[:MOST_NAMES], theirs[:MOST_NAMES]):
        likeness = name_likeness(one, other)
        if best is None or likeness > best[0]:
            best = (likeness, one, other)
        if likeness >= 1:
            break
    if best is None:
        return None
    percent = round(best[0] * 100)
    # A name alone is never certain.
    return best[0] * 85, {"kind": "name", "ours": best[1], "theirs": best[2], "percent": percent}


@lru_cache(maxsize=50_000)
def name_likeness(one: str, other: str) -> float:
    """Return from 0 to 1 how far two names are the same, whatever the script and the order of their words."""
    return max(_likeness(mine, theirs) for mine in _spellings(one) for theirs in _spellings(other))


def _spellings(name: str) -> list[tuple[str, ...]]:
    return [latin_tokens(variant) for variant in sorted({name, name.translate(_ARABIC)})]


def _likeness(mine: tuple[str, ...], theirs: tuple[str, ...]) -> float:
    if not mine or not theirs:
        return 0.0
    if sorted(mine) == sorted(theirs):
        return 1.0
    if "".join(mine) == "".join(theirs):
        return 0.98
    few, many = sorted((list(mine), list(theirs)), key=len)
    total = 0.0
    left = list(many)
    for token in few:
        best = max(left, key=lambda candidate: token_likeness(token, candidate))
        total += token_likeness(token, best)
        left.remove(best)
    # Words that only one of the names has take a little away: a patronymic, a title.
    return total / len(few) * (1 - 0.06 * len(left)) * (0.8 if len(few) == 1 and left else 1)


@lru_cache(maxsize=200_000)
def token_likeness(one: str, other: str) -> float:
    """Return from 0 to 1 how far two words are spellings of one name."""
    from rigour.text import jaro_winkler

    if one == other:
        return 1.0
    if len(one) == 1 or len(other) == 1:
        return 0.75 if one[0] == other[0] else 0.0
    likeness = float(jaro_winkler(one, other))
    sounds = skeleton(one), skeleton(other)
    if sounds[0] == sounds[1] and len(sounds[0]) > 1:
        likeness = max(likeness, 0.93)
    return likeness if likeness > 0.7 else likeness * 0.5


def _dates(ours: Entity, theirs: Entity) -> tuple[float, dict[str, Any]] | None:
    names = ("birthDate", "incorporationDate")
    mine = [value for name in names for value in ours.values(name)]
    other = [value for name in names for value in theirs.values(name)]
    if not mine or not other:
        return None
    for one, two in product(mine, other):
        shared = min(len(one), len(two))
        if one[:shared] == two[:shared]:
            points = 15 if shared == 10 else 10 if shared == 7 else 8
            return points, {"kind": "birth_date", "ours": one, "theirs": two, "same": True}
    near = min(abs(int(one[:4]) - int(two[:4])) for one, two in product(mine, other))
    points = -10 if near <= 1 else -40
    return points, {"kind": "birth_date", "ours": mine[0], "theirs": other[0], "same": False}


def _countries(ours: Entity, theirs: Entity) -> tuple[float, dict[str, Any]] | None:
    names = ("nationality", "country", "jurisdiction", "citizenship")
    mine = {value for name in names for value in ours.values(name)}
    other = {value for name in names for value in theirs.values(name)}
    if not mine or not other:
        return None
    same = bool(mine & other)
    reason = {
        "kind": "country",
        "ours": ", ".join(sorted(mine)),
        "theirs": ", ".join(sorted(other)),
        "same": same,
    }
    return (5 if same else -12), reason


def _genders(ours: Entity, theirs: Entity) -> tuple[float, dict[str, Any]] | None:
    mine, other = set(ours.values("gender")), set(theirs.values("gender"))
    if not mine or not other or mine & other:
        return None
    return -25, {"kind": "gender", "ours": min(mine), "theirs": min(other), "same": False}


def _numbers(ours: Entity, theirs: Entity) -> tuple[float, dict[str, Any]] | None:
    names = (
        "passportNumber",
        "idNumber",
        "registrationNumber",
        "taxNumber",
        "wikidataId",
        "leiCode",
    )
    for name in names:
        if shared := set(ours.values(name)) & set(theirs.values(name)):
            value = min(shared)
            return 40, {"kind": "number", "ours": value, "theirs": value, "same": True}
    return None
