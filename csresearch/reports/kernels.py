"""Kernels of this very interpreter, and a way to stop those that run.

Whatever ``python3`` kernel lies in a user's home folder, notebooks run with the Python, and so
the csresearch, that runs the command.
"""

from __future__ import annotations

import contextlib
import os
import signal
import sys
import threading
import uuid
from typing import Any

from ipykernel.kernelspec import RESOURCES, get_kernel_dict
from jupyter_client.kernelspec import NATIVE_KERNEL_NAME, KernelSpec, KernelSpecManager
from jupyter_client.manager import AsyncKernelManager
from jupyter_client.provisioning import LocalProvisioner
from traitlets import default

from csresearch.reports.forked import Warm, warm_process
from csresearch.reports.limits import watch_kernel

# ipykernel warns at every start, and prints a traceback of its own when it is stopped; what a
# notebook says goes another way. Figures in reports are drawn at double resolution.
KERNEL_ARGUMENTS = [
    "--IPKernelApp.log_level=50",
    "--InlineBackend.figure_formats=retina",
]
_running: set[OwnKernelManager] = set()
_lock = threading.Lock()


class OwnKernelSpecManager(KernelSpecManager):
    """Knows one kernel: the running interpreter, under the name every notebook asks for.

    Parameters
    ----------
    **kwargs
        As for `jupyter_client.kernelspec.KernelSpecManager`.
    """

    def find_kernel_specs(self) -> dict[str, str]:
        """List the one kernel."""
        return {NATIVE_KERNEL_NAME: RESOURCES}

    def get_kernel_spec(self, kernel_name: str) -> KernelSpec:
        """Give the running interpreter's kernel, whatever name a notebook carries."""
        return KernelSpec(resource_dir=RESOURCES, **get_kernel_dict())

    def get_all_specs(self) -> dict[str, dict]:
        """List the one kernel as JupyterLab's launcher wants it."""
        spec = self.get_kernel_spec(NATIVE_KERNEL_NAME).to_dict()
        return {NATIVE_KERNEL_NAME: {"resource_dir": RESOURCES, "spec": spec}}


class ForkingProvisioner(LocalProvisioner):
    """Starts kernels by forking a warm process; all else is as for kernels started here.

    Parameters
    ----------
    **kwargs
        As for `jupyter_client.provisioning.LocalProvisioner`.
    """

    warm: Warm | None = None

    async def launch_kernel(self, cmd: list[str], **options: Any) -> dict[str, Any]:
        """Fork the kernel a command would start; where that fails, start it."""
        arguments = cmd[cmd.index("-f") :]
        try:
            self.process = self.warm.fork(
                "csresearch.reports.kernels:be_kernel",
                [arguments],
                options.get("cwd") or os.getcwd(),
                options["env"],
            )
        except OSError:  # the warm process is gone: an ordinary kernel does as well
            return await super().launch_kernel(cmd, **options)
        self.pid = self.pgid = self.process.pid
        return self.connection_info


def be_kernel(arguments: list[str]) -> int:
    """Be what ``python -m ipykernel_launcher`` is, in a process forked for it."""
    from ipykernel.kernelapp import IPKernelApp

    sys.argv = ["ipykernel_launcher", *arguments]
    app = IPKernelApp.instance()
    app.initialize(arguments)
    _show_figures_inline()
    app.start()
    return 0


def _show_figures_inline() -> None:
    """What importing Matplotlib in a kernel does: here it was imported before there was one."""
    if "matplotlib.pyplot" in sys.modules:
        from IPython import get_ipython
        from matplotlib import pyplot
        from matplotlib.figure import Figure
        from matplotlib_inline import backend_inline

        from csresearch.reports.pictures import png

        pyplot.switch_backend("module://matplotlib_inline.backend_inline")
        backend_inline._enable_matplotlib_integration()
        pyplot.uninstall_repl_displayhook()  # ahead of showing, it draws each picture in vain
        pyplot.install_repl_displayhook()
        get_ipython().display_formatter.formatters["image/png"].for_type(Figure, png)


class OwnKernelManager(AsyncKernelManager):
    """Starts the running interpreter's kernel and remembers it for as long as it runs.

    Parameters
    ----------
    *args, **kwargs
        As for `jupyter_client.manager.AsyncKernelManager`.
    """

    @default("kernel_spec_manager")
    def _own_specs(self) -> KernelSpecManager:
        return OwnKernelSpecManager(parent=self)

    async def _async_pre_start_kernel(self, **options):
        """Fork the kernel where that is to be had; jupyter_client leaves no other way in."""
        warm = warm_process()
        if self.provisioner is None and warm is not None:
            self.kernel_id = self.kernel_id or str(uuid.uuid4())
            self.provisioner = ForkingProvisioner(
                kernel_id=self.kernel_id, kernel_spec=self.kernel_spec, parent=self
            )
            self.provisioner.warm = warm
        return await super()._async_pre_start_kernel(**options)

    async def start_kernel(self, **options) -> None:
        """Start the kernel and remember it."""
        await super().start_kernel(**options)
        watch_kernel(getattr(self.provisioner, "pid", None))
        with _lock:
            _running.add(self)

    async def cleanup_resources(self, restart: bool = False) -> None:
        """Forget the kernel and free what it held."""
        with _lock:
            _running.discard(self)
        await super().cleanup_resources(restart=restart)


def kill_running_kernels() -> int:
    """End every kernel started here that still runs, at once.

    Returns
    -------
    int
        How many were told to end.
    """
    with _lock:
        pids = [getattr(manager.provisioner, "pid", None) for manager in _running]
    for pid in filter(None, pids):
        with contextlib.suppress(OSError):
            os.kill(pid, getattr(signal, "SIGKILL", signal.SIGTERM))
    return len(pids)
