"""A model of one's own: people's corrections → a training set → weights → a comparison → an entry of a registry."""

from pavement.retraining.dataset import Written, write_dataset
from pavement.retraining.judging import Judgement, judge
from pavement.retraining.lessons import Lesson, Lessons, read_lessons
from pavement.retraining.registering import register_model
from pavement.retraining.training import find_training_python, train

__all__ = [
    "Judgement",
    "Lesson",
    "Lessons",
    "Written",
    "find_training_python",
    "judge",
    "read_lessons",
    "register_model",
    "train",
    "write_dataset",
]
