"""gunicorn's settings: gevent workers, one per core, no access log, tight limits on what a request may be.

Used as ``gunicorn -c service/operations/gunicorn.py wsgi:app``; where to listen is said by ``--bind`` or ``PORT``.
"""

import os

worker_class = "gevent"
workers = len(os.sched_getaffinity(0))
worker_connections = 1000
backlog = 2048
timeout = 60  # seconds without a sign of life, after which a worker is replaced
graceful_timeout = 30  # seconds for requests under way when stopping
keepalive = 5  # seconds
limit_request_line = 2048  # bytes: the longest address is a link with a token
limit_request_fields = 64
limit_request_field_size = 8190  # bytes
accesslog = None
logger_class = "service.operations.logging.ServerLogger"
umask = 0o077
proc_name = "petition-web"
server_software = "undersigned"
