"""The one place that wires adapters to the pipeline; each function is one thing that a user can ask for.

Modules by subject: drives in, the run, its outputs, single measurements, accuracy, networks, made-up drives.
"""

from __future__ import annotations

from pavement.bootstrap.drives import load_drives, redact
from pavement.bootstrap.evaluating import (
    evaluate,
    evaluate_cracks,
    evaluate_masks,
    evaluate_matching,
    evaluate_sensors,
    evaluate_track,
)
from pavement.bootstrap.measuring import calibrate_imu, detect, iri, match
from pavement.bootstrap.models import Models, open_model, open_models
from pavement.bootstrap.networks import check_network, import_network
from pavement.bootstrap.outputs import (
    chosen_form,
    export,
    export_book,
    export_form,
    import_form,
    request_repairs,
    show_block,
)
from pavement.bootstrap.run import analyse, publish, run
from pavement.bootstrap.simulating import demo, simulate

__all__ = [
    "Models",
    "analyse",
    "calibrate_imu",
    "check_network",
    "chosen_form",
    "demo",
    "detect",
    "evaluate",
    "evaluate_cracks",
    "evaluate_masks",
    "evaluate_matching",
    "evaluate_sensors",
    "evaluate_track",
    "export",
    "export_book",
    "export_form",
    "import_form",
    "import_network",
    "iri",
    "load_drives",
    "match",
    "open_model",
    "open_models",
    "publish",
    "redact",
    "request_repairs",
    "run",
    "show_block",
    "simulate",
]
