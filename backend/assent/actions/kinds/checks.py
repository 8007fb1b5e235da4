"""Whether a content fits its kind: its form as declared, and what no declaration can say."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

from assent.actions.kinds import declared, public_statement
from assent.actions.kinds.filled import FORM_PROBLEMS, FormProblem, check_form
from assent.actions.refusals import UnfitContent
from assent.contacts.recipients import require_each_once
from assent.gate.content import CONTENT_PROBLEMS, Content, ContentProblem, parse_content

# By kind: what more has to be true of a content whose form is complete.
_FURTHER: Mapping[str, Callable[[Content], None]] = {
    "public_statement": public_statement.check,
}


def read_content(raw: object, kind: str) -> Content:
    """Check raw content of an action of this kind, and bring it to its normal form.

    Raises:
        UnfitContent, SameAddressTwice: with `field` the path of the first thing that does not fit.
    """
    try:
        content = parse_content(raw)
        form = check_form(declared.current(), kind, content.form)
    except (ContentProblem, FormProblem) as problem:
        known = CONTENT_PROBLEMS if isinstance(problem, ContentProblem) else FORM_PROBLEMS
        raise UnfitContent(
            known[problem.code], field=problem.path, extra=None, **problem.params
        ) from problem
    content = replace(content, form=form)
    if not isinstance(content.audience, str):
        require_each_once(content.audience, "audience")
    require_each_once(public_statement.press_list(content.as_json()), "form.press.recipients")
    if "form" in form and kind in _FURTHER:
        _FURTHER[kind](content)
    return content
