"""``csresearch lab``: JupyterLab on the notebooks."""

from __future__ import annotations

import argparse
import subprocess
import sys

from csresearch.commands.arguments import Commands
from csresearch.places import notebooks_folder


def describe(commands: Commands) -> None:
    """Say what the command takes."""
    lab = commands.add_parser("lab", help="open the notebooks in JupyterLab with this Python")
    lab.add_argument("--notebooks", metavar="DIR", help="a folder of notebooks of your own")
    lab.add_argument("options", nargs="*", help="passed on to JupyterLab; write them after --")
    lab.set_defaults(run=run)


def run(asked: argparse.Namespace) -> int:
    """Run ``csresearch lab``: JupyterLab on the notebooks, with this interpreter's kernel."""
    command = [
        *(
            sys.executable,
            "-m",
            "jupyterlab",
            f"--notebook-dir={notebooks_folder(asked.notebooks)}",
        ),
        "--ServerApp.kernel_spec_manager_class=csresearch.reports.kernels.OwnKernelSpecManager",
        *asked.options,
    ]
    return subprocess.run(command, check=False).returncode
