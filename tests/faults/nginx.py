"""A real nginx with the documented configuration in front of a test's server."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

from service.operations.processes import TOP, Address
from tests.ports import free_port, is_listening

MISSING = "nginx is not installed. `./petition test` installs it as root; otherwise: apt-get install nginx"
TEMPORARY = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")


@dataclass
class Nginx:
    """nginx in a folder of its own."""

    process: subprocess.Popen[bytes]
    address: Address

    def stop(self) -> None:
        """Stop it."""
        self.process.terminate()
        self.process.wait()


def start_nginx(upstream: Address, folder: Path) -> Nginx:
    """Start nginx before a web server. :raises RuntimeError: if it is not installed or refuses its configuration."""
    program = shutil.which("nginx", path=os.environ.get("PATH", os.defpath) + ":/usr/sbin")
    if program is None:
        raise RuntimeError(MISSING)
    (folder / "cache").mkdir(parents=True)
    address = Address("127.0.0.1", free_port())
    configuration = folder / "nginx.conf"
    configuration.write_text(adapted((TOP / "docs" / "nginx.conf").read_text(), upstream, address, folder))
    command = [program, "-p", str(folder), "-e", str(folder / "error.log"), "-c", str(configuration)]
    checked = subprocess.run([*command, "-t"], capture_output=True, text=True)
    if checked.returncode:
        raise RuntimeError(f"nginx refuses docs/nginx.conf: {checked.stderr}")
    process = subprocess.Popen([*command, "-g", "daemon off;"], stdin=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    while not is_listening(address.port):
        if process.poll() is not None:
            raise RuntimeError(f"nginx ended: {(folder / 'error.log').read_text()}")
    return Nginx(process, address)


def adapted(text: str, upstream: Address, address: Address, folder: Path) -> str:
    """Return the documented configuration without TLS, at a test's addresses and in its folder."""
    before, _, after = text.partition("    server {\n        listen 80;")
    text = before + "}\n" if after else text
    text = re.sub(r"^\s*ssl_\w+ .*\n", "", text, flags=re.M)
    temporary = "".join(f"    {name}_temp_path {folder}/{name};\n" for name in TEMPORARY)
    for old, new in (
        ("listen 443 ssl;", f"listen {address.bind};"),
        ("server 127.0.0.1:8000;", f"server {upstream.bind};"),
        ("/run/nginx.pid", f"{folder}/nginx.pid"),
        ("/var/log/nginx/error.log", f"{folder}/error.log"),
        ("/var/cache/nginx/undersigned", f"{folder}/cache"),
        ("http {\n", f"http {{\n{temporary}"),
    ):
        assert text.count(old) == 1, f"docs/nginx.conf has {old!r} {text.count(old)} times"
        text = text.replace(old, new)
    return ("user root;\n" if os.geteuid() == 0 else "") + text  # the test's folder is its own user's alone
