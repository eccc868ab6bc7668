"""Web server and worker as child processes: started, watched until they answer, stopped cleanly."""

from __future__ import annotations

import http.client
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from service.errors import PetitionError

TOP = Path(__file__).resolve().parent.parent.parent
START_MAX_S = 60.0
STOP_MAX_S = 40.0  # more than gunicorn's graceful timeout
POLL_S = 0.05


@dataclass(frozen=True)
class Address:
    """Where a server listens."""

    host: str
    port: int

    @property
    def reachable_host(self) -> str:
        """Return the host under which this machine reaches it."""
        return {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(self.host, self.host)

    @property
    def base_url(self) -> str:
        """Return the address of its pages."""
        host = self.reachable_host
        return f"http://[{host}]:{self.port}" if ":" in host else f"http://{host}:{self.port}"

    @property
    def bind(self) -> str:
        """Return it as gunicorn takes it."""
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"


class Processes:
    """The children of one command; leaving the block stops them all, the web server first."""

    def __init__(self, environ: Mapping[str, str], log_folder: Path, top: Path = TOP) -> None:
        self.top = top  # where the version stands that they run
        self.environ = dict(environ) | {"PYTHONPATH": str(top), "PATH": os.defpath, "PYTHONDONTWRITEBYTECODE": "1"}
        self.log_folder = log_folder
        self.running: dict[str, subprocess.Popen[bytes]] = {}

    def __enter__(self) -> Processes:
        """Return itself."""
        return self

    def __exit__(self, *_: object) -> None:
        """Stop what runs."""
        self.stop()

    def start_web(self, address: Address, *, application: str = "wsgi:app") -> None:
        """Start the web server and wait until it answers. :raises PetitionError: if it does not, with what it said."""
        refuse_taken(address)
        config = str(Path(__file__).with_name("gunicorn.py"))
        self._start("web", "gunicorn", "-c", config, "--bind", address.bind, application)
        self._wait_until_healthy(address)

    def start_worker(self) -> None:
        """Start the worker."""
        self._start("worker", "service.cli", "work")

    def check(self) -> None:
        """Raise if one of the children ended. :raises PetitionError: with what it said."""
        for name, process in self.running.items():
            if process.poll() is not None:
                raise PetitionError(f"{name} ended with code {process.returncode}: {self._last_words(name)}")

    def stop(self) -> None:
        """Ask all to stop, wait, and end by force what does not."""
        for process in self.running.values():
            if process.poll() is None:
                process.send_signal(signal.SIGTERM)
        for process in self.running.values():
            try:
                process.wait(STOP_MAX_S)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        self.running.clear()

    def _start(self, name: str, module: str, *arguments: str) -> None:
        self.log_folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        command = [sys.executable, "-m", module, *arguments]
        with open(self.log_folder / f"{name}.log", "ab") as log:
            self.running[name] = subprocess.Popen(
                command, cwd=self.top, env=self.environ, stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                start_new_session=True,  # Ctrl-C reaches the command alone, which then stops them in order
            )

    def _wait_until_healthy(self, address: Address) -> None:
        until = time.monotonic() + START_MAX_S
        pause = threading.Event()
        while not _answers(address):
            self.check()
            if time.monotonic() > until:
                raise PetitionError(f"the web server does not answer: {self._last_words('web')}")
            pause.wait(POLL_S)

    def _last_words(self, name: str) -> str:
        text = (self.log_folder / f"{name}.log").read_text(errors="replace").strip()
        said = [line for line in text.splitlines() if line.startswith("petition: ")]
        return said[-1] if said else text[-500:]


def refuse_taken(address: Address) -> None:
    """Check that nothing listens at an address. :raises PetitionError: saying how to choose another."""
    family = socket.AF_INET6 if ":" in address.host else socket.AF_INET
    with socket.socket(family) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((address.host, address.port))
        except OSError as error:
            raise PetitionError(f"cannot listen at {address.bind} ({error.strerror}): choose another --port") from error


def _answers(address: Address) -> bool:
    connection = http.client.HTTPConnection(address.reachable_host, address.port, timeout=5)
    try:
        connection.request("GET", "/healthz")
        return connection.getresponse().status == 200
    except OSError:
        return False
    finally:
        connection.close()
