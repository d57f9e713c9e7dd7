"""The length files: banking77's questions, SpamAssassin's mails, and a lognormal mix.

The counts are those of MiniLM's tokenizer on the data in ../shared/data; without it, of seeded lognormal fits.
"""
import csv
import email
import email.policy
import gzip
import json
import pathlib
import re

from .messages import Lengths, lognormal, spread

DATA = pathlib.Path("../shared/data")
TOKENS_MAX = 256  # MiniLM's own limit
MESSAGES = {"mix": 512, "banking77": 512, "spamassassin": 128}


def mix():
    return lognormal("mix", MESSAGES["mix"], median=15, p95=200, least=3, most=512, seed=11)


def banking77(tokenizer_folder):
    path = DATA / "banking77" / "test.csv"
    if not path.exists():
        return lognormal("banking77", MESSAGES["banking77"], median=13, p95=31, least=5, most=90, seed=12)
    with open(path, encoding="utf-8", newline="") as file:
        texts = [row["text"] for row in csv.DictReader(file)]
    return counted("banking77", "test.csv", texts, tokenizer_folder)


def spamassassin(tokenizer_folder):
    path = DATA / "spamassassin" / "emails.jsonl.gz"
    if not path.exists():
        return lognormal("spamassassin", MESSAGES["spamassassin"], median=230, p95=256, least=20, most=TOKENS_MAX,
                         seed=13)
    with gzip.open(path, "rt", encoding="utf-8") as file:
        raw = [json.loads(line)["raw"] for line in file]
    texts = [text_of(mail) for mail in spread(raw, MESSAGES["spamassassin"])]
    return counted("spamassassin", f"subject and body, cut at {TOKENS_MAX}", texts, tokenizer_folder)


def text_of(mail):
    """Subject and text of a mail; of an HTML part what is between the tags."""
    message = email.message_from_string(mail, policy=email.policy.compat32)
    bodies = []
    for part in message.walk():
        if part.get_content_maintype() == "text":
            content = part.get_payload(decode=True) or b""
            body = content.decode("latin-1")
            bodies.append(re.sub(r"<[^>]*>", " ", body) if part.get_content_subtype() == "html" else body)
    return f"{message.get('Subject', '')}\n" + "\n".join(bodies)


def counted(name, source, texts, tokenizer_folder):
    from tokenizers import Tokenizer
    tokenizer = Tokenizer.from_file(str(pathlib.Path(tokenizer_folder) / "tokenizer.json"))
    tokenizer.no_padding()
    tokenizer.enable_truncation(TOKENS_MAX)
    counts = [len(tokenizer.encode(text).ids) for text in spread(texts, MESSAGES[name])]
    return Lengths(name, source, counts)


def all_lengths(tokenizer_folder):
    return {"mix": mix(), "banking77": banking77(tokenizer_folder), "spamassassin": spamassassin(tokenizer_folder)}
