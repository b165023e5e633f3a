"""Kernels forked from one process that has loaded the heavy libraries: each starts at once, and with a state of its own.

How Jupyter starts them is in `compendium.provisioner`; here nothing of Jupyter is loaded, so that the server begins at once.
"""

import ast
import gc
import os
import signal
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from importlib.metadata import entry_points
from multiprocessing import get_context
from multiprocessing.process import BaseProcess

NAME = "compendium-fork"
_ALWAYS = ("ipykernel.kernelapp", "ipykernel.ipkernel", "matplotlib_inline.backend_inline", "compendium")
FORK = get_context("forkserver") if hasattr(os, "fork") else None
living: set[BaseProcess] = set()  # so that an interrupted build leaves none behind


def available() -> bool:
    """Whether kernels can be forked here: the system forks, and this press is installed with its provisioner."""
    return (
        FORK is not None
        and os.environ.get("COMPENDIUM_WARM") != "0"
        and any(entry.name == NAME for entry in entry_points(group="jupyter_client.kernel_provisioners"))
    )


def imported(sources: Iterable[str], own: set[str]) -> list[str]:
    """The third-party modules that these sources import when they are loaded, their own modules apart."""
    names = set()
    for source in sources:
        try:
            tree = ast.parse(source)
        except (SyntaxError, ValueError):
            continue  # the chapter will say so
        for node in tree.body:
            if isinstance(node, ast.Import):
                names |= {alias.name for alias in node.names}
            elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
                names.add(node.module)
    return sorted(name for name in names if name.partition(".")[0] not in own | sys.stdlib_module_names)


@contextmanager
def fork_server(modules: Iterable[str], environment: dict[str, str]) -> Iterator[None]:
    """Have a server at hand that has loaded ``modules``; when the block ends no kernel of it is left."""
    from multiprocessing import forkserver

    added = {
        **environment,
        "COMPENDIUM_PRELOAD": " ".join([*_ALWAYS, *modules]),
        "JUPYTER_DEFAULT_PROVISIONER_NAME": NAME,
        "MPLBACKEND": "module://matplotlib_inline.backend_inline",
    }
    before = dict(os.environ)
    os.environ.update(added)
    FORK.set_forkserver_preload(["compendium.preload"])
    forkserver.ensure_running()
    try:
        yield
    finally:
        stop_all()
        os.environ.clear()
        os.environ.update(before)


def stop_all() -> None:
    """Kill every forked kernel that still lives: its chapter then fails, and no process is left behind."""
    for process in list(living):
        process.kill()
        process.join()
    living.clear()


def kernel(arguments: list[str], cwd: str, environment: dict[str, str]) -> None:
    """Become the kernel; runs in the forked process."""
    os.setsid()
    os.environ.clear()
    os.environ.update(environment)
    os.chdir(cwd)
    wanted = [part for part in environment.get("PYTHONPATH", "").split(os.pathsep) if part]
    sys.path[:] = ["", *wanted, *(part for part in sys.path if part and part not in wanted)]
    signal.signal(signal.SIGINT, signal.default_int_handler)
    gc.enable()
    from ipykernel.kernelapp import IPKernelApp

    from compendium.trace import bound_memory

    bound_memory()

    try:
        IPKernelApp.launch_instance(argv=arguments)
    finally:  # the process flushes its streams when it ends, and the sockets of the kernel's own may be closed by then
        sys.stdout, sys.stderr = sys.__stdout__, sys.__stderr__
