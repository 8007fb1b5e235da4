"""The whole application in this process, an administrator, and real providers."""

from tests.people.conftest import provider
from tests.web.conftest import app, coalition, visitors

__all__ = ["app", "coalition", "provider", "visitors"]
