"""The words after ./dev bench engine. By itself: checks them, before anything is installed for them."""
import argparse
import pathlib

MODELS = ("minilm", "bert-base")
LENGTHS = ("mix", "banking77", "spamassassin")


def read_options():
    parser = argparse.ArgumentParser(prog="./dev bench engine", description="fovea's engine beside its peers")
    parser.add_argument("--quick", action="store_true", help="a quarter of the messages, two rounds")
    parser.add_argument("--only", metavar="NAME", help="only peers' modes with this in their name, as ort or int8")
    parser.add_argument("--model", choices=MODELS)
    parser.add_argument("--lengths", choices=LENGTHS)
    parser.add_argument("--out", type=pathlib.Path, help="write the table to this file too")
    parser.add_argument("--program", default="build/release/fovea", help=argparse.SUPPRESS)
    parser.add_argument("--cache", type=pathlib.Path, default=pathlib.Path("build/peers"), help=argparse.SUPPRESS)
    return parser.parse_args()


if __name__ == "__main__":
    read_options()
