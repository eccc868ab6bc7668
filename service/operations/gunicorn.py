"""gunicorn's settings: gevent workers, one per core, no access log, tight limits on what a request may be.

Used as ``gunicorn -c service/operations/gunicorn.py wsgi:app``; where to listen is said by ``--bind`` or ``PORT``.
"""

import os
from typing import Any

from service.operations.metrics import Board

worker_class = "service.operations.web_worker.WebWorker"
workers = len(os.sched_getaffinity(0))
worker_connections = 1000  # of a process; more wait in the backlog, and beyond it the kernel refuses
backlog = 2048
timeout = 60  # seconds without a sign of life, after which a worker is replaced
graceful_timeout = 30  # seconds for requests under way when stopping
keepalive = 5  # seconds for the next request on a connection, and for the whole of a request's head
limit_request_line = 2048  # bytes: the longest address is a link with a token
limit_request_fields = 64
limit_request_field_size = 8190  # bytes
# Who connects from this machine is no friend (an onion service comes from here), and behind a proxy FORWARDED_HOPS says
# what is believed: no header moves the whole site under another path, or to another scheme.
forwarder_headers = ""
secure_scheme_headers: dict[str, str] = {}
control_socket_disable = True  # systemd and signals steer it: no socket in somebody's home
accesslog = None
logger_class = "service.operations.logging.ServerLogger"
umask = 0o077
proc_name = "petition-web"
server_software = "undersigned"

METRICS = Board(slots=64)  # more than one server has worker processes


def pre_fork(server: Any, worker: Any) -> None:
    """Give a worker process the first place on the board of metrics that none of the others has."""
    taken = {other.metrics_slot for other in server.WORKERS.values()}
    worker.metrics_slot = next(slot for slot in range(64) if slot not in taken)


def post_worker_init(worker: Any) -> None:
    """Begin to hand out metrics once the application is loaded."""
    from service.operations.metrics_server import start_exporter  # after gevent has patched the worker

    if hasattr(worker.wsgi, "extensions"):
        start_exporter(worker.wsgi, METRICS, worker.metrics_slot)
