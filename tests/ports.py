"""Ports of this machine for the servers of the tests."""

from __future__ import annotations

import random
import socket

PORTS = range(20_000, 32_000)  # below those that clients get: one that retries a dead server could connect to itself


def free_port() -> int:
    """Return a port on which nothing listens."""
    return next(port for port in random.sample(PORTS, 50) if not is_listening(port))


def is_listening(port: int) -> bool:
    """Return whether somebody listens on a port of this machine."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return True
        return False
