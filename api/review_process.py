"""The yearly review of a large network, made in a process of its own: its half minute of one core and its memory are
not the server's, whose other requests go on meanwhile.
"""

from __future__ import annotations

import json
import pickle
import subprocess
import sys
from dataclasses import dataclass
from datetime import date

from pavement.errors import BadInput, Fault
from pavement.review.review import make_review
from pavement.review.settings import ReviewSettings
from pavement.review.to_json import public_json, review_json
from pavement.store.database import Database, open_database
from pavement.store.review_data import has_more_sections, read_material
from pavement.store.scope import Scope

MOST_HERE = 20_000  #: sections (blocks and segments): a network so small is reviewed in a second, faster than a start
LONGEST_S = 1800.0


@dataclass(frozen=True)
class Order:
    """What is asked for: the database (its address), 年度, whose roads, settings, day; for everyone or staff."""

    url: str
    year: int
    scope: Scope
    settings: ReviewSettings
    today: date
    public: bool


def answer_of(database: Database, order: Order) -> bytes | None:
    """The review as JSON; None where nothing was inspected. Raises BadInput as `read_material` does."""
    if not has_more_sections(database, MOST_HERE):
        return make_answer(database, order)
    done = subprocess.run(
        [sys.executable, "-m", "api.review_process"],
        input=pickle.dumps(order),
        stdout=subprocess.PIPE,
        timeout=LONGEST_S,
        check=False,
    )
    if done.returncode == 2:
        raise BadInput(done.stdout.decode())
    if done.returncode != 0:
        raise Fault(f"the review's process ended with {done.returncode}")
    return done.stdout or None


def make_answer(database: Database, order: Order) -> bytes | None:
    """The same in this process."""
    material = read_material(database, order.year, order.scope, order.settings.adoption)
    if not material.segment_years[-1].inspected.any():
        return None
    review = make_review(material, order.settings, order.today)
    found = public_json(review) if order.public else review_json(review)
    return json.dumps(found, ensure_ascii=False, allow_nan=False).encode()


def main() -> int:
    """An order from the server on the standard input, the answer on the standard output."""
    order: Order = pickle.loads(sys.stdin.buffer.read())  # the parent wrote it
    database = open_database(order.url)
    try:
        sys.stdout.buffer.write(make_answer(database, order) or b"")
    except BadInput as error:
        sys.stdout.buffer.write(str(error).encode())
        return 2
    finally:
        database.close()
    return 0


if __name__ == "__main__":
    sys.exit(main())
