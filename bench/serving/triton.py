"""Triton: the server's own program with its Python backend; the model runs in ONNX Runtime. The wheel has no other
backend that computes.

Dynamic batching as its documents advise: no preferred sizes, no delay. Beyond capacity the queue gets a policy: what
waited for half of the objective is rejected. A bound on the queue's
length, too, makes it answer a fifth to two fifths as much one at a time.
"""
import json
import pathlib
import shutil
import sysconfig

from .server import ROOT, Server, ask, free_ports

CONFIG = """name: "m"
backend: "python"
max_batch_size: {batch}
input [ {{ name: "text" data_type: TYPE_STRING dims: [ 1 ] }} ]
output [ {{ name: "{output}" data_type: TYPE_FP32 dims: [ {width} ] }} ]
instance_group [ {{ count: 1 kind: KIND_CPU }} ]
"""
POLICY = """dynamic_batching {{ default_queue_policy {{
  timeout_action: REJECT default_timeout_microseconds: {wait_us} }} }}
"""


class Triton(Server):
    """`batch`: the most of a batch; 0: a model that answers at once and isn't batched."""

    def __init__(self, graphs="", batch=0):
        super().__init__()
        self.graphs, self.batch = graphs, batch
        self.name = {0: "Triton", 1: "Triton, one at a time"}.get(batch, "Triton, batches")
        self.together = f"up to {batch}, padded" if batch > 1 else "one at a time, graph tuned by hand"
        self.flags = ("--batched",) if batch else ()
        self.doors = ("v2",) if batch else ("v2", "v2-grpc")
        self.place = pathlib.Path(sysconfig.get_path("purelib")) / "pytriton" / "tritonserver"

    def version(self):
        return "Triton " + json.loads(ask(self.ports[0], "GET", "/v2")[1])["version"]

    def config(self, limits):
        width, output = (384, "embedding") if self.batch else (1, "none")
        text = CONFIG.format(batch=self.batch, width=width, output=output)
        if not self.batch:
            return text
        if limits is None:
            return text + "dynamic_batching { }\n"
        return text + POLICY.format(wait_us=int(limits.objective_ms / 2 * 1000))

    def start(self, limits=None):
        stub = self.place / "backends" / "python" / "triton_python_backend_stub"
        if not stub.exists():  # the wheel keeps one for each Python elsewhere
            shutil.copy(self.place / "python_backend_stubs" / sysconfig.get_python_version() / stub.name, stub)
        model = self.folder / "repository" / "m"
        (model / "1").mkdir(parents=True, exist_ok=True)
        (model / "config.pbtxt").write_text(self.config(limits))
        source = "triton_model.py" if self.batch else "triton_null.py"
        shutil.copy(pathlib.Path(__file__).with_name(source), model / "1" / "model.py")
        self.ports = free_ports(3)
        words = [self.place / "bin" / "tritonserver", f"--model-repository={self.folder / 'repository'}",
                 f"--backend-directory={self.place / 'backends'}"]
        for door, port in zip(("http", "grpc", "metrics"), self.ports):
            words += [f"--{door}-address=127.0.0.1", f"--{door}-port={port}"]
        self.launch(words, PATH=f"{sysconfig.get_path('scripts')}:/usr/bin:/bin", PYTHONPATH=str(ROOT),
                    FOVEA_GRAPHS=str(self.graphs), FOVEA_PADDED=str(int(self.batch > 1)))
        self.wait_until(lambda: ask(self.ports[0], "GET", "/v2/health/ready")[0] == 200)

    def url(self, door):
        return f"http://127.0.0.1:{self.ports[1 if door == 'v2-grpc' else 0]}"
