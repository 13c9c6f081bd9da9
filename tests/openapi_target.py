"""A data folder for tests/check_openapi.sh: some results, a device and an administrator; prints how they are known.

python -m tests.openapi_target DATA     (two lines: the device's header, the person's)
"""

from __future__ import annotations

import sys
from pathlib import Path

from api.deps import COOKIE
from pavement.server_settings import ServerSettings
from pavement.store.database import migrate, open_database
from pavement.store.devices import add_device
from pavement.store.people import add_person
from pavement.store.scope import Grant, Place, Role
from pavement.store.sessions import begin_session
from tests.store.results_builders import add_drive, analysed, blocks, photo, pothole, segment


def main(data: Path) -> None:
    """Make it and print."""
    settings = ServerSettings.from_environment(data)
    settings.data.mkdir(parents=True, exist_ok=True)
    database = open_database(settings.database_url)
    migrate(database)
    drive = add_drive(database)
    analysed(database, drive, [segment(), *blocks()], [pothole()], [photo(analysis=drive)])
    person = add_person(database, "管理", [Grant(Role.ADMIN, Place())])
    print(f"Authorization: Bearer {add_device(database, 'fuzz')}")
    print(f"Cookie: {COOKIE}={begin_session(database, person)}")
    database.close()


if __name__ == "__main__":
    main(Path(sys.argv[1]))
