"""docs/configuration.md and the code name the same variables, with the same defaults."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from pavement.errors import BadInput
from pavement.jobs.settings import JobSettings
from pavement.server_settings import ServerSettings
from pavement.settings import Settings
from pavement.site_settings import SiteSettings

ROOT = Path(__file__).parents[1]
PAGE = ROOT / "docs" / "configuration.md"
NOTEBOOKS = [*ROOT.glob("notebooks/*.ipynb")]
NAME = re.compile(r"PAVEMENT_[A-Z0-9]+(?:_[A-Z0-9]+)*(?![A-Z0-9_])")
ROW = re.compile(r"^\| `(PAVEMENT_[A-Z0-9_]+)` \| (.*?) \|", re.MULTILINE)


def read_by_code() -> dict[str, str]:
    """Every variable that the code names, with one file that does."""
    files = [file for package in ("pavement", "api", "exporters") for file in (ROOT / package).rglob("*.py")]
    found: dict[str, str] = {}
    for file in [*(each for each in files if "node_modules" not in each.parts), ROOT / "hatch_build.py"]:
        for name in NAME.findall(file.read_text(encoding="utf-8")):
            found.setdefault(name, str(file.relative_to(ROOT)))
    return found


def told() -> dict[str, str]:
    """Name -> default, as the page has them."""
    return dict(ROW.findall(PAGE.read_text(encoding="utf-8")))


def test_the_page_and_the_code_name_the_same() -> None:
    code, page = read_by_code(), told()
    assert not {name: file for name, file in code.items() if name not in page}, "add them to docs/configuration.md"
    assert not page.keys() - code.keys(), "nothing reads these any more"


def test_other_pages_and_files_name_nothing_else() -> None:
    """Nobody is told to set what nothing reads."""
    known = {*read_by_code(), *(name for book in NOTEBOOKS for name in NAME.findall(book.read_text(encoding="utf-8")))}
    pages = [ROOT / "README.md", *ROOT.glob("docs/*.md"), *ROOT.glob("docs/guide/*"), *ROOT.glob("deploy/**/*")]
    pages += [each for each in (ROOT / "compose.yaml", ROOT / "Dockerfile") if each.exists()]
    wrong = {
        f"{page.name}: {name}"
        for page in pages
        if page.is_file() and page.suffix not in (".pdf", ".png")
        for name in NAME.findall(page.read_text(encoding="utf-8-sig"))
        if name not in known
    }
    assert not wrong


MAKERS: Mapping[str, Callable[[Mapping[str, str]], object]] = {
    "server": lambda given: ServerSettings.from_environment(Path("data"), environment=given),
    "site": SiteSettings.from_environment,
    "jobs": JobSettings.from_environment,
    "analysis": Settings.from_environment,
}


def test_defaults() -> None:
    """A variable that is set to the default that the page tells changes nothing; to something else, it does."""
    literal = {name: text[1:-1] for name, text in told().items() if re.fullmatch("`[^`]*`", text)}
    assert len(literal) > 15
    unread = set()
    for name, default in literal.items():
        for make in MAKERS.values():
            assert make({name: default}) == make({}), f"{name} has another default than {default}"
        other = "3" if default.replace(".", "").isdigit() and default != "1" else "0"
        if not any(changes(make, name, other) for make in MAKERS.values()):
            unread.add(name)
    assert unread <= {"PAVEMENT_WEB", "PAVEMENT_OIDC_NAME_CLAIM"}  # of the build, and only with an issuer


def changes(make: Callable[[Mapping[str, str]], object], name: str, value: str) -> bool:
    try:
        return make({name: value}) != make({})
    except BadInput:
        return True


@pytest.mark.parametrize("wrong", ["proxy.example.jp", "10.0.0.0/33", "*"])
def test_proxies_are_addresses(wrong: str) -> None:
    """`*` would let everybody say from where he comes."""
    with pytest.raises(BadInput, match="PAVEMENT_PROXIES"):
        ServerSettings.from_environment(Path("data"), environment={"PAVEMENT_PROXIES": wrong})
    good = ServerSettings.from_environment(Path("data"), environment={"PAVEMENT_PROXIES": "10.0.0.5, 10.1.0.0/16"})
    assert good.proxies == ("10.0.0.5", "10.1.0.0/16")
