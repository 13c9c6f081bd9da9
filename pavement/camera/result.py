"""The camera of one drive, where each number came from, and how sure it is."""

from __future__ import annotations

from dataclasses import dataclass, replace
from math import degrees

from pavement.camera.pinhole import Camera

FROM_MOTION = "estimated from motion"


@dataclass(frozen=True)
class CameraEstimate:
    """The camera of one drive, where each number came from, and how sure it is (1 sigma)."""

    camera: Camera
    lane_width_m: float
    sources: dict[str, str]  #: focal, pitch, roll, yaw, k1, height, lane_width → given / estimated … / assumed
    frames: int  #: frames whose lane edges were used
    pitch_sd_deg: float | None
    focal_sd: float | None  #: relative error where the focal length was estimated
    scale_sd: float  #: relative error of lengths across the road
    roll_sd_deg: float | None = None
    yaw_sd_deg: float | None = None
    lane_width_sd_m: float | None = None
    k1_seen: float | None = None  #: k1 as the texture tells it, applied or not …
    k1_sd: float | None = None  #: … and its error
    pairs: int = 0  #: pairs of frames whose texture was used
    conflict: float = 0.0  #: how many sigmas the worst of the given and seen lengths lies beside the others

    @property
    def scale_assumed(self) -> bool:
        """Whether neither height nor lane width nor the texture's motion told the scale."""
        return self.sources["height"] not in ("given", FROM_MOTION) and self.sources["lane_width"] == "assumed"

    def for_size(self, width: int, height: int) -> CameraEstimate:
        """The same mount for pictures of another resolution."""
        camera, factor = self.camera, width / self.camera.width
        if factor == 1 and height == camera.height:
            return self
        return replace(
            self,
            camera=replace(
                camera,
                width=width,
                height=height,
                focal_px=camera.focal_px * factor,
                cx_px=camera.cx_px * factor,
                cy_px=height / 2 + (camera.cy_px - camera.height / 2) * factor,
            ),
        )

    def report(self) -> dict[str, object]:
        """For run.json and the report."""
        camera = self.camera

        def rounded(value: float | None, digits: int) -> float | None:
            return None if value is None else round(value, digits)

        return {
            "focal_px": round(camera.focal_px, 1),
            "pitch_deg": round(degrees(camera.pitch), 2),
            "roll_deg": round(degrees(camera.roll), 2),
            "yaw_deg": round(degrees(camera.yaw), 2),
            "height_m": round(camera.height_m, 3),
            "lane_width_m": round(self.lane_width_m, 3),
            "sources": self.sources,
            "frames": self.frames,
            "pitch_sd_deg": rounded(self.pitch_sd_deg, 2),
            "focal_sd": rounded(self.focal_sd, 3),
            "scale_sd": round(self.scale_sd, 3),
            "width_px": camera.width,
            "height_px": camera.height,
            "cx_px": round(camera.cx_px, 1),
            "cy_px": round(camera.cy_px, 1),
            "k1": round(camera.k1, 4),
            "k1_seen": rounded(self.k1_seen, 3),
            "k1_sd": rounded(self.k1_sd, 3),
            "roll_sd_deg": rounded(self.roll_sd_deg, 2),
            "yaw_sd_deg": rounded(self.yaw_sd_deg, 2),
            "lane_width_sd_m": rounded(self.lane_width_sd_m, 3),
            "pairs": self.pairs,
            "conflict": round(self.conflict, 1),
        }
