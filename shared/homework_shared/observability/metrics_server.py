"""Serves the metrics of a process on a port of its own, to which no proxy and no
Ingress forwards requests.
"""

from collections.abc import Iterator
from contextlib import contextmanager

import structlog
from prometheus_client import start_http_server

log: structlog.stdlib.BoundLogger = structlog.get_logger(__name__)


@contextmanager
def metrics_served(host: str, port: int | None) -> Iterator[None]:
    """Serve `/metrics` while the block runs; without a port, serve nothing. If the port is in use, the
    process exits.
    """
    if port is None:
        yield
        return
    try:
        server, thread = start_http_server(port, addr=host)
    except OSError as error:
        raise SystemExit(
            f"metrics cannot listen on {host}:{port} ({error.strerror}): "
            "choose another METRICS_PORT, or unset it"
        ) from error
    log.info("metrics", url=f"http://{host}:{server.server_port}/metrics")
    try:
        yield
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
