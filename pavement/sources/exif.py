"""EXIF: when and where a camera says that it took a photo. Pure; nothing in a damaged block raises."""

from __future__ import annotations

import math
import warnings
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo
from typing import Any

from PIL import Image
from PIL.ExifTags import GPS, IFD, Base

from pavement.sources.times import parse_exif

_MPS = {"K": 1 / 3.6, "M": 0.44704, "N": 1852 / 3600}


@dataclass(frozen=True)
class Exif:
    """What this product reads of EXIF; texts empty and numbers NaN where not given. lon, lat, heading in degrees."""

    taken: str = ""  #: DateTimeOriginal
    subsec: str = ""  #: SubSecTimeOriginal
    offset: str = ""  #: OffsetTimeOriginal; OffsetTime belongs to another time
    gps_time: datetime | None = None
    lon: float = math.nan
    lat: float = math.nan
    accuracy_m: float = math.nan
    speed_mps: float = math.nan
    heading_deg: float = math.nan

    def taken_at(self, zone: tzinfo) -> datetime | None:
        """The UTC time of DateTimeOriginal; `zone` where no offset is given."""
        return parse_exif(self.taken, self.subsec, self.offset, zone)


NO_EXIF = Exif()


def parse_exif_block(block: bytes) -> Exif:
    """The facts of an APP1 block that starts with `Exif`; what is missing or damaged stays unknown."""
    if not block:
        return NO_EXIF
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # Pillow warns of damaged tags and goes on
            tags = Image.Exif()
            tags.load(block)
            return _facts(tags.get_ifd(IFD.Exif), tags.get_ifd(IFD.GPSInfo))
    except Exception:  # Pillow raises a dozen unrelated kinds on damaged blocks; a photo without EXIF is no error
        return NO_EXIF


def _facts(photo: Mapping[int, Any], gps: Mapping[int, Any]) -> Exif:
    return Exif(
        taken=_text(photo.get(Base.DateTimeOriginal)),
        subsec=_text(photo.get(Base.SubsecTimeOriginal)),
        offset=_text(photo.get(Base.OffsetTimeOriginal)),
        gps_time=_gps_time(gps),
        lon=_degrees(gps.get(GPS.GPSLongitude), _text(gps.get(GPS.GPSLongitudeRef)), "W"),
        lat=_degrees(gps.get(GPS.GPSLatitude), _text(gps.get(GPS.GPSLatitudeRef)), "S"),
        accuracy_m=_number(gps.get(GPS.GPSHPositioningError)),
        speed_mps=_number(gps.get(GPS.GPSSpeed)) * _MPS.get(_text(gps.get(GPS.GPSSpeedRef)) or "K", math.nan),
        heading_deg=_number(gps.get(GPS.GPSTrack)) if _text(gps.get(GPS.GPSTrackRef)) != "M" else math.nan,
    )


def _gps_time(gps: Mapping[int, Any]) -> datetime | None:
    day = parse_exif(f"{_text(gps.get(GPS.GPSDateStamp))} 00:00:00", "", "", UTC)
    clock = _triple(gps.get(GPS.GPSTimeStamp))
    if day is None or not all(0 <= part < limit for part, limit in zip(clock, (24, 60, 61), strict=True)):
        return None
    hours, minutes, seconds = clock
    return day + timedelta(hours=hours, minutes=minutes, seconds=seconds)


def _degrees(value: Any, ref: str, negative: str) -> float:
    degrees, minutes, seconds = _triple(value)
    return (degrees + minutes / 60 + seconds / 3600) * (-1 if ref.upper() == negative else 1)


def _triple(value: Any) -> tuple[float, float, float]:
    parts = [_number(part) for part in value] if isinstance(value, tuple) else []
    return (parts[0], parts[1], parts[2]) if len(parts) == 3 else (math.nan, math.nan, math.nan)


def _number(value: Any) -> float:
    """A rational as a float; NaN for a zero denominator or what is no number."""
    try:
        number = float(value)
    except (TypeError, ValueError, ZeroDivisionError):
        return math.nan
    return number if math.isfinite(number) else math.nan


def _text(value: Any) -> str:
    if isinstance(value, bytes):
        value = value.decode("ascii", errors="replace")
    return value.strip("\0 ") if isinstance(value, str) else ""
