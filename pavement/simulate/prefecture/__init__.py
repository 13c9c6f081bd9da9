"""A made-up prefecture: its network as a GeoPackage, and patrol drives through it whose place is known."""

from pavement.simulate.prefecture.drive import PatrolDrive, make_drive, thinned
from pavement.simulate.prefecture.make import make_prefecture, write_prefecture
from pavement.simulate.prefecture.receiver import Receiver
from pavement.simulate.prefecture.spec import Prefecture, PrefectureSpec, Scene, spec_of_size

__all__ = [
    "PatrolDrive",
    "Prefecture",
    "PrefectureSpec",
    "Receiver",
    "Scene",
    "make_drive",
    "make_prefecture",
    "spec_of_size",
    "thinned",
    "write_prefecture",
]
