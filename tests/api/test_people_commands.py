"""`pavement user`: who sits at the server makes the first admin, and helps whoever forgot a password."""

from __future__ import annotations

import io
from pathlib import Path

import pytest

from pavement.cli import main
from pavement.commands import server as commands
from pavement.server_settings import ServerSettings
from pavement.store.database import open_database
from pavement.store.people import log_in

GOOD = "雪国の道を毎日走る26"


@pytest.fixture
def data(tmp_path: Path) -> list[str]:
    return ["--data", str(tmp_path / "データ")]


def type_in(monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO(text))


def opens(data: list[str], name: str, password: str) -> bool:
    database = open_database(ServerSettings.from_environment(Path(data[1]), environment={}).database_url)
    try:
        return log_in(database, name, password) is not None
    finally:
        database.close()


def test_a_generated_password_is_printed_once(data: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["user", "add", "佐藤", "--role", "admin", "--generate", *data]) == 0
    password = capsys.readouterr().out.strip()
    assert opens(data, "佐藤", password)
    assert main(["user", "password", "佐藤", "--generate", *data]) == 0
    newer = capsys.readouterr().out.strip()
    assert (opens(data, "佐藤", password), opens(data, "佐藤", newer)) == (False, True)


def test_a_password_from_stdin(data: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    type_in(monkeypatch, f"{GOOD}\n")
    assert main(["user", "add", "ito", "--role", "staff", *data]) == 0
    assert opens(data, "ito", GOOD)
    assert main(["user", "disable", "ito", *data]) == 0
    assert not opens(data, "ito", GOOD)
    assert main(["user", "enable", "ito", *data]) == 0
    assert opens(data, "ito", GOOD)


def test_a_password_from_the_keyboard(data: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    typed = iter([GOOD, GOOD, GOOD, "something else"])
    monkeypatch.setattr("getpass.getpass", lambda _prompt: next(typed))
    type_in(monkeypatch, "")
    monkeypatch.setattr("sys.stdin.isatty", lambda: True, raising=False)
    assert main(["user", "add", "ito", "--role", "staff", *data]) == 0
    assert opens(data, "ito", GOOD)
    assert main(["user", "password", "ito", *data]) == 2


def test_what_is_wrong_is_said(
    data: list[str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["user", "add", "ito", "--role", "staff", "--no-password", *data]) == 0
    for arguments, typed, words in (
        (["add", "ITO", "--role", "staff"], GOOD, "there is a person 'ITO'"),
        (["add", "abe", "--role", "staff"], "", "no password on stdin"),
        (["add", "abe", "--role", "staff"], "short", "10 to 200 characters"),
        (["add", "\n", "--role", "staff"], GOOD, "a name has"),
        (["password", "abe"], GOOD, "no person 'abe'"),
        (["disable", "abe"], "", "no person 'abe'"),
    ):
        type_in(monkeypatch, typed)
        assert main(["user", *arguments, *data]) == 2
        said = capsys.readouterr().err
        assert words in said
        assert said.count("\n") == 1


def test_the_list(data: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    where = ["--manager", "青森県", "--office", "東青"]
    assert (
        main(["user", "add", "ito", "--role", "staff", *where, "--display-name", "伊藤", "--no-password", *data]) == 0
    )
    assert main(["user", "list", *data]) == 0
    fields = capsys.readouterr().out.rstrip("\n").split("\t")
    assert (fields[:2], fields[3:]) == (["ito", "伊藤"], ["active", "staff 青森県 東青"])


def test_the_first_start_says_how_to_make_an_admin(data: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    settings = ServerSettings.from_environment(Path(data[1]), environment={})
    main(["user", "list", *data])
    commands._say_how_to_enter(settings)
    (line,) = capsys.readouterr().err.splitlines()
    assert "pavement user add NAME --role admin --data" in line
    main(["user", "add", "ito", "--role", "admin", "--no-password", *data])
    commands._say_how_to_enter(settings)
    assert capsys.readouterr().err == ""
