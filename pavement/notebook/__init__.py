"""What the notebooks call: material from results, a server's data or made data; tables as frames; pictures."""

from pavement.notebook.accuracy import check_accuracy, confusion_frame, verdict_frame
from pavement.notebook.accuracy_pictures import draw_agreement, draw_confusion
from pavement.notebook.limits import Effect, effect_frame, effect_of, effects_by_limit, limits_toml, sweep
from pavement.notebook.made_corrections import made_corrections
from pavement.notebook.made_year import made_material
from pavement.notebook.material import open_material
from pavement.notebook.one_result import draw_blocks, draw_lines, open_result, segment_frame
from pavement.notebook.pictures import draw_change, draw_labels, draw_network, draw_rows, use_style
from pavement.notebook.tables import frame, shown

__all__ = [
    "Effect",
    "check_accuracy",
    "confusion_frame",
    "draw_agreement",
    "draw_blocks",
    "draw_change",
    "draw_confusion",
    "draw_labels",
    "draw_lines",
    "draw_network",
    "draw_rows",
    "effect_frame",
    "effect_of",
    "effects_by_limit",
    "frame",
    "limits_toml",
    "made_corrections",
    "made_material",
    "open_material",
    "open_result",
    "segment_frame",
    "shown",
    "sweep",
    "use_style",
    "verdict_frame",
]
