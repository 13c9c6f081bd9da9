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


class Reveal(StrEnum):
    """What drive.toml tells of the camera."""

    NOTHING = "nothing"
    LANE_WIDTH = "lane_width"
    HEIGHT = "height"
    ALL = "all"


@dataclass(frozen=True)
class Mount:
    """The phone behind the windscreen.

    The signs are those of `pavement.camera`: pitch is positive looking down, yaw looking right of the direction of
    travel, roll with the camera's left side down (what is on the right appears lower). k1 is OpenCV's first radial
    coefficient; the principal point is the picture's centre.
    """

    height_m: float = 1.40
    pitch_deg: float = 14.0
    roll_deg: float = 0.4
    yaw_deg: float = 0.3
    focal_px: float = 860.0
    k1: float = -0.01


@dataclass(frozen=True)
class Stretch:
    """A stretch of one direction's lane in one state; metres from the start of the survey along 下り."""

    direction: Direction
    from_m: float
    to_m: float
    damage: Damage
    rut_factor: float = 1.0


@dataclass(frozen=True)
class DriveSpec:
    """A drive to simulate; the same values give the same files.

    The survey is `length_m` of kilopost (real metres differ by the posts' spacing). Without `stretches` the state of
    the road is drawn by `crack_severity` (0 = new, 1 = worn out). `rut_mm`: mean depth of the left and the right wheel
    path as the driver sees them. `gps_sigma_m`: one sigma per axis of the slowly wandering error.
    """

    seed: int = 1
    length_m: float = 400.0
    step_m: float = 5.0
    both_directions: bool = False
    speed_kmh: float = 40.0
    width_px: int = 1024
    height_px: int = 640
    mount: Mount = field(default_factory=Mount)
    lane_width_m: float = 3.25  #: between the middles of the centre line and the edge line
    crack_severity: float = 0.4
    stretches: tuple[Stretch, ...] = ()
    potholes_per_km: float = 6.0  #: in each direction
    patches_per_km: float = 10.0  #: in each direction
    rut_mm: tuple[float, float] = (8.0, 11.0)
    markings: Markings = Markings.FULL
    centre_line: CentreLine = CentreLine.YELLOW
    shadows: float = 0.2  #: 0 = none, 1 = half of the road lies in the shade of trees
    brightness: float = 1.0
    noise: float = 1.0  #: of the sensor; 1 = a phone in daylight
    motion_blur_px: float = 0.0
    bounce: float = 1.0  #: of the car on its springs; 0 = the camera's pose is fixed
    jpeg_quality: int = 90
    gps_sigma_m: float = 2.5
    gps_white_m: float = 0.5
    reveal: Reveal = Reveal.LANE_WIDTH
    first_kp_km: float = 12.3
    vehicle: str = "青森800さ1234"

    def __post_init__(self) -> None:
        limits = {
            "length_m": (20.0, 100_000.0),
            "step_m": (0.5, 50.0),
            "speed_kmh": (5.0, 120.0),
            "width_px": (64, 8192),
            "height_px": (40, 8192),
            "lane_width_m": (2.5, 3.75),
            "crack_severity": (0.0, 1.0),
            "jpeg_quality": (10, 100),
        }
        for name, (low, high) in limits.items():
            value = getattr(self, name)
            if not low <= value <= high:
                raise BadInput(f"{name} must be between {low:g} and {high:g}, got {value:g}", do="choose another value")

    @property
    def focal_px(self) -> float:
        """The mount's focal length is meant for 1024 pixels of width; it scales with the picture."""
        return self.mount.focal_px * self.width_px / 1024

    @property
    def directions(self) -> tuple[Direction, ...]:
        """The directions that are surveyed."""
        return (Direction.DOWN, Direction.UP) if self.both_directions else (Direction.DOWN,)


def demo_spec() -> DriveSpec:
    """300 m both ways, about 115 frames: sound, cracked (Ⅱ) and worn-out (Ⅲ) segments, potholes and patches."""
    down, up = Direction.DOWN, Direction.UP
    return DriveSpec(
        seed=7,
        length_m=300.0,
        step_m=6.0,
        both_directions=True,
        stretches=(
            Stretch(down, 0, 80, Damage.GOOD, 0.7),
            Stretch(down, 80, 105, Damage.LIGHT),
            Stretch(down, 105, 165, Damage.LINEAR),
            Stretch(down, 165, 200, Damage.MIXED, 1.5),
            Stretch(down, 200, 290, Damage.ALLIGATOR, 2.2),
            Stretch(down, 290, 310, Damage.LIGHT),
            Stretch(up, 0, 60, Damage.LIGHT),
            Stretch(up, 60, 100, Damage.MIXED, 1.4),
            Stretch(up, 100, 200, Damage.GOOD, 0.8),
            Stretch(up, 200, 310, Damage.LINEAR, 1.2),
        ),
        potholes_per_km=9.0,
        patches_per_km=8.0,
    )


def tiny_spec() -> DriveSpec:
    """120 m of 下り in small pictures, for tests."""
    down = Direction.DOWN
    return DriveSpec(
        seed=3,
        length_m=120.0,
        width_px=640,
        height_px=400,
        stretches=(
            Stretch(down, 0, 40, Damage.GOOD),
            Stretch(down, 40, 80, Damage.LINEAR),
            Stretch(down, 80, 125, Damage.ALLIGATOR, 2.0),
        ),
        potholes_per_km=20.0,
        patches_per_km=10.0,
    )
