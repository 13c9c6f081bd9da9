"""The material of a review: result folders, a server's data, or made data where neither is given."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from pavement.errors import BadInput
from pavement.notebook.made_year import made_material
from pavement.review.review import Material
from pavement.review.settings import ReviewSettings


def open_material(
    year: int,
    results: Sequence[Path | str] = (),
    data: Path | str | None = None,
    network: Path | str | None = None,
    settings: ReviewSettings | None = None,
) -> Material:
    """What is known of a 年度 and the one before: of `results` (folders of `pavement run`; with `network` 未点検 is
    known too), or of `data` (the folder of `pavement serve --data`); without both made data, as its `source` says.
    """
    rule = (settings or ReviewSettings()).adoption
    if results and data:
        raise BadInput("both result folders and a server's data are given", do="give one of them")
    if results:
        from pavement.networks import read_network
        from pavement.review_files import read_results

        roads = read_network(Path(network)) if network else None
        return read_results([Path(each) for each in results], year, roads, rule)
    if data is None:
        return made_material(year)
    from pavement.server_settings import ServerSettings
    from pavement.store.existing import existing_database
    from pavement.store.review_data import read_material

    with existing_database(ServerSettings.from_environment(Path(data))) as database:
        return read_material(database, year, rule=rule)
