"""Tokenizers of every kind, trained in seconds: name -> tokenizers.Tokenizer."""
import base64
import json
import struct
import unicodedata

from tokenizers import AddedToken, Regex, Tokenizer, models, normalizers as N, pre_tokenizers as P, processors, trainers

CL100K = (r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+"
          r"|\s+(?!\S)|\s+")
QWEN = CL100K.replace("{1,3}", "")
DEEPSEEK = (r"[!\"#$%&'()*+,\-./:;<=>?@\[\\\]^_`{|}~][A-Za-z]+|[^\r\n\p{L}\p{P}\p{S}]?[\p{L}\p{M}]+"
            r"| ?[\p{P}\p{S}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+")
CLIP = r"<\|startoftext\|>|<\|endoftext\|>|'s|'t|'re|'ve|'m|'ll|'d|[\p{L}]+|[\p{N}]|[^\s\p{L}\p{N}]+"


def double_array(pairs):
    """SentencePiece's precompiled_charsmap of {text: replacement}: a darts-clone trie and the replacements."""
    values, texts = {}, bytearray()
    for key, fresh in sorted(pairs.items()):
        values[key.encode()] = len(texts)
        texts += fresh.encode() + b"\0"
    children = {b"": set()}
    for key in values:
        for at in range(len(key)):
            children.setdefault(key[:at], set()).add(key[at])
            children.setdefault(key[:at + 1], set())
    units, used, free = {0: 0}, {0}, 1
    open_nodes = [(b"", 0)]
    while open_nodes:
        prefix, place = open_nodes.pop()
        labels = sorted(children[prefix] | ({0} if prefix in values else set()))
        if not labels:
            continue
        while free in used:
            free += 1
        base = free
        while any((base ^ label) in used for label in labels) or (base ^ place) >= 1 << 21:
            base += 1
        units[place] |= (base ^ place) << 10 | (0x100 if prefix in values else 0)
        for label in labels:
            used.add(base ^ label)
            if label == 0:
                units[base] = values[prefix] | 1 << 31
            else:
                units[base ^ label] = label
                open_nodes.append((prefix + bytes([label]), base ^ label))
    size = (max(units) | 0xFF) + 1
    trie = b"".join(struct.pack("<I", units.get(i, 0)) for i in range(size))
    return struct.pack("<I", len(trie)) + trie + bytes(texts)


def charsmap():
    """What NFKC makes of single characters and of pairs with a mark, controls to nothing, spaces to a space."""
    pairs = {}
    for code in (*range(0xA0, 0x3400), *range(0xF900, 0x10000), *range(0x1D400, 0x1D800), *range(0x1F100, 0x1F200)):
        text = chr(code)
        fresh = unicodedata.normalize("NFKC", text)
        if fresh != text and unicodedata.category(text) != "Cn":
            pairs[text] = fresh
        parts = unicodedata.normalize("NFD", text)
        if len(parts) == 2 and unicodedata.normalize("NFC", parts) == text:
            pairs[parts] = text
    for code in (*range(1, 9), 0xB, *range(0xE, 0x20), 0x7F, 0xAD, 0x200B):
        pairs[chr(code)] = ""
    for code in (9, 0xA, 0xC, 0xD, 0x85, 0x2028, 0xFEFF):
        pairs[chr(code)] = " "
    return N.Precompiled(double_array(pairs))


def bert_template(cls, sep):
    return processors.TemplateProcessing(
        single=f"{cls[0]} $A {sep[0]}", pair=f"{cls[0]} $A {sep[0]} $B:1 {sep[0]}:1", special_tokens=[cls, sep])


def trained(model, trainer, texts, normalizer=None, pre_tokenizer=None, post=None, added=()):
    tokenizer = Tokenizer(model)
    if normalizer is not None:
        tokenizer.normalizer = normalizer
    if pre_tokenizer is not None:
        tokenizer.pre_tokenizer = pre_tokenizer
    tokenizer.train_from_iterator(texts, trainer)
    tokenizer.add_tokens(list(added))
    if post is not None:
        tokenizer.post_processor = post(tokenizer)
    return tokenizer


