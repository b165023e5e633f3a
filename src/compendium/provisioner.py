"""How Jupyter starts a kernel by a fork of the warm server, and talks with it without waiting."""

import asyncio
import math
import os
import time
from contextlib import suppress
from multiprocessing.process import BaseProcess
from queue import Empty

from jupyter_client.asynchronous import AsyncKernelClient
from jupyter_client.provisioning.local_provisioner import LocalProvisioner

from compendium import warm


class _Forked:
    """A forked kernel, with the part of Popen's manners that a provisioner asks for."""

    stdin = stdout = stderr = None

    def __init__(self, process: BaseProcess) -> None:
        self.process, self.pid = process, process.pid
        warm.living.add(process)

    def poll(self) -> int | None:
        return self.process.exitcode

    def wait(self) -> int | None:
        self.process.join()
        warm.living.discard(self.process)
        return self.process.exitcode

    def send_signal(self, number: int) -> None:
        if self.process.is_alive():
            os.kill(self.pid, number)

    def kill(self) -> None:
        self.process.kill()

    def terminate(self) -> None:
        self.process.terminate()


class ForkProvisioner(LocalProvisioner):
    """Starts an ipykernel by a fork of the server where one is running; any other kernel as always."""

    async def launch_kernel(self, cmd: list[str], **kwargs: object) -> dict:
        if warm.FORK is None or "ipykernel_launcher" not in cmd:
            return await super().launch_kernel(cmd, **kwargs)
        arguments = cmd[cmd.index("ipykernel_launcher") + 1 :]
        process = warm.FORK.Process(target=warm.kernel, args=(arguments, kwargs.get("cwd") or os.getcwd(), kwargs["env"]))
        process.start()
        self.process = _Forked(process)
        self.pid, self.pgid = process.pid, None
        await self._sockets()
        return self.connection_info

    async def _sockets(self) -> None:
        """Wait for the kernel's sockets: who knocks before they are there waits a tenth of a second to knock again."""
        info = self.connection_info
        paths = [f"{info['ip']}-{port}" for name, port in info.items() if name.endswith("_port")] if info["transport"] == "ipc" else []
        for _ in range(500):
            if self.process.poll() is not None or all(map(os.path.exists, paths)):
                return
            await asyncio.sleep(0.002)

    async def shutdown_requested(self, restart: bool = False) -> None:
        """Look every few milliseconds whether the kernel has ended; its manager would look ten times a second."""
        for _ in range(20):
            if self.process.poll() is not None:
                return
            await asyncio.sleep(0.005)


class Client(AsyncKernelClient):
    """Talks with a kernel from its first answer on; the usual one listens a fifth of a second more to what nobody reads."""

    async def wait_for_ready(self, timeout: float | None = None) -> None:
        """Return once the kernel has answered and is heard by all.

        Raises
        ------
        RuntimeError
            If it died, or says nothing for so many seconds.
        """
        end = time.monotonic() + (math.inf if timeout is None else timeout)
        while await self.is_alive():
            self.kernel_info()
            with suppress(Empty):
                answer = await self.get_shell_msg(timeout=1)
                if answer["msg_type"] == "kernel_info_reply":
                    await self.get_iopub_msg(timeout=0.2)
                    self._handle_kernel_info_reply(answer)
                    return
            if time.monotonic() > end:
                raise RuntimeError(f"the kernel did not respond in {timeout:g} seconds")
        raise RuntimeError("the kernel died before it responded")
