"""The whole application in this process, on a database of the test's own."""

from tests.web.conftest import app, coalition, visitors

__all__ = ["app", "coalition", "visitors"]
