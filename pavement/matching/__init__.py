"""Which managed road, in which direction and at which kilopost: from fixes to places (Newson & Krumm 2009)."""

from pavement.matching.match import match_track
from pavement.matching.matched import CERTAIN, Located, MatchedTrack, Run, Status

__all__ = ["CERTAIN", "Located", "MatchedTrack", "Run", "Status", "match_track"]
