#!/usr/bin/env python3
"""decisions, explain, audit, store, dead, queue list, hold list, replay and lint, on what one run kept."""
import json
import os
import shutil
import sqlite3
import unittest

from desk import Desk


class Look(Desk):
    def setUp(self):
        super().setUp()
        self.run_once()

    def test_decisions_are_a_line_each(self):
        out, _ = self.fovea("decisions", "flow.yaml", "--json")
        rows = [json.loads(line) for line in out.splitlines()]
        self.assertEqual(len(rows), 16)
        self.assertEqual([row["seq"] for row in rows], list(range(1, 17)))
        self.assertEqual((rows[0]["event_id"], rows[0]["label"], rows[0]["rung"], rows[0]["for_human"]),
                         ("event-00", "refund", "rules", False))
        self.assertEqual(rows[0]["outputs"], {"queue": "refunds"})
        self.assertEqual(sum(row["for_human"] for row in rows), 8)
        for key in ("original", "probability", "deadline_met", "latency_us"):
            self.assertIn(key, rows[0])
        out, _ = self.fovea("decisions", "--from", "3", "--limit", "2", "--json")
        self.assertEqual([json.loads(line)["seq"] for line in out.splitlines()], [3, 4])
        out, error = self.fovea("decisions", "--limit", "1")
        self.assertEqual(out, "")
        self.assertIn("--from 2", error)
        self.assertNotIn("joe@example.com", error)

    def test_explain_knows_ids_prefixes_and_numbers(self):
        for name in ("event-00", "#1"):
            told = self.json("explain", name)
            self.assertEqual(told["event_id"], "event-00")
            self.assertIn("refund", told["why"])
            self.assertNotIn("joe@example.com", json.dumps(told))
        _, error = self.fovea("explain", "event-00", "--lang", "zh")
        self.assertIn("next:", error)
        _, error = self.fovea("explain", "nobody", expect=2)
        self.assertIn("fovea decisions", error)
        _, error = self.fovea("explain", "event-", expect=2)
        self.assertIn("several", error)
        self.fovea("explain", "event-00", "--lang", "xx", expect=2)

    def test_the_log_verifies_and_names_what_was_touched(self):
        good = self.json("audit", "verify")
        self.assertEqual((good["entries"], good["ok"], good["pending"]), (16, True, 0))
        for column, find, put in (("decision", "tier1", "tier2"), ("decision", "event-02", "event-03")):
            copy = self.path("copy")
            shutil.copytree(self.path(".fovea"), copy)
            with sqlite3.connect(copy + "/fovea.db") as db:
                text = db.execute(f"SELECT {column} FROM journal WHERE seq = 3").fetchone()[0]
                self.assertIn(find, text)
                db.execute(f"UPDATE journal SET {column} = ? WHERE seq = 3", (text.replace(find, put),))
            db.close()
            bad = self.json("audit", "verify", "--state", copy, expect=1)
            self.assertEqual(bad["ok"], False)
            self.assertTrue(bad["first_bad"].startswith("entry 2:"), bad["first_bad"])
            shutil.rmtree(copy)

    def test_a_row_more_or_less_is_seen(self):
        for change in ("DELETE FROM journal WHERE seq = 5",
                       "INSERT INTO journal (flow, source, id, key, time_ns, received_ns, fate, decision) "
                       "SELECT flow, source, 'forged', key, time_ns, received_ns, fate, decision FROM journal "
                       "WHERE seq = 5",
                       "UPDATE payloads SET bytes = '{}'"):
            copy = self.path("copy")
            shutil.copytree(self.path(".fovea"), copy)
            with sqlite3.connect(copy + "/fovea.db") as db:
                db.execute(change)
            db.close()
            self.assertFalse(self.json("audit", "verify", "--state", copy, expect=1)["ok"], change)
            self.assertFalse(self.json("store", "check", "--state", copy, expect=1)["ok"], change)
            shutil.rmtree(copy)

    def test_a_receipt_is_checked_without_the_state(self):
        self.fovea("audit", "prove", "event-04", "-o", "receipt.txt")
        self.fovea("audit", "export", "log")
        shutil.rmtree(self.path(".fovea"))
        held = self.json("audit", "check-receipt", "receipt.txt", "--key", "log/key.pub")
        self.assertEqual((held["ok"], held["entry"]), (True, 4))
        self.assertFalse(os.path.exists(self.path("log/key")))
        with open(self.path("receipt.txt"), encoding="utf-8") as text:
            forged = text.read().replace("index 4", "index 5")
        self.write("forged.txt", forged)
        self.fovea("audit", "check-receipt", "forged.txt", "--key", "log/key.pub", expect=1)

    def test_the_store_is_sound_and_the_dead_are_listed(self):
        sound = self.json("store", "check")
        self.assertEqual((sound["ok"], sound["ingested"], sound["decided"], sound["dead_lettered"]), (True, 17, 16, 1))
        letters = self.json("dead", "list")["dead_letters"]
        self.assertEqual(len(letters), 1)
        self.assertEqual(letters[0]["original"], "events.jsonl:17")
        self.assertIn("JSON", self.json("dead", "show", str(letters[0]["letter"]))["cause"])
        self.fovea("dead", "show", "99", expect=2)

    def test_a_replay_with_the_same_flow_gives_the_same(self):
        same = self.json("replay", "flow.yaml", "--fail-on-difference")
        self.assertEqual((same["replayed"], same["same"], same["same_flow"]), (16, 16, True))
        self.write("routing.csv", 'intent.label,=> queue\nrefund,returns\n-,general\n')
        other = self.json("replay", "flow.yaml", "--fail-on-difference", expect=1)
        self.assertEqual((other["replayed"], other["outputs"], other["labels"], other["same_flow"]), (16, 8, 0, False))
        self.assertEqual(other["changes"][0]["after"]["outputs"], {"queue": "returns"})
        self.write("keywords.csv", "text.contains('hello'),=> label,=> probability\ntrue,greeting,1\n")
        moved = self.json("replay", "flow.yaml", "--from", "1", "--to", "4")
        self.assertEqual((moved["replayed"], moved["labels"]), (4, 3))
        self.assertIn({"before": "(a person)", "after": "greeting", "count": 1}, moved["moves"])
        self.assertEqual(self.json("audit", "verify")["entries"], 16)

    def test_lint_says_where(self):
        self.assertTrue(self.json("lint", "flow.yaml")["ok"])
        self.write("bad.yaml", "flow: bad\nversion: 1\nsorce: { jsonl: ./events.jsonl }\n")
        bad = self.json("lint", "bad.yaml", expect=2)
        self.assertFalse(bad["ok"])
        self.assertIn("bad.yaml:3", bad["errors"][0]["where"])
        out, _ = self.fovea("lint", "--schema")
        self.assertIn("$schema", json.loads(out))

    def test_without_a_state_the_error_says_what_to_do(self):
        for command in (["decisions"], ["explain", "event-00"], ["audit", "verify"], ["store", "check"],
                        ["queue", "list"], ["hold", "list"], ["dead", "list"], ["replay", "flow.yaml"],
                        ["undo", "flow.yaml", "event-00"]):
            _, error = self.fovea(*command, "--state", "nowhere", expect=2)
            self.assertIn("run a flow first", error, command)
            self.assertFalse(os.path.exists(self.path("nowhere")), command)


if __name__ == "__main__":
    unittest.main()
