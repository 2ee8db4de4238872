#!/usr/bin/env python3
"""Set csresearch up in .venv/ and run it; Python 3.11 to 3.13 is all it needs.

python3 kit.py report [COMPANY_YML ...]   reports/<company>/index.html; default: the bundled company
python3 kit.py test [PYTEST_ARGUMENT ...] every check; with arguments, only pytest with them
python3 kit.py lab                        the notebooks in JupyterLab
python3 kit.py truth                      how often the kit is wrong; resumable, one night
python3 kit.py setup                      the environment alone
"""

import fcntl
import hashlib
import os
import signal
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent
VENV, LOCK, STAMP = ROOT / ".venv", ROOT / "requirements.lock", ROOT / ".venv" / "kit.stamp"
NEWS = '"@jupyterlab/apputils-extension:notification":{"fetchNews":"false","checkForUpdates":false}'
PYTEST = "pytest -n logical --maxprocesses 4 --dist loadscope"
CHECKS = ["ruff check .", "ruff format --check ."]
CHECKS += [f"{PYTEST} -p no:nbval tests", f"{PYTEST} --nbval notebooks"]


def run(*command):
    """Exit code of a command that sees .venv/ and no other environment."""
    env = dict(os.environ, PYTHONHOME="", PYTHONPATH="", JUPYTER_PATH="", VIRTUAL_ENV=str(VENV))
    env |= dict(JUPYTER_PREFER_ENV_PATH="1", UV_PYTHON_DOWNLOADS="never", UV_SYSTEM_CERTS="1")
    env |= dict(PYTHONDONTWRITEBYTECODE="", PATH=f"{VENV}/bin:{os.environ.get('PATH', os.defpath)}")
    env.setdefault("OPENBLAS_NUM_THREADS", "1")  # tests run side by side, one on each processor
    return abs(subprocess.call(command, env=env))


def build():
    """Make .venv/ anew from the lock: by uv, which is fetched first, or by pip if uv fails."""
    if run(sys.executable, "-m", "venv", "--clear", VENV):
        sys.exit("kit: this Python makes no environments; on Debian `apt-get install python3-venv`")
    pip = ("python", "-m", "pip", "--disable-pip-version-check", "install", "-q")
    run(*pip, "uv")
    for tool in (("python", "-m", "uv", "pip", "install", "-q", "--compile-bytecode"), pip):
        project = ("--no-deps", "--no-build-isolation", "--editable", ROOT)
        if not (run(*tool, "--require-hashes", "-r", LOCK) or run(*tool, *project)):
            settings = VENV / "share" / "jupyter" / "lab" / "settings"
            settings.mkdir(parents=True, exist_ok=True)
            return (settings / "overrides.json").write_text("{" + NEWS + "}")
    sys.exit("kit: the environment could not be filled; what failed stands above")


def setup():
    """Build .venv/ unless its stamp, which is written last, says it is whole and current."""
    inputs = b"".join(path.read_bytes() for path in (LOCK, ROOT / "pyproject.toml"))
    stamp = "\n".join([sys.version, sys.base_prefix, str(ROOT), hashlib.sha256(inputs).hexdigest()])
    with open(__file__) as one_at_a_time:
        fcntl.flock(one_at_a_time, fcntl.LOCK_EX)
        if not STAMP.exists() or STAMP.read_text() != stamp:
            print("kit: making .venv/, once; about a minute", flush=True)
            build()
            STAMP.write_text(stamp)


def main(task="", *rest):
    """Exit code of a task, run in the checkout."""
    tasks = dict(test=["pytest"] if rest else CHECKS, truth=["csresearch truth"], setup=[])
    tasks["report"] = ["csresearch report" + ("" if rest else " data/steadfast/company.yml")]
    tasks["lab"] = ["jupyter-lab --notebook-dir=notebooks"]
    if task not in tasks or not (3, 11) <= sys.version_info[:2] <= (3, 13):
        sys.exit(__doc__)
    setup()
    rest = [os.path.abspath(part) if os.path.exists(part) else part for part in rest]
    os.chdir(ROOT)
    if task != "test":
        signal.signal(signal.SIGINT, lambda *_: None)  # Ctrl-C is the program's to answer
    return max([run(*command.split(), *rest) for command in tasks[task]], default=0)


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
