"""Adapters that read what a patrol car brings home: folders and ZIPs, photos, videos, tracks, tables."""

from pavement.sources.drive_reader import read_drive
from pavement.sources.folder import open_drive
from pavement.sources.images import decode_photo, read_photo
from pavement.sources.pixels import iter_images, read_image
from pavement.sources.tracks import TrackFile, read_track

__all__ = [
    "TrackFile",
    "decode_photo",
    "iter_images",
    "open_drive",
    "read_drive",
    "read_image",
    "read_photo",
    "read_track",
]
