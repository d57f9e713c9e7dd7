"""The application in Ray Serve. usage: python -m bench.serving.ray_app PORT BATCH ONGOING WAITING GRAPHS

BATCH 0: answers at once. GRAPHS: what onnx_model.make_graphs() wrote.
"""
import asyncio
import signal
import sys

import ray
from ray import serve

from bench.serving.onnx_model import OnnxModel


def application(batch, ongoing, waiting, graphs):
    options = {"num_replicas": 1, "ray_actor_options": {"num_cpus": 0.1}, "max_ongoing_requests": ongoing,
               "max_queued_requests": waiting}

    @serve.deployment(**options)
    class Null:
        async def __call__(self, request):
            await request.json()
            return [[0.0]]

    @serve.deployment(**options)
    class Encoder:
        def __init__(self):
            self.model = OnnxModel(graphs, batch > 1)
            self.model.embed(["warm-up"])

        @serve.batch(max_batch_size=max(batch, 1), batch_wait_timeout_s=0)
        async def embed(self, texts):
            return await asyncio.to_thread(lambda: self.model.embed(texts).tolist())

        async def __call__(self, request):
            return [await self.embed((await request.json())["inputs"][0])]

    return Encoder.bind() if batch else Null.bind()


def main():
    port, batch, ongoing, waiting = map(int, sys.argv[1:5])
    ray.init(num_cpus=1, include_dashboard=False, object_store_memory=80 * 1024 * 1024, _node_ip_address="127.0.0.1",
             configure_logging=False)
    # Its log of every request would cost it more than the answer does.
    quiet = {"log_level": "WARNING", "enable_access_log": False}
    serve.start(http_options={"host": "127.0.0.1", "port": port}, proxy_location="HeadOnly", logging_config=quiet)
    serve.run(application(batch, ongoing, waiting, sys.argv[5]), route_prefix="/", logging_config=quiet)

    def stop(*_):
        serve.shutdown()
        ray.shutdown()
        sys.exit(0)

    signal.signal(signal.SIGTERM, stop)
    while True:
        signal.pause()


main()
