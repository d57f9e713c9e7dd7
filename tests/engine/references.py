"""What tests beside reference implementations share: an interpreter that has them, or exit 99: skipped."""
import importlib.util
import os
import sys


def skip(why):
    print(f"skipped: {why}")
    sys.exit(99)


def modules_or_other_python(*modules):
    """Goes on in the interpreter that has the modules: this one, or the one that FOVEA_PEERS_PYTHON names."""
    missing = [name for name in modules if importlib.util.find_spec(name) is None]
    if not missing:
        return
    other = os.environ.pop("FOVEA_PEERS_PYTHON", "")
    if not other:
        skip(f"no {' and '.join(missing)} here, and FOVEA_PEERS_PYTHON names no interpreter that has them")
    os.execv(other, [other, *sys.argv])
