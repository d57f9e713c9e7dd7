"""Ray Serve: one replica behind its HTTP proxy, in the wire shape of text-embeddings-inference. It listens on all
interfaces whatever it is told, so the whole benchmark runs in a network namespace of its own (__main__.py).

Batching by @serve.batch. Beyond capacity `max_queued_requests` lets as many wait as are done in half of the objective.
"""
import sys
import tempfile

from .server import ROOT, Server, ask, free_ports

class RayServe(Server):
    doors = ("tei",)

    def __init__(self, graphs="", batch=0):
        super().__init__()
        self.graphs, self.batch = graphs, batch
        self.name = {0: "Ray Serve", 1: "Ray Serve, one at a time"}.get(batch, "Ray Serve, batches")
        self.together = f"up to {batch}, padded" if batch > 1 else "one at a time, graph tuned by hand"

    def version(self):
        import ray
        return f"Ray Serve {ray.__version__}"

    def start(self, limits=None):
        self.port = free_ports(1)[0]
        ongoing = 2 * max(self.batch, 1) if limits else 64
        waiting = max(1, int(limits.capacity * limits.objective_ms / 2000)) if limits else -1
        short = tempfile.mkdtemp(prefix="r", dir="/tmp")  # of its sockets' names
        self.launch([sys.executable, "-m", "bench.serving.ray_app", self.port, self.batch, ongoing, waiting,
                     self.graphs or "-"], RAY_USAGE_STATS_ENABLED="0", RAY_TMPDIR=short, PYTHONPATH=str(ROOT),
                    RAY_raylet_start_wait_time_s="120")
        self.wait_until(lambda: ask(self.port, "POST", "/embed", '{"inputs":["warm-up"]}')[0] == 200)

    def url(self, _):
        return f"http://127.0.0.1:{self.port}"
