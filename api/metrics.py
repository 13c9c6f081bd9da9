"""Counters in Prometheus' text format; a dozen lines do without a library."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping


class Metrics:
    """Counts since the process began."""

    def __init__(self) -> None:
        self.requests: Counter[tuple[str, str, int]] = Counter()  #: (method, route, status)
        self.received_bytes = 0  #: of bodies
        self.receipts = 0  #: files stored


Lines = Iterable[tuple[Mapping[str, object], float]]


def family(name: str, kind: str, text: str, lines: Lines) -> str:
    """One metric with its help; `kind`: counter or gauge.

    >>> print(family("pavement_up", "gauge", "1", [({"host": 'a"b'}, 1)]), end="")
    # HELP pavement_up 1
    # TYPE pavement_up gauge
    pavement_up{host="a\\\\"b"} 1
    """
    made = [f"# HELP {name} {text}", f"# TYPE {name} {kind}"]
    for labels, value in lines:
        inside = ",".join(f'{label}="{_escape(str(worth))}"' for label, worth in labels.items())
        made.append(f"{name}{{{inside}}} {value:g}" if inside else f"{name} {value:g}")
    return "\n".join(made) + "\n"


def _escape(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
