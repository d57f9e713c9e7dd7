"""Azure's recorded arrivals of requests to a language model, with lengths scaled to those of messages."""
import csv
import datetime
import random

from .server import ROOT

FILE = ROOT.parent / "shared" / "data" / "azure_llm_trace" / "AzureLLMInferenceTrace_code.csv"
MEAN_TOKENS, TOKENS_MAX = 24, 256


def seconds_of(text):
    whole, _, part = text.partition(".")
    return datetime.datetime.fromisoformat(whole + "+00:00").timestamp() + float("0." + (part or "0"))


class AzureTrace:
    """rows: [(seconds from the first, tokens)], by time."""

    def __init__(self):
        with FILE.open(encoding="utf-8") as file:
            rows = sorted((seconds_of(row["TIMESTAMP"]), int(row["ContextTokens"])) for row in csv.DictReader(file))
        scale = MEAN_TOKENS * len(rows) / sum(tokens for _, tokens in rows)
        self.rows = [(at - rows[0][0], min(TOKENS_MAX, max(3, round(tokens * scale)))) for at, tokens in rows]

    def first(self, count):
        """The first requests, their lengths at the same mean."""
        part = AzureTrace.__new__(AzureTrace)
        rows = self.rows[:count]
        scale = MEAN_TOKENS * len(rows) / sum(tokens for _, tokens in rows)
        part.rows = [(at, min(TOKENS_MAX, max(3, round(tokens * scale)))) for at, tokens in rows]
        return part

    def write(self, path):
        path.write_text("timestamp,tokens\n" + "".join(f"{at:.6f},{tokens}\n" for at, tokens in self.rows))

    def write_lengths(self, path):
        """In another order, so that each part is like the whole."""
        lengths = [tokens for _, tokens in self.rows]
        random.Random(1).shuffle(lengths)
        path.write_text("".join(f"{tokens}\n" for tokens in lengths))

    def best_share(self, rate, capacity, objective_s):
        """Of capacity: what a server does that never pauses while there is work, knows what each request takes, and
        takes in, in the order of their arrival, all that it can answer within the objective. Less than 1: the trace has
        times with less work than it could do."""
        speed = rate * self.rows[-1][0] / (len(self.rows) - 1)
        each_s = len(self.rows) / capacity / sum(tokens for _, tokens in self.rows)
        free_s, done = 0.0, 0
        for at, tokens in self.rows:
            due = at / speed
            ends = max(free_s, due) + tokens * each_s
            if ends <= due + objective_s:
                free_s, done = ends, done + 1
        return done / (self.rows[-1][0] / speed) / capacity
