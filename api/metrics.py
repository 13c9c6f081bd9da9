"""Counters in Prometheus' text format; a dozen lines do without a library."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping

from pavement.analysis_state import State
from pavement.store.analyses import PRIORITIES
from pavement.store.gauges import Gauges
from pavement.upload_state import STATUSES


class Metrics:
    """Counts since the process began."""

    def __init__(self) -> None:
        self.requests: Counter[tuple[str, str, int]] = Counter()  #: (method, route, status)
        self.received_bytes = 0  #: of bodies
        self.receipts = 0  #: files stored

    def text(self) -> str:
        """All of them."""
        requests = [
            ({"method": method, "route": route, "status": status}, number)
            for (method, route, status), number in sorted(self.requests.items())
        ]
        return (
            family("pavement_requests_total", "counter", "Requests by route and status.", requests)
            + family("pavement_received_bytes_total", "counter", "Bytes of files.", [({}, self.received_bytes)])
            + family("pavement_receipts_total", "counter", "Receipts given.", [({}, self.receipts)])
        )


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
        number = int(value) if value == int(value) else value
        made.append(f"{name}{{{inside}}} {number}" if inside else f"{name} {number}")
    return "\n".join(made) + "\n"


def gauges_text(gauges: Gauges) -> str:
    """What the database tells; what is nowhere is 0 for every state that there is, so that a rule finds its line."""
    drives = [({"status": each}, gauges.drives.get(each, 0)) for each in STATUSES]
    states = [({"state": str(each)}, gauges.analyses.get(each, 0)) for each in State]
    waiting = [({"queue": each}, gauges.waiting.get(each, 0)) for each in PRIORITIES]
    done = gauges.newest_done
    return (
        family("pavement_drives", "gauge", "Drives by status.", drives)
        + family("pavement_analyses", "gauge", "Analyses by state.", states)
        + family("pavement_queue_length", "gauge", "Analyses that wait for a worker.", waiting)
        + family("pavement_queue_oldest_seconds", "gauge", "Wait of the oldest.", [({}, gauges.oldest_waiting_s or 0)])
        + family("pavement_workers_live", "gauge", "Heard of within a minute.", [({}, gauges.workers)])
        + family("pavement_uploads_open", "gauge", "Files begun and not whole.", [({}, gauges.uploads_open)])
        + family("pavement_uploads_open_bytes", "gauge", "Of them received.", [({}, gauges.upload_bytes_open)])
        + family("pavement_alerts_untold", "gauge", "Nobody was told yet.", [({}, gauges.alerts_untold)])
        + family(
            "pavement_last_done_timestamp_seconds", "gauge", "Of an analysis.", [({}, done.timestamp())] if done else []
        )
    )


def _escape(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
