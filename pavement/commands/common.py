"""What every command works with: a parser whose complaint is one line, progress bars, options that several have."""

from __future__ import annotations

import argparse
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

from tqdm import tqdm

if TYPE_CHECKING:
    from pavement.settings import Settings

Commands = Any  # argparse gives its sub-parsers no public type


class OneLineParser(argparse.ArgumentParser):
    """A parser whose complaint is one line."""

    def error(self, message: str) -> NoReturn:
        """Say what is wrong and where help is; exit code 2."""
        self.exit(2, f"{self.prog}: {message}; see '{self.prog} --help'\n")


class Bars:
    """Progress of long work on stderr: one bar a stage; silent where nobody watches."""

    def __init__(self) -> None:
        self._bar: tqdm[NoReturn] | None = None
        self._stage = ""

    def __call__(self, stage: str, done: int, total: int) -> None:
        """Show that `done` of `total` are done in `stage`."""
        if stage != self._stage:
            self.close()
            self._stage = stage
            self._bar = tqdm(total=total, desc=stage, unit="", disable=None, leave=True)
        if self._bar is not None:
            self._bar.update(max(done - self._bar.n, 0))

    def close(self) -> None:
        """End the current bar."""
        if self._bar is not None:
            self._bar.close()
            self._bar = None


def add_device(*parsers: argparse.ArgumentParser) -> None:
    """The option of every command that opens a model."""
    for parser in parsers:
        parser.add_argument("--device", metavar="auto|cpu|cuda", help="where the model runs (default: PAVEMENT_DEVICE)")


def add_form(parser: argparse.ArgumentParser) -> None:
    """The option of commands that read or write 様式A."""
    parser.add_argument("--form", type=Path, metavar="F.toml", help="form-a: its table (default: PAVEMENT_FORM_A)")


def settings_of(parsed: argparse.Namespace) -> Settings:
    """The environment's settings and --device; who types a command may use a model of their own in torch's format."""
    from pavement.settings import Settings

    settings = replace(Settings.from_environment(), trust_pickles=True)
    device = getattr(parsed, "device", None)
    return replace(settings, device=device) if device else settings


def tell(out: Path, bars: Bars) -> None:
    """Where the results are, and what became of the frames."""
    from pavement.account import summary

    bars.close()
    print(summary(out))
