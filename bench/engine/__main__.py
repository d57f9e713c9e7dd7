"""python -m bench.engine: measures and prints the Markdown table; ./dev bench engine calls it."""
import dataclasses
import sys

from . import datasets, model_folders, peers, side_by_side, table
from .contenders import Ours, lengths_file, read_answers
from .messages import spread
from .options import LENGTHS, MODELS, read_options

PRECISIONS = ("fp32", "bf16", "int8")
BIGGER = {"minilm": 1, "bert-base": 4}  # its messages cost about eight times as much: a quarter of them will do


def say(words):
    print(words, file=sys.stderr, flush=True)


def compare(model, lengths, chosen, wanted):
    """precision → (our row, the peers' rows)."""
    rounds, path, result = 2 if chosen.quick else 3, lengths_file(lengths, chosen.cache), {}
    reference, modes = None, peers.all_modes(model, chosen.cache)
    for precision in PRECISIONS:
        here = [mode for mode in modes if mode.precision == precision and wanted(mode)]
        if not here and precision != "fp32":  # our fp32 answers are what all others are held against
            continue
        ours, answers = Ours(chosen.program, model, precision, path), path.with_suffix(f".{precision}")
        our_row = side_by_side.measure_ours(ours, precision, rounds, answers, reference, len(lengths.counts))
        say(f"  fovea {precision}: {our_row.refused or f'{our_row.rate:.1f} messages/s'}")
        if precision == "fp32" and not our_row.refused:
            reference = read_answers(answers, len(lengths.counts))
        rows = []
        for mode in here:
            rows.append(side_by_side.measure_peer(mode, model, chosen.cache, lengths, path, rounds,
                                                  None if our_row.refused else ours, reference))
            say(f"  {mode.name}: {rows[-1].refused or f'{rows[-1].rate:.1f} messages/s'}")
        side_by_side.measure_again(our_row, ours, rounds, answers)
        our_row.rate = max([our_row.rate] + [row.ours for row in rows])
        result[precision] = (our_row, rows)
    return result


def main():
    chosen = read_options()
    chosen.cache.mkdir(parents=True, exist_ok=True)
    sections = []
    every = datasets.all_lengths(model_folders.minilm().folder)
    assert tuple(every) == LENGTHS
    for model_name in [chosen.model] if chosen.model else MODELS:
        model = model_folders.by_name(model_name, chosen.cache)
        for name in [chosen.lengths] if chosen.lengths else LENGTHS:
            share = BIGGER[model_name] * (4 if chosen.quick else 1)
            lengths = dataclasses.replace(every[name], counts=spread(every[name].counts,
                                                                     max(16, datasets.MESSAGES[name] // share)))
            say(f"{model_name} on {name}: {lengths.summary()}")
            found = compare(model, lengths, chosen, lambda mode: not chosen.only or chosen.only in mode.name)
            sections.append(table.section(model, lengths, found))
    text = table.document(sections, 2 if chosen.quick else 3)
    print(text)
    if chosen.out:
        chosen.out.write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