def edited(tokenizer, edit):
    content = json.loads(tokenizer.to_str())
    edit(content)
    return Tokenizer.from_str(json.dumps(content))


def byte_level(texts):
    def trainer(specials=("<s>", "</s>", "<unk>")):
        return trainers.BpeTrainer(vocab_size=4000, special_tokens=list(specials), show_progress=False,
                                   initial_alphabet=P.ByteLevel.alphabet())

    def roberta(t, **how):
        return processors.RobertaProcessing(("</s>", t.token_to_id("</s>")), ("<s>", t.token_to_id("<s>")), **how)

    mask = AddedToken("<mask>", lstrip=True, normalized=False)
    yield "bpe-gpt2", trained(
        models.BPE(), trainer(["<|endoftext|>"]), texts, None, P.ByteLevel(add_prefix_space=False),
        lambda t: processors.ByteLevel(trim_offsets=False), [AddedToken("<|endoftext|>")])
    yield "bpe-roberta", trained(models.BPE(), trainer(), texts, None, P.ByteLevel(add_prefix_space=True), roberta,
                                 [mask, AddedToken("[MASK]", single_word=True, rstrip=True)])
    yield "bpe-modernbert", trained(
        models.BPE(), trainer(["[UNK]", "[CLS]", "[SEP]"]), texts, N.NFC(), P.ByteLevel(add_prefix_space=False),
        lambda t: bert_template(("[CLS]", 1), ("[SEP]", 2)),
        [AddedToken("  ", normalized=True), AddedToken("[MASK]", lstrip=True), AddedToken("fovea", single_word=True)])
    llama = trained(models.BPE(), trainer(), texts, None,
                    P.Sequence([P.Split(Regex(CL100K), "isolated"), P.ByteLevel(False, use_regex=False)]),
                    lambda t: processors.Sequence([processors.ByteLevel(trim_offsets=True),
                                                   bert_template(("<s>", 0), ("</s>", 1))]))
    yield "bpe-llama3", edited(llama, lambda c: c["model"].update(ignore_merges=True))
    yield "bpe-qwen", trained(models.BPE(), trainer(), texts, N.NFC(), P.Sequence(
        [P.Split(Regex(QWEN), "isolated"), P.ByteLevel(False, use_regex=False)]))
    yield "bpe-deepseek", trained(models.BPE(), trainer(), texts, None, P.Sequence(
        [P.Split(Regex(r"\p{N}{1,3}"), "isolated"), P.Split(Regex("[一-龥぀-ゟ゠-ヿ]+"), "isolated"),
         P.Split(Regex(DEEPSEEK), "isolated"), P.ByteLevel(False, use_regex=False)]))
    yield "bpe-clip", trained(
        models.BPE(end_of_word_suffix="</w>", continuing_subword_prefix=""),
        trainers.BpeTrainer(vocab_size=4000, special_tokens=["<|startoftext|>", "<|endoftext|>"],
                            end_of_word_suffix="</w>", initial_alphabet=P.ByteLevel.alphabet(), show_progress=False),
        texts, N.Sequence([N.NFC(), N.Replace(Regex(r"\s+"), " "), N.Lowercase()]),
        P.Sequence([P.Split(Regex(CLIP), "removed", invert=True), P.ByteLevel(False)]),
        lambda t: processors.RobertaProcessing(("<|endoftext|>", 1), ("<|startoftext|>", 0), False, False))
    yield "bpe-few-letters", trained(
        models.BPE(unk_token="<unk>"),
        trainers.BpeTrainer(vocab_size=600, special_tokens=["<unk>"], show_progress=False),
        texts[:300], None, P.ByteLevel(add_prefix_space=True), lambda t: processors.ByteLevel(trim_offsets=True))


