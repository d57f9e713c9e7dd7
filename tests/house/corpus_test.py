#!/usr/bin/env python3
"""The example's messages are many, even and each written by itself: no two share a run of eight words or fourteen
Chinese characters. usage: corpus_test.py
"""
import collections
import csv
import json
import pathlib
import re
import sys
import unittest

import mail_words

EXAMPLE = pathlib.Path(__file__).resolve().parents[2] / "examples/support-triage"
LABELS = {"refund", "late_delivery", "complaint", "invoice", "account_access", "cancellation", "defect", "praise",
          "spam", "outside"}
WORDS, CHARACTERS = 8, 14
HAN = r"\u3400-\u9fff"


def runs(text):
    """Every run of eight words and of fourteen Chinese characters; punctuation does not break one."""
    words = re.findall(r"[a-z0-9']+", text.lower())
    yield from {" ".join(words[at:at + WORDS]) for at in range(len(words) - WORDS + 1)}
    for stretch in re.findall(f"[{HAN}]+", re.sub(rf"[^\w{HAN}]", "", text)):
        yield from {stretch[at:at + CHARACTERS] for at in range(len(stretch) - CHARACTERS + 1)}


def shared_runs(texts):
    """[(name, other name, run)], one for each pair of texts."""
    seen, pairs = {}, {}
    for name, text in texts:
        for run in runs(text):
            other = seen.setdefault(run, name)
            if other != name:
                pairs.setdefault((other, name), run)
    return [(other, name, run) for (other, name), run in pairs.items()]


def messages():
    with open(EXAMPLE / "messages.jsonl", encoding="utf-8") as lines:
        return [json.loads(line) for line in lines]


def labels():
    with open(EXAMPLE / "labels.csv", encoding="utf-8", newline="") as table:
        return list(csv.DictReader(table))


def inbox_texts():
    """(file, text) of each mail; a mail that came twice counts once."""
    known = set()
    for path in sorted((EXAMPLE / "inbox").glob("*.eml")):
        message_id, text = mail_words.written(path.read_bytes())
        if message_id and message_id in known:
            continue
        known.add(message_id)
        yield path.name, text


class CorpusTest(unittest.TestCase):
    def test_counts(self):
        self.assertGreaterEqual(len(messages()), 1200)
        self.assertGreaterEqual(len(list(inbox_texts())), 300)

    def test_labels_are_known_and_even(self):
        for rows in ([m["label"] for m in messages()], [r["label"] for r in labels() if r["label"] != "unparsable"]):
            count = collections.Counter(rows)
            self.assertEqual(set(count), LABELS)
            self.assertGreaterEqual(min(count.values()), len(rows) // 20, count)

    def test_second_labels_are_known(self):
        self.assertLessEqual({row["also"] for row in labels()}, LABELS | {""})

    def test_every_mail_has_its_label(self):
        self.assertEqual([row["file"] for row in labels()], [p.name for p in sorted((EXAMPLE / "inbox").iterdir())])

    def test_three_mails_cannot_be_parsed(self):
        self.assertEqual(sum(row["label"] == "unparsable" for row in labels()), 3)

    def test_both_languages(self):
        for texts in ([m["text"] for m in messages()], [text for _, text in inbox_texts()]):
            chinese = sum(len(re.findall(f"[{HAN}]", text)) >= 4 for text in texts)
            self.assertGreater(chinese, len(texts) * 0.3)
            self.assertLess(chinese, len(texts) * 0.7)

    def test_messages_hold_text_and_label_only(self):
        for number, message in enumerate(messages(), 1):
            self.assertEqual(set(message), {"text", "label"}, number)
            self.assertTrue(message["text"].strip(), number)

    def test_no_two_share_a_run(self):
        texts = [(f"messages.jsonl:{number}", m["text"]) for number, m in enumerate(messages(), 1)]
        texts += inbox_texts()
        shared = shared_runs(texts)
        self.assertEqual(shared, [], "\n".join(" | ".join(pair) for pair in shared[:20]))

    def test_a_shared_run_is_found(self):
        eight = "one two three four five six seven eight"
        self.assertEqual(shared_runs([("a", f"x {eight}!"), ("b", f"{eight.upper()} y")]), [("a", "b", eight)])
        self.assertEqual(shared_runs([("a", eight[:-6]), ("b", eight[:-6])]), [])
        han = "一二三四五六七八九十百千万亿"
        self.assertEqual(shared_runs([("a", han[:7] + "，" + han[7:]), ("b", han)]), [("a", "b", han)])
        self.assertEqual(shared_runs([("a", han[1:]), ("b", han[1:])]), [])


if __name__ == "__main__":
    sys.exit(unittest.main())
