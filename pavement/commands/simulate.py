"""simulate: a made-up drive with its network and truth."""

from __future__ import annotations

import argparse
from pathlib import Path

from pavement.commands.common import Bars, Commands


def add_simulate_command(commands: Commands) -> None:
    """The parser of simulate."""
    simulate = commands.add_parser("simulate", help="a made-up drive with its network and truth")
    simulate.add_argument("--out", type=Path, required=True)
    simulate.add_argument("--seed", type=int)
    simulate.add_argument("--length-m", type=float)
    simulate.add_argument("--step-m", type=float)
    simulate.add_argument("--speed-kmh", type=float)
    simulate.add_argument("--speed-change", type=float, help="share of the speed by which traffic changes it")
    simulate.add_argument("--clock-offset-s", type=float, help="to be added to the frames' times to get the track's")
    simulate.add_argument("--crack-severity", type=float, help="0 = new road, 1 = worn out")
    simulate.add_argument("--potholes-per-km", type=float)
    simulate.add_argument("--both-directions", action="store_true", default=None)
    simulate.add_argument("--rut-course", action="store_true", default=None, help="2.2 km of ruts of 0-50 mm")
    simulate.add_argument("--rut-mm", metavar="L,R", help="mean depth of the left and the right wheel path")
    simulate.add_argument("--rut-width", type=float, dest="rut_width_m", metavar="M", help="of one trough")
    simulate.add_argument("--crown-pct", type=float, help="fall from the centre line to both sides")
    simulate.add_argument("--crown", metavar="roof|parabola", help="shape of the crown")
    simulate.add_argument("--cross-fall-pct", type=float, help="fall of the whole road to the right of 下り")
    simulate.add_argument("--step-mm", type=float, help="height of joints' and manholes' steps")
    simulate.add_argument("--steps-per-km", type=float, help="joints over the whole road")
    simulate.add_argument("--manholes-per-km", type=float)
    simulate.add_argument("--roughness", metavar="none|A|B|C|D|E", help="unevenness, class of ISO 8608; with imu.csv")
    simulate.add_argument("--markings", metavar="full|worn|none")
    simulate.add_argument("--shadows", type=float, help="0 = none, 1 = half of the road")
    simulate.add_argument(
        "--reveal", metavar="nothing|lane_width|height|height_focal|all", help="what drive.toml tells"
    )
    simulate.add_argument("--width-px", type=int)
    simulate.add_argument("--height-px", type=int)
    simulate.add_argument("--focal-px", type=float)
    simulate.add_argument("--camera-height-m", type=float)
    for angle in ("--pitch-deg", "--roll-deg", "--yaw-deg", "--k1", "--k2"):
        simulate.add_argument(angle, type=float)
    simulate.add_argument("--noise", type=float, help="of the sensor; 1 = a phone in daylight")
    simulate.add_argument("--jpeg-quality", type=int)
    simulate.add_argument("--exposure-ms", type=float, help="blurs by the car's motion")
    simulate.add_argument("--rolling-shutter-ms", type=float, help="from the first row's readout to the last one's")
    simulate.add_argument("--bounce", type=float, help="0 = the phone does not tremble")
    simulate.add_argument("--gps-sigma-m", type=float)
    simulate.add_argument("--car", metavar="sedan|van|kei|soft", help="how it rides")
    simulate.set_defaults(command=_simulate)


def _simulate(parsed: argparse.Namespace, bars: Bars) -> None:
    from pavement import bootstrap
    from pavement.simulate import spec_of

    bootstrap.simulate(parsed.out, spec_of(vars(parsed)), bars)
    bars.close()
    print(parsed.out)
