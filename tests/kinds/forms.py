"""Filled forms to try things with; nobody in them exists."""

from __future__ import annotations

from typing import Any

QUESTIONNAIRE: dict[str, Any] = {
    "form": "working_group",
    "identity": {
        "family_name": "Rahimi",
        "first_name": "Ava",
        "sex": "female",
        "nationality": "IR",
        "profession": "teacher",
    },
    "arrest": {
        "date": "2024-05",
        "place": "at the school gate",
        "forces": "men without uniform",
        "warrant": "no",
    },
    "detention": {
        "places": [
            {"place": "Cellar of the security office", "until": "2024-06-30"},
            {"place": "Prison of the north", "since": "2024-06-30"},
        ]
    },
    "circumstances": {"account": "She was taken in front of her pupils.\nNobody said where to."},
    "arbitrary": {
        "categories": ["category_2", "category_3"],
        "reasons": "She is held for teaching in her language.",
    },
    "remedies": {"steps": "Two complaints, both unanswered."},
    "submitter": {
        "name": "Harbour",
        "capacity": "organisation",
        "address": "Quay 1, office@harbour.example",
    },
}
# To what is asked apart about it.
ANSWERS = {"naming": "yes", "family_named": "yes", "known": "yes"}
APPEAL: dict[str, Any] = {
    "form": "urgent_appeal",
    "mandates": {"holders": ["arbitrary_detention", "torture"]},
    "identity": {"family_name": "Rahimi", "first_name": "Ava"},
    "events": {
        "date": "2026-11-20",
        "place": "Prison of the north",
        "account": "Moved to solitary confinement.",
        "perpetrators": "the prison's direction",
    },
    "urgency": {"risk": "She has no medicine.", "asked": ["her medicine", "a doctor of her own"]},
    "submitter": {"name": "Harbour", "capacity": "organisation", "address": "Quay 1"},
}
COMPLAINT: dict[str, Any] = {
    "form": "individual_complaint",
    "committee": {"body": "ccpr", "state": "BY", "articles": ["9", "14", "19"]},
    "identity": {"family_name": "Rahimi", "first_name": "Ava", "nationality": "BY"},
    "authority": {
        "name": "A Lawyer",
        "authorised": "power of attorney of 2024",
        "address": "Quay 1",
    },
    "admissibility": {"remedies": "Appeal of 2025, refused.", "elsewhere": "no"},
    "facts": {"account": "Arrested, tried behind closed doors, sentenced."},
}
_CRITERIA = (
    "innocence",
    "nationality",
    "leverage",
    "freedoms",
    "own_law",
    "doubts",
    "pretext",
    "judiciary",
    "conditions",
    "due_process",
    "diplomacy",
)
LEVINSON: dict[str, Any] = {
    "form": "levinson",
    "person": {
        "name": "Ava Rahimi",
        "tie": "resident",
        "held_since": "2024-05",
        "held_by": "the security office",
    },
    **{
        name: {
            "met": "partly",
            "evidence": [
                {"claim": f"About {name}", "source": "a report, 2025", "tier": "credible"}
            ],
        }
        for name in _CRITERIA
    },
}
OUTREACH: dict[str, Any] = {
    "form": "outreach",
    "addressee": {"side": "home", "country": "SE", "body": "Foreign ministry"},
    "document": {"sort": "letter", "openness": "quiet", "asks": ["a visit", "a doctor"]},
}
