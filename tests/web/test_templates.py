"""Every template compiles, in every language."""

import pytest

from assent.language import languages
from assent.web.render import environment


@pytest.mark.parametrize("language", languages())
def test_every_template_compiles(language: str) -> None:
    made = environment(language)
    for name in made.list_templates():
        assert made.get_template(name).name == name
