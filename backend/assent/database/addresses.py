"""Where the database is: under the data folder, brought along, or wherever the settings say."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from sqlalchemy import make_url

from assent.database.embedded import EmbeddedPostgres
from assent.database.migrate import libpq, migrate, require_head
from assent.database.roles import APP, ERASER, OWNER, provide_role
from assent.settings import Settings


@dataclass(frozen=True, repr=False)
class Addresses:
    """A database, as each role reaches it; both are SQLAlchemy's URLs.

    Attributes:
        app: of the role the application runs as.
        owner: of the role that owns the tables; None where this process may not change them.
        eraser: of the role that carries out erasures; None where this process may not.
    """

    app: str
    owner: str | None
    eraser: str | None = None

    def bring_up_to_date(self, tell: Callable[[str], None] = lambda _: None) -> None:
        """Run the migrations that are missing, if this process may; then check that all is as it should be.

        Args:
            tell: called with a sentence for each step.

        Raises:
            assent.database.roles.CannotProvideRole: the owner may not make the application's role.
            assent.database.migrate.NotAtHead, RoleTooStrong: the application must not run on this.
        """
        if self.owner is not None:
            provide_role(libpq(self.owner), APP, libpq(self.app))
            provide_role(libpq(self.owner), ERASER, libpq(self.eraser) if self.eraser else "")
            migrate(self.owner, tell)
        require_head(self.app)


@contextmanager
def database_at(
    settings: Settings, tell: Callable[[str], None] = lambda _: None
) -> Iterator[Addresses]:
    """Give the database's addresses; the one brought along runs as long as it is used.

    Args:
        tell: called with a sentence when starting takes long enough for somebody to wonder.

    Raises:
        assent.database.embedded.CannotStart: if the one brought along cannot run.
    """
    if settings.embedded:
        with EmbeddedPostgres(settings.data, settings.postgres_bin, tell=tell) as postgres:
            yield Addresses(postgres.url(APP), postgres.url(OWNER), postgres.url(ERASER))
    else:
        yield _elsewhere(settings)


def _elsewhere(settings: Settings) -> Addresses:
    """Return the addresses of a database that somebody else runs."""
    owner = settings.database_url.get_secret_value() if settings.database_url else None
    given = settings.database_eraser_url
    eraser = given.get_secret_value() if given else None
    if settings.database_app_url is not None:
        return Addresses(settings.database_app_url.get_secret_value(), owner, eraser)
    if owner is None and eraser is not None:
        return Addresses(eraser, None, eraser)  # `assent erase` apart from everything else
    app = make_url(owner or "").set(username=APP, password=settings.app_password())
    return Addresses(app.render_as_string(hide_password=False), owner, eraser)
