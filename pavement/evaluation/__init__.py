"""How good is it: accuracy tables from truth, as Markdown for people and JSON for machines."""

from pavement.evaluation.detector import evaluate_detector
from pavement.evaluation.drive import evaluate_blocks, evaluate_position
from pavement.evaluation.table import Figures, to_markdown

__all__ = ["Figures", "evaluate_blocks", "evaluate_detector", "evaluate_position", "to_markdown"]
