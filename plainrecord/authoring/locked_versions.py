"""The exact versions of the environment here (PEP 566, PEP 610), for a new portal."""

import json
import re
from importlib.metadata import Distribution, PackageNotFoundError, distribution

from packaging.requirements import Requirement

PROGRAM = "plainrecord"


def program_address() -> str:
    """`plainrecord==VERSION` or the commit it came from; "" if GitHub cannot reach it."""
    installed = distribution(PROGRAM)
    text = installed.read_text("direct_url.json")
    if not text:
        return f"{PROGRAM}=={installed.version}"
    origin = json.loads(text)
    version = origin.get("vcs_info", {})
    if version.get("commit_id") and re.match(r"(https|ssh)://", origin.get("url", "")):
        return f"{PROGRAM} @ {version['vcs']}+{origin['url']}@{version['commit_id']}"
    return ""


def lock_versions() -> tuple[str, ...]:
    """`name==version` of each distribution that the program needs, in the order of names."""
    versions: dict[str, str] = {}
    waiting = [distribution(PROGRAM)]
    while waiting:
        for requirement in _needs(waiting.pop()):
            name = re.sub(r"[-_.]+", "-", requirement.name).lower()
            if name in versions:
                continue
            try:
                needed = distribution(requirement.name)
            except PackageNotFoundError:
                continue  # for another system
            versions[name] = needed.version
            waiting.append(needed)
    return tuple(f"{name}=={version}" for name, version in sorted(versions.items()))


def _needs(installed: Distribution) -> list[Requirement]:
    read = [Requirement(text) for text in installed.requires or ()]
    return [
        needed for needed in read if needed.marker is None or needed.marker.evaluate({"extra": ""})
    ]