def word_pieces(texts):
    trainer = trainers.WordPieceTrainer(vocab_size=4000, special_tokens=["[UNK]", "[CLS]", "[SEP]"],
                                        show_progress=False)
    post = lambda t: bert_template(("[CLS]", 1), ("[SEP]", 2))
    yield "wordpiece-cased", trained(models.WordPiece(unk_token="[UNK]"), trainer, texts,
                                     N.BertNormalizer(lowercase=False), P.BertPreTokenizer(), post)
    yield "wordpiece-uncased", trained(
        models.WordPiece(unk_token="[UNK]"), trainer, texts, N.BertNormalizer(), P.BertPreTokenizer(),
        lambda t: processors.BertProcessing(("[SEP]", 2), ("[CLS]", 1)),
        [AddedToken("[MASK]", lstrip=True), AddedToken("Fovea", single_word=True, normalized=True)])
    yield "wordpiece-steps", trained(
        models.WordPiece(unk_token="[UNK]", max_input_chars_per_word=40), trainer, texts,
        N.Sequence([N.NFD(), N.StripAccents(), N.Lowercase(), N.Strip(), N.Nmt()]),
        P.Sequence([P.Whitespace(), P.Digits(True), P.Punctuation("isolated")]))
    yield "wordpiece-splits", trained(
        models.WordPiece(unk_token="[UNK]"), trainer, texts, N.NFKD(),
        P.Sequence([P.CharDelimiterSplit("-"), P.Split("e", "merged_with_next"), P.Punctuation("merged_with_previous"),
                    P.Digits(False), P.Split(Regex(r"\s+"), "contiguous"), P.WhitespaceSplit()]))
    yield "wordlevel", trained(
        models.WordLevel(unk_token="[UNK]"),
        trainers.WordLevelTrainer(vocab_size=3000, special_tokens=["[UNK]"], show_progress=False), texts,
        N.Sequence([N.Nmt(), N.NFKC()]), P.WhitespaceSplit())


def unigrams(texts):
    trainer = trainers.UnigramTrainer(vocab_size=3000, special_tokens=["<s>", "</s>", "<unk>"], unk_token="<unk>",
                                      show_progress=False)
    post = lambda t: bert_template(("<s>", 0), ("</s>", 1))
    mask = AddedToken("<mask>", lstrip=True, normalized=False)
    yield "unigram-xlmr", trained(models.Unigram(), trainer, texts,
                                  N.Sequence([charsmap(), N.Replace(Regex(" {2,}"), " ")]), P.Metaspace(), post, [mask])
    yield "unigram-nfkc", trained(models.Unigram(), trainer, texts, N.NFKC(), P.Metaspace(prepend_scheme="first"), post)
    yield "unigram-t5", trained(models.Unigram(), trainer, texts, charsmap(),
                                P.Sequence([P.WhitespaceSplit(), P.Metaspace()]))
    yield "unigram-albert", trained(
        models.Unigram(), trainer, texts,
        N.Sequence([N.Replace("``", '"'), N.NFKD(), N.StripAccents(), N.Lowercase(), charsmap()]), P.Metaspace(), post)
    whole = trained(models.Unigram(), trainer, texts, N.NFC(), P.Metaspace(split=False, prepend_scheme="never"))

    def with_bytes(content):
        content["model"]["vocab"] += [[f"<0x{byte:02X}>", -20.0] for byte in range(256)]
        content["model"]["byte_fallback"] = True
    yield "unigram-bytes", edited(whole, with_bytes)


def sentence_bpes(texts):
    trainer = trainers.BpeTrainer(vocab_size=4000, special_tokens=["<unk>", "<s>", "</s>"], show_progress=False)
    plain = trained(models.BPE(unk_token="<unk>", fuse_unk=True), trainer, texts[:400],
                    N.Sequence([N.Prepend("▁"), N.Replace(" ", "▁")]), None)
    yield "bpe-fused", plain

    def with_bytes(content):
        vocabulary = content["model"]["vocab"]
        for byte in range(256):  # the lines say <0x41> themselves: it may have been learnt
            vocabulary.setdefault(f"<0x{byte:02X}>", len(vocabulary))
        content["model"]["byte_fallback"] = True
    yield "bpe-llama2", edited(plain, with_bytes)


def every_kind(texts, plain):
    yield from byte_level(texts)
    yield from word_pieces(texts)
    yield from unigrams(plain)
    yield from sentence_bpes(texts)
