"""What the command offers, and what each of its commands loads."""

from __future__ import annotations

import subprocess
import sys

import click
import pytest

from assent.cli import COMMANDS, main

ALONE = """
import sys
from assent.cli import COMMANDS, main
main([{name!r}, "--help"], standalone_mode=False)
heavy = {{"sqlalchemy", "psycopg", "fastapi", "jinja2"}}
print(sorted(heavy & {{module.partition(".")[0] for module in sys.modules}}))
"""


@pytest.mark.parametrize("name", COMMANDS)
def test_a_command_bears_its_name(name: str) -> None:
    command = main.get_command(click.Context(main), name)
    assert command is not None
    assert command.name == name
    assert command.help


def test_an_unknown_command_is_refused() -> None:
    assert main.get_command(click.Context(main), "publish") is None


@pytest.mark.parametrize("name", ["verify", "witness"])
def test_who_checks_needs_no_database(name: str) -> None:
    run = subprocess.run(
        [sys.executable, "-c", ALONE.format(name=name)], capture_output=True, text=True, check=True
    )
    assert run.stdout.splitlines()[-1] == "[]"
