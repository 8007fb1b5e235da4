"""The command `assent`: what there is to be called, each loaded only when it is.

Checking a receipt and running a witness need neither database nor web; they never load them.
"""

from __future__ import annotations

import importlib
import sys

import click

from assent.loading import nothing_collected

_OPERATING, _KEEPING = "assent.operators_commands", "assent.keeping_commands"
COMMANDS = {
    "serve": (_OPERATING, "serve"),
    "worker": (_OPERATING, "worker"),
    "demo": (_OPERATING, "demo"),
    "migrate": (_OPERATING, "migrate"),
    "import": (_OPERATING, "import_"),
    "schema": (_OPERATING, "schema"),
    "token": (_OPERATING, "token"),
    "link": (_OPERATING, "link"),
    "erase": (_OPERATING, "erase"),
    "doctor": (_OPERATING, "doctor"),
    "screen": ("assent.screening", "screen"),
    "verify": ("assent.checking", "verify"),
    "witness": ("assent.witnessing", "witness"),
    "export": (_KEEPING, "export"),
    "backup": (_KEEPING, "backup"),
    "restore": (_KEEPING, "restore"),
    "reopen": (_KEEPING, "reopen"),
    "log-key": (_KEEPING, "log_key"),
}


class _Loading(click.Group):
    """A group whose commands are loaded when they are called, or when help lists them."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return sorted(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        module, name = COMMANDS[cmd_name]
        with nothing_collected():
            command: click.Command = getattr(importlib.import_module(module), name)
        return command


@click.group(cls=_Loading)
@click.version_option(package_name="assent")
def main() -> None:
    """Where organisations campaign together, and nothing goes out without the family's yes."""


if __name__ == "__main__":
    sys.exit(main())
