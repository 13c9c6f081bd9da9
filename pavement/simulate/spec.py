"""What is simulated: the drive, its camera, its road and its damage, as one frozen value."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

from pavement.errors import BadInput
from pavement.road import Direction, RoadKey

ROAD = RoadKey("主要地方道", "101", "000", "現道")
ROAD_NAME = "県道101号模擬線"


class Damage(StrEnum):
    """How cracked a stretch of one lane is; the percentages are what the 0.5 m mesh gives over 100 m, roughly."""

    GOOD = "good"  #: 0-1 %
    LIGHT = "light"  #: about 8 %
    LINEAR = "linear"  #: about 25 %
    MIXED = "mixed"  #: about 40 %
    ALLIGATOR = "alligator"  #: about 65 %


class Markings(StrEnum):
    """The lines on the road."""

    FULL = "full"
    WORN = "worn"
    NONE = "none"


class CentreLine(StrEnum):
    """The line between the two directions."""

    YELLOW = "yellow"  #: 追越し禁止, solid
    DASHED = "dashed"  #: white, 5 m long, 5 m apart


class Crown(StrEnum):
    """The shape across of a road that falls from its centre line to both sides."""

    ROOF = "roof"  #: straight lanes, rounded over a few decimetres at the centre line
    PARABOLA = "parabola"  #: bent all over; each lane bows up by a quarter of its width times the mean fall


class Roughness(StrEnum):
    """Longitudinal unevenness: the classes of ISO 8608, each four times the one before in power."""

    NONE = "none"  #: an ideal road
    A = "A"
    B = "B"
    C = "C"
    D = "D"
    E = "E"


class Reveal(StrEnum):
    """What drive.toml tells of the camera."""

    NOTHING = "nothing"
    LANE_WIDTH = "lane_width"
    HEIGHT = "height"
    HEIGHT_FOCAL = "height_focal"  #: what staff can measure, and what the phone's maker says
    ALL = "all"


@dataclass(frozen=True)
class Mount:
    """The phone behind the windscreen.

    The signs are those of `pavement.camera`: pitch is positive looking down, yaw looking right of the direction of
    travel, roll with the camera's left side down (what is on the right appears lower). k1 and k2 are OpenCV's radial
    coefficients; the principal point is the picture's centre. The height is above the plane under the wheels.
    """

    height_m: float = 1.40
    pitch_deg: float = 14.0
    roll_deg: float = 0.4
    yaw_deg: float = 0.3
    focal_px: float = 860.0
    k1: float = -0.01
    k2: float = 0.0


@dataclass(frozen=True)
class Stretch:
    """A stretch of one direction's lane in one state; metres from the start of the survey along 下り.

    The factors multiply the drive's `rut_mm` and the amplitude of its `roughness`.
    """

    direction: Direction
    from_m: float
    to_m: float
    damage: Damage
    rut_factor: float = 1.0
    roughness_factor: float = 1.0


LIMITS = {
    "length_m": (20.0, 100_000.0),
    "step_m": (0.5, 50.0),
    "speed_kmh": (5.0, 120.0),
    "width_px": (64, 8192),
    "height_px": (40, 8192),
    "lane_width_m": (2.5, 3.75),
    "crack_severity": (0.0, 1.0),
    "potholes_per_km": (0.0, 500.0),
    "patches_per_km": (0.0, 200.0),
    "speed_change": (0.0, 0.8),
    "clock_offset_s": (-86400.0, 86400.0),
    "rut_mm": (0.0, 100.0),
    "rut_width_m": (0.3, 1.2),
    "crown_pct": (0.0, 5.0),
    "cross_fall_pct": (-8.0, 8.0),
    "step_mm": (0.0, 60.0),
    "steps_per_km": (0.0, 50.0),
    "manholes_per_km": (0.0, 50.0),
    "shadows": (0.0, 1.0),
    "brightness": (0.05, 5.0),
    "noise": (0.0, 20.0),
    "motion_blur_px": (0.0, 100.0),
    "exposure_ms": (0.0, 40.0),
    "rolling_shutter_ms": (0.0, 60.0),
    "bounce": (0.0, 5.0),
    "jpeg_quality": (10, 100),
    "gps_sigma_m": (0.0, 50.0),
    "gps_white_m": (0.0, 50.0),
}
MOUNT_LIMITS = {
    "height_m": (0.5, 4.0),
    "pitch_deg": (-5.0, 45.0),
    "roll_deg": (-15.0, 15.0),
    "yaw_deg": (-30.0, 30.0),
    "focal_px": (200.0, 5000.0),
    "k1": (-0.4, 0.4),
    "k2": (-0.2, 0.2),
}


def _check(name: str, value: float, low: float, high: float) -> None:
    if not low <= value <= high:
        raise BadInput(f"{name} must be between {low:g} and {high:g}, got {value:g}", do="choose another value")


@dataclass(frozen=True)
class DriveSpec:
    """A drive to simulate; the same values give the same files.

    The survey is `length_m` of kilopost (real metres differ by the posts' spacing). Without `stretches` the state of
    the road is drawn by `crack_severity` (0 = new, 1 = worn out). `rut_mm`: mean depth of the left and the right wheel
    path as the driver sees them. `gps_sigma_m`: one sigma per axis of the slowly wandering error.

    Without `roughness` the camera's pose is shaken by white noise (`bounce`); with it the car rides on the road's
    profile, and `bounce` only scales the trembling of the phone in its holder.
    """

    seed: int = 1
    length_m: float = 400.0
    step_m: float = 5.0
    both_directions: bool = False
    speed_kmh: float = 40.0
    speed_change: float = 0.0  #: share of the speed by which traffic changes it, up and down, over 100-600 m
    clock_offset_s: float = 0.0  #: to be added to the frames' times to get the receiver's
    width_px: int = 1024
    height_px: int = 640
    mount: Mount = field(default_factory=Mount)
    lane_width_m: float = 3.25  #: between the middles of the centre line and the edge line
    crack_severity: float = 0.4
    stretches: tuple[Stretch, ...] = ()
    potholes_per_km: float = 6.0  #: in each direction
    patches_per_km: float = 10.0  #: in each direction
    rut_mm: tuple[float, float] = (8.0, 11.0)
    rut_width_m: float = 0.70  #: of one trough
    crown_pct: float = 0.0  #: mean fall of a lane from the centre line to the edge
    crown: Crown = Crown.ROOF
    cross_fall_pct: float = 0.0  #: of the whole road, falling to the right of 下り
    roughness: Roughness = Roughness.NONE
    step_mm: float = 15.0  #: height of the steps
    steps_per_km: float = 0.0  #: at joints over the whole road, as at the ends of bridges; up and down in turn
    manholes_per_km: float = 0.0  #: in the wheel paths of each direction, `step_mm` too high or too low
    markings: Markings = Markings.FULL
    centre_line: CentreLine = CentreLine.YELLOW
    shadows: float = 0.2  #: 0 = none, 1 = half of the road lies in the shade of trees
    brightness: float = 1.0
    noise: float = 1.0  #: of the sensor; 1 = a phone in daylight
    motion_blur_px: float = 0.0  #: constant over the picture; `exposure_ms` is the physical one
    exposure_ms: float = 0.0  #: exposure time of each row; 0 = frozen
    rolling_shutter_ms: float = 0.0  #: from the first row's readout to the last one's
    bounce: float = 1.0  #: of the car on its springs; 0 = the camera's pose is fixed
    jpeg_quality: int = 90
    gps_sigma_m: float = 2.5
    gps_white_m: float = 0.5
    reveal: Reveal = Reveal.LANE_WIDTH
    first_kp_km: float = 12.3
    vehicle: str = "青森800さ1234"
    car: str = "sedan"  #: how it rides: a name in `suspension.CARS`

    def __post_init__(self) -> None:
        for name, (low, high) in LIMITS.items():
            value = getattr(self, name)
            for part in value if isinstance(value, tuple) else (value,):
                _check(name, part, low, high)
        for name, (low, high) in MOUNT_LIMITS.items():
            _check(name, getattr(self.mount, name), low, high)

    @property
    def focal_px(self) -> float:
        """The mount's focal length is meant for 1024 pixels of width; it scales with the picture."""
        return self.mount.focal_px * self.width_px / 1024

    @property
    def directions(self) -> tuple[Direction, ...]:
        """The directions that are surveyed."""
        return (Direction.DOWN, Direction.UP) if self.both_directions else (Direction.DOWN,)
