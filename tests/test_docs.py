"""What the documents promise is there: links, headings, files, commands with their options, targets of make."""

from __future__ import annotations

import argparse
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from pavement.cli import build_parser

ROOT = Path(__file__).parents[1]
PAGES = sorted(
    path.relative_to(ROOT).as_posix()
    for path in [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md"), *(ROOT / "models").glob("*.md")]
)
LINK = re.compile(r"\]\(([^)\s]+)\)|(?:src|href)=\"([^\"]+)\"")
OPTION = re.compile(r"(?<![\w-])--[a-z][a-z-]*")
OTHERS_TOO = "CHANGELOG.md"  #: tells what was, in groups: `detect`, `match`


def read(page: str) -> str:
    return (ROOT / page).read_text(encoding="utf-8")


def commands(text: str) -> Iterator[str]:
    """What follows `pavement` in lines of code: to the line's end or the comment, a comment being set off by spaces."""
    for block in re.findall(r"```[a-z]*\n(.*?)```", text, re.DOTALL):
        for line in block.splitlines():
            if found := re.search(r"(?:^|bin/|\\| exec (?:-T )?api )pavement(?:\.cmd)? (.*)", line.split("  #")[0]):
                yield found[1]
    inline = re.sub(r"```.*?```", "", text, flags=re.DOTALL)
    for code in re.findall(r"`([^`]+)`", inline):
        if found := re.match(r"(?:docker compose exec api )?pavement(?:\.cmd)? (.*)", " ".join(code.split())):
            yield found[1]


def slug(heading: str) -> str:
    """The anchor of a heading as GitHub makes it."""
    return re.sub(r"[^\w\- ]", "", heading.strip().lower()).replace(" ", "-")


def subcommands(parser: argparse.ArgumentParser) -> dict[str, argparse.ArgumentParser]:
    return {
        name: inner
        for action in parser._actions
        if isinstance(action, argparse._SubParsersAction)
        for name, inner in action.choices.items()
    }


@pytest.mark.parametrize("page", PAGES)
def test_links_lead_somewhere(page: str) -> None:
    for found in LINK.finditer(re.sub(r"```.*?```", "", read(page), flags=re.DOTALL)):
        target = found[1] or found[2]
        if re.match(r"[a-z]+:", target):
            continue
        name, _, anchor = target.partition("#")
        file = (ROOT / page).parent / name if name else ROOT / page
        assert file.exists(), target
        if anchor:
            headings = re.findall(r"^#+ (.*)$", file.read_text(encoding="utf-8"), re.MULTILINE)
            assert anchor in map(slug, headings), target


@pytest.mark.parametrize("page", [page for page in PAGES if page != OTHERS_TOO])
def test_commands_exist(page: str) -> None:
    for command in commands(read(page)):
        parser, words = build_parser(), command.split()
        while words and (inner := subcommands(parser)) and re.fullmatch(r"[a-z][a-z-]*", words[0]):
            assert words[0] in inner, f"pavement {command}"
            parser = inner[words.pop(0)]
        known = set(parser._option_string_actions)
        if not subcommands(parser):
            assert set(OPTION.findall(command)) <= known, f"pavement {command}"


@pytest.mark.parametrize("page", PAGES)
def test_files_and_targets_exist(page: str) -> None:
    text, targets = read(page), re.findall(r"^([a-z-]+):", read("Makefile"), re.MULTILINE)
    code = "\n".join([*re.findall(r"`([^`]+)`", text), *re.findall(r"```[a-z]*\n(.*?)```", text, re.DOTALL)])
    for target in re.findall(r"^make ([a-z-]+)", code, re.MULTILINE):
        assert target in targets, f"make {target}"
    for module in re.findall(r"python -m (tests\.[\w.]+)", code):
        place = ROOT / module.replace(".", "/")
        assert place.with_suffix(".py").exists() or place.is_dir(), module
    for path in re.findall(r"(?<![\w./-])(?:tests|pavement|exporters|api|deploy|docker)/[\w/.-]+\.\w+", code):
        assert (ROOT / path).exists(), path


def test_every_document_can_be_reached_from_the_readme() -> None:
    reached, left = set[Path](), [ROOT / "README.md"]
    while left:
        page = left.pop()
        if page in reached:
            continue
        reached.add(page)
        for found in LINK.finditer(page.read_text(encoding="utf-8")):
            file = (page.parent / (found[1] or found[2]).partition("#")[0]).resolve()
            left += [file] if file.suffix == ".md" and file.is_file() else sorted(file.glob("*.md"))
    assert {page for page in PAGES if page.startswith("docs/")} <= {
        page.relative_to(ROOT).as_posix() for page in reached
    }
