"""How good is it: accuracy tables from truth, as Markdown for people and JSON for machines."""

from pavement.evaluation.assignment import evaluate_assignment
from pavement.evaluation.crack_ratio import evaluate_crack_ratio
from pavement.evaluation.crack_repeatability import evaluate_crack_repeatability
from pavement.evaluation.detector import evaluate_detector
from pavement.evaluation.drive import evaluate_blocks, evaluate_position
from pavement.evaluation.frames import evaluate_frames
from pavement.evaluation.gate import evaluate_gate
from pavement.evaluation.imu import evaluate_imu
from pavement.evaluation.matching import evaluate_match
from pavement.evaluation.patches import evaluate_patches
from pavement.evaluation.rut import evaluate_rut
from pavement.evaluation.rut_repeatability import evaluate_rut_repeatability
from pavement.evaluation.table import Figures, Report, to_markdown

__all__ = [
    "Figures",
    "Report",
    "evaluate_assignment",
    "evaluate_blocks",
    "evaluate_crack_ratio",
    "evaluate_crack_repeatability",
    "evaluate_detector",
    "evaluate_frames",
    "evaluate_gate",
    "evaluate_imu",
    "evaluate_match",
    "evaluate_patches",
    "evaluate_position",
    "evaluate_rut",
    "evaluate_rut_repeatability",
    "to_markdown",
]
