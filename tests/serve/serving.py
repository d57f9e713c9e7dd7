"""For tests that run the whole program as a server: starting it, asking it, stopping it."""
import atexit
import http.client
import json
import os
import re
import subprocess
import sys
import threading
import time

BIN = os.environ["FOVEA_BIN"]


class Server:
    """A `fovea serve` on a free port (or what `program` starts like it); what it says is kept."""

    def __init__(self, *words, env=None, program=None):
        self.process = subprocess.Popen(program or [BIN, "serve", *words, "--http", "127.0.0.1:0"],
                                        stderr=subprocess.PIPE, text=True, env=dict(os.environ, **(env or {})))
        atexit.register(self.process.kill)  # a test that fails leaves nothing behind
        self.said = []
        self.port = self.grpc_port = None
        for line in self.process.stderr:
            self.said.append(line)
            if found := re.search(r"listening on port (\d+)(?:, for gRPC on port (\d+))?", line):
                self.port, self.grpc_port = int(found[1]), int(found[2] or 0)
                break
        if self.port is None:
            sys.exit("the server did not start: " + "".join(self.said))
        self.listener = threading.Thread(target=self.listen, daemon=True)
        self.listener.start()

    def listen(self):
        for line in self.process.stderr:
            self.said.append(line)

    def hears(self, words, within=20):
        """Waits until it has said them: what a process writes is here a moment later."""
        until = time.monotonic() + within
        while time.monotonic() < until:
            if any(words in line for line in list(self.said)):
                return True
            time.sleep(0.02)
        return False

    def ask(self, method, path, body=None, headers=None, timeout=20):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=timeout)
        try:
            connection.request(method, path, body, headers or {})
            response = connection.getresponse()
            return response.status, dict(response.getheaders()), response.read()
        finally:
            connection.close()

    def post(self, path, value, headers=None, **more):
        headers = {"Content-Type": "application/json", **(headers or {})}
        status, _, body = self.ask("POST", path, json.dumps(value), headers, **more)
        return status, json.loads(body)

    def end(self, signal, wait=30):
        self.process.send_signal(signal)
        status = self.process.wait(wait)
        self.listener.join(5)
        return status
