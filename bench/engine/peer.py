"""What the benchmark asks of a peer, and the helpers that several of them need.

A peer is one engine in one mode (precision, graph, hint), in a process of its own, on one thread.
"""
import os
import pathlib
import tempfile

import numpy


class Refused(Exception):
    """The engine cannot do this here; the message is the reason that its row shows."""


class Peer:
    """run() takes one message's ids [tokens] int64 and gives its pooled embedding [hidden] fp32."""

    together = False  # True: run_all() groups messages by itself, so that no message has a time of its own

    def __init__(self, model, cache):
        self.model, self.cache = model, pathlib.Path(cache)

    def load(self):
        """Makes what it runs, from files under self.cache where they are there. Raises Refused."""
        raise NotImplementedError

    def version(self):
        raise NotImplementedError

    def run(self, ids):
        raise NotImplementedError

    def run_batch(self, messages):
        """Messages of any lengths as one padded batch → [messages, hidden]."""
        raise Refused("takes no batch of several lengths")

    def run_all(self, messages):
        """All messages in one go → [messages, hidden]; for engines that group by themselves."""
        raise NotImplementedError

    def pool(self, states, counts):
        """Hidden states [messages, tokens, hidden] → [messages, hidden]: the mean over each message's tokens."""
        if len(counts) == 1:
            return self.scale(states[0, :counts[0]].mean(axis=0)[None])
        return self.scale(numpy.stack([states[i, :count].mean(axis=0) for i, count in enumerate(counts)]))

    def scale(self, pooled):
        if self.model.unit_length:
            return pooled / numpy.sqrt((pooled * pooled).sum(axis=-1, keepdims=True))
        return pooled


def padded(messages):
    """ids and mask [messages, longest] int64, the token counts."""
    counts = [len(message) for message in messages]
    ids = numpy.zeros((len(messages), max(counts)), dtype=numpy.int64)
    mask = numpy.zeros_like(ids)
    for row, message in enumerate(messages):
        ids[row, :len(message)] = message
        mask[row, :len(message)] = 1
    return ids, mask, counts


def made(path, make):
    """`path`, made by make(temporary path beside it) where it is not there: complete or absent, never half."""
    path = pathlib.Path(path)
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=path.parent) as folder:
            unfinished = pathlib.Path(folder) / path.name
            make(unfinished)
            os.replace(unfinished, path)
    return path
