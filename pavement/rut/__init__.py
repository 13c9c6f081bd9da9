"""Rut depth from one phone: the lane's transverse profile by plane plus parallax.

`RoadView.of` lays a frame on the road, `choose_pairs` says which frames go together, `pair_profile` gives one pair's
profile, `estimate_bow` what the lens bends in all of them, and `fuse` the rut depth of a block.
"""

from pavement.rut.average import Placed
from pavement.rut.bow import Bow, estimate_bow
from pavement.rut.choose import choose_pairs
from pavement.rut.fuse import NoRut, Rut, fuse
from pavement.rut.pair import Lane, PairProfile, Refusal, pair_profile
from pavement.rut.view import RoadView

__all__ = [
    "Bow",
    "Lane",
    "NoRut",
    "PairProfile",
    "Placed",
    "Refusal",
    "RoadView",
    "Rut",
    "choose_pairs",
    "estimate_bow",
    "fuse",
    "pair_profile",
]
