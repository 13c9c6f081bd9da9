"""`make bench`: what every stage costs, in one table (Markdown and JSON); `make bench ONLY=detect,scale` some parts.

Each part runs in a process of its own, one after the other. docs/performance.md explains the figures.
"""

from __future__ import annotations

import argparse
import subprocess
from pathlib import Path

from tests.bench_table import ROOT, Row, run_child, to_markdown, write_table

PARTS = ("detect", "pipeline", "matching", "forms", "photos", "scale")  #: of `make bench`
MORE = ("results", "jobs", "visible", "long", "map")  #: only where they are asked for: they need a server, or much time


def main() -> None:
    """The command."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("only", nargs="?", default="", help=f"of {', '.join(PARTS + MORE)}, joined by commas")
    parser.add_argument("--out", type=Path, default=ROOT / "runs")
    given = parser.parse_args()
    chosen = [part for part in given.only.split(",") if part] or list(PARTS)
    if unknown := set(chosen) - {*PARTS, *MORE}:
        parser.error(f"no part {', '.join(sorted(unknown))}")
    rows: list[Row] = []
    words: list[str] = []
    walls: dict[str, float] = {}
    for part in chosen:
        print(f"{part} …", flush=True)
        try:
            done = run_child(f"tests.bench_{part}")
        except subprocess.CalledProcessError as error:
            rows.append(Row(part, "whole", note=f"failed with {error.returncode}"))
            continue
        walls[part] = done.wall_s
        if isinstance(done.answer, list):
            rows += [Row(**each) for each in done.answer]
        else:
            rows.append(Row(part, "whole", None, "", done.core_s, done.wall_s, note="below"))
            words.append(f"{part}:\n{done.told}")
        write_table(rows, given.out)  # what is measured is kept if a later part fails
    rows.append(
        Row(
            "all parts", "whole", wall_s=sum(walls.values()), note=", ".join(f"{p} {s:.0f} s" for p, s in walls.items())
        )
    )
    write_table(rows, given.out)
    print(to_markdown(rows))
    print("\n".join(words))
    print(given.out / "bench.md", given.out / "bench.json")


if __name__ == "__main__":
    main()
