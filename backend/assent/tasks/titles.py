"""What a task asks for, in a sentence: those of a gate are made from their key for each reader."""

from __future__ import annotations

from assent.refusal import N_

_OF_GATE = {
    "revision:content": N_("Write the text"),
    "revision:refused": N_("Revise the text: it was refused"),
    "consent:family": N_("Read the text and decide"),
    "consent:no": N_("The family has said no: let it rest, or change the text"),
    "consent:detainee": N_(
        "The detained person does not want this: let it rest, or change the text"
    ),
    "consent:withdrawn": N_("A relative took a yes back: let it rest, or talk with the family"),
    "consent:promise": N_("The family's yes depends on something: promise to keep to it"),
    "revision:condition": N_("Revise the text: the family's yes depends on something it breaks"),
    "consent:arrangement": N_("Record the family's arrangement: who decides, and how"),
    "concern:open": N_("Answer a relative's concern"),
    "hold:open": N_("Settle the safety hold"),
    "release:ready": N_("Release the text: its gate is open"),
}
_OF_ROLE = {
    "consent:attest": N_("Say whether it is what a relative said: you were there"),
    "clearance:clearance_officer": N_("Clear the text for {organisation}"),
    "clearance:safety_reviewer": N_("Review the text for safety"),
    "membership:clearance_officer": N_("Invite somebody who can clear texts for {organisation}"),
    "membership:safety_reviewer": N_("Invite somebody who can do the safety review"),
}
_OF_KIND = {
    "question": N_("Answer the family's question"),
    "retraction": N_("See that everybody who had the text knows it was taken back"),
    "delivery": N_("See to deliveries that need a hand"),
    "posture": N_("Look again at how public the effort should be"),
    "launch": N_("A launch did not go out: see why, and set another moment"),
}
_DEVICE_OF = N_(
    "{person} says that somebody else was signed in as them: call, and look at what was decided since"
)
_DEVICE = N_(
    "A relative says that somebody else was signed in as them: see that nothing rests on what was decided then"
)
_PART_OF_LAUNCH = N_("A launch did not go out because this was not ready: see what is missing")
_UNKNOWN = N_("Something is needed here")


def task_title(
    kind: str, gate_key: str | None, title: str, organisation: str | None
) -> tuple[str, dict[str, str]]:
    """Return the gettext message id of a task's title and what to fill into it.

    Args:
        title: as written by whoever assigned it, or declared with a deadline; its braces doubled.
        organisation: the name of the organisation it is about, if any; of a relative, where it is about their devices.
    """
    if kind in ("assigned", "deadline"):
        return title.replace("{", "{{").replace("}", "}}"), {}
    if kind == "launch" and (gate_key or "").startswith("launch_part:"):
        return _PART_OF_LAUNCH, {}
    if kind == "device":
        return (_DEVICE_OF, {"person": organisation}) if organisation else (_DEVICE, {})
    if kind in _OF_KIND:
        return _OF_KIND[kind], {}
    key = gate_key or ""
    sentence = _OF_GATE.get(key) or _OF_ROLE.get(":".join(key.split(":")[:2]), _UNKNOWN)
    slug = key.split(":")[2] if key.count(":") >= 2 else ""
    return sentence, {"organisation": organisation or slug}
