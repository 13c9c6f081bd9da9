"""The command line: parse, call one function, map errors to exit codes (0 done, 2 bad usage or input, 1 a fault)."""

from __future__ import annotations

import argparse
import logging
import os
import sys
from collections.abc import Callable, Sequence

from pavement import __version__
from pavement.commands.bundle import add_bundle_commands
from pavement.commands.certificate import add_certificate_command
from pavement.commands.common import Bars, OneLineParser
from pavement.commands.corrections import add_corrections_commands
from pavement.commands.earlier import add_earlier_commands
from pavement.commands.evaluate import add_evaluate_commands
from pavement.commands.measuring import add_measuring_commands
from pavement.commands.network import add_network_commands
from pavement.commands.outputs import add_output_commands
from pavement.commands.people import add_people_commands
from pavement.commands.privacy import add_privacy_commands
from pavement.commands.review import add_review_command
from pavement.commands.server import add_server_commands
from pavement.commands.simulate import add_simulate_command
from pavement.commands.survey import add_survey_commands
from pavement.errors import BadInput, PavementError

COMMANDS = (
    add_survey_commands,
    add_measuring_commands,
    add_simulate_command,
    add_network_commands,
    add_output_commands,
    add_privacy_commands,
    add_evaluate_commands,
    add_review_command,
    add_earlier_commands,
    add_server_commands,
    add_people_commands,
    add_bundle_commands,
    add_certificate_command,
    add_corrections_commands,
)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; the exit code."""
    for stream in (sys.stdout, sys.stderr):  # a Japanese name must not kill a batch on a cp1252 console
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(encoding="utf-8", errors="backslashreplace")
    os.environ.setdefault("OPENCV_LOG_LEVEL", "ERROR")
    parsed = build_parser().parse_args(arguments)
    logging.basicConfig(level=logging.WARNING, format="%(levelname)s %(message)s", stream=sys.stderr)
    bars = Bars()
    try:
        command: Callable[[argparse.Namespace, Bars], None] = parsed.command
        command(parsed, bars)
    except BadInput as error:
        bars.close()
        print(f"pavement: {error}", file=sys.stderr)
        return 2
    except (NotADirectoryError, IsADirectoryError, FileExistsError) as error:
        bars.close()
        print(f"pavement: {error.filename2 or error.filename}: {error.strerror}; choose another --out", file=sys.stderr)
        return 2
    except (PavementError, OSError) as error:
        bars.close()
        print(f"pavement: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        bars.close()
        print("pavement: stopped; run the same command again to go on", file=sys.stderr)
        return 130
    finally:
        bars.close()
    return 0


def build_parser() -> argparse.ArgumentParser:
    """All commands."""
    parser = OneLineParser(prog="pavement", description=f"Road pavement inspection from a smartphone, {__version__}")
    parser.add_argument("--version", action="version", version=f"pavement {__version__}")
    commands = parser.add_subparsers(required=True, metavar="COMMAND", parser_class=OneLineParser)
    for add in COMMANDS:
        add(commands)
    return parser


if __name__ == "__main__":
    sys.exit(main())
