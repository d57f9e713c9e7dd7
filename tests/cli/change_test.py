#!/usr/bin/env python3
"""queue resolve, undo and hold cancel: alone, beside a running flow, and from several sides at once."""
import subprocess
import unittest

from desk import FOVEA, Desk


class Alone(Desk):
    def setUp(self):
        super().setUp()
        self.run_once()

    def test_an_answer_decides_and_acts(self):
        waiting = self.json("queue", "list")["reviews"]
        self.assertEqual(len(waiting), 8)
        done = self.json("queue", "resolve", "flow.yaml", "event-02", "--label", "refund", "--by", "ann")
        self.assertEqual((done["label"], done["by"], done["outputs"]), ("refund", "ann", {"queue": "refunds"}))
        self.assertEqual({effect["state"] for effect in done["effects"]}, {"committed"})
        self.assertIn({"id": "event-02", "queue": "refunds"}, self.lines("out.jsonl"))
        self.assertEqual(len(self.json("queue", "list")["reviews"]), 7)
        self.assertEqual(self.json("audit", "verify")["entries"], 17)
        self.assertEqual(self.json("explain", "event-02")["answered_by"], "ann")
        _, error = self.fovea("queue", "resolve", "flow.yaml", "event-02", "--label", "refund", expect=2)
        self.assertIn("answered already: refund by ann", error)
        self.fovea("queue", "resolve", "flow.yaml", "event-00", "--label", "refund", expect=2)
        self.fovea("queue", "resolve", "flow.yaml", "event-03", expect=2)
        self.fovea("queue", "resolve", "event-03", "flow.yaml", "--label", "praise")  # either order

    def test_what_was_done_is_taken_back_last_effect_first(self):
        plan = self.json("undo", "flow.yaml", "event-12", "--dry-run")
        self.assertEqual([(step["name"], step["step"]) for step in plan["steps"]],
                         [("later", "cancel"), ("twice", "undo"), ("note", "undo")])
        self.assertEqual(self.json("audit", "verify")["entries"], 16)
        done = self.json("undo", "flow.yaml", "event-12", "--by", "ann")
        self.assertEqual({effect["name"]: effect["state"] for effect in done["effects"]},
                         {"note": "undone", "twice": "undone", "later": "cancelled"})
        taken = [line for line in self.lines("out.jsonl") if "undoes" in line or line.get("id") == "event-12"]
        self.assertNotEqual(taken[-1:], [{"id": "event-12", "queue": "desk"}])
        self.assertEqual(self.json("audit", "verify")["entries"], 17)
        _, error = self.fovea("undo", "flow.yaml", "event-12", expect=2)
        self.assertIn("no effect that could be taken back", error)

    def test_a_hold_is_cancelled_before_it_ends(self):
        held = self.json("hold", "list")["held"]
        self.assertEqual([effect["event_id"] for effect in held], ["event-08", "event-09", "event-12", "event-13"])
        number = str(held[0]["effect"])
        self.fovea("hold", "cancel", number)
        self.assertEqual(len(self.json("hold", "list")["held"]), 3)
        self.fovea("hold", "cancel", number, expect=2)
        self.fovea("hold", "cancel", "9999", expect=2)
        self.assertEqual(self.json("audit", "verify")["entries"], 17)
        self.assertTrue(self.json("store", "check")["ok"])


class WithUndo(Desk):
    undo = ", undo: { append: ./undone.jsonl, body: { id: event.id, queue: decision.queue, at: outcome.offset } }"

    def test_the_flows_own_undo_reads_the_outcome(self):
        self.run_once()
        self.fovea("undo", "flow.yaml", "event-04")
        undone = self.lines("undone.jsonl")
        self.assertEqual([(line["id"], line["queue"]) for line in undone], [("event-04", "refunds")])
        self.assertIsInstance(undone[0]["at"], int)


class BesideARun(Desk):
    def test_the_run_serves_what_is_asked(self):
        run = self.start()
        done = self.json("queue", "resolve", "flow.yaml", "event-02", "--label", "refund")
        self.assertEqual({effect["state"] for effect in done["effects"]}, {"committed"})
        undone = self.json("undo", "flow.yaml", "event-12")
        self.assertEqual({effect["state"] for effect in undone["effects"]}, {"undone", "cancelled"})
        held = self.json("hold", "list")["held"]
        self.fovea("hold", "cancel", str(held[0]["effect"]))
        _, error = self.fovea("queue", "resolve", "flow.yaml", "event-02", "--label", "refund", expect=2)
        self.assertIn("answered already", error)
        self.assertIsNone(run.poll())
        self.assertEqual(self.end(run), 143)
        self.assertEqual(self.json("audit", "verify")["entries"], 19)
        self.assertTrue(self.json("store", "check")["ok"])

    def test_of_many_answers_to_one_question_one_counts(self):
        run = self.start()
        asked = [subprocess.Popen([FOVEA, "queue", "resolve", "flow.yaml", "event-02", "--label", label],
                                  cwd=self.dir, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
                 for label in ("refund", "complaint", "praise", "refund")]
        self.end(run)  # some may find the run gone and take the lock themselves
        codes, said = [], ""
        for each in asked:
            said += each.communicate(timeout=60)[1]
            codes.append(each.returncode)
        self.assertEqual(sorted(codes), [0, 2, 2, 2], said)
        self.assertEqual(sum(line.get("id") == "event-02" for line in self.lines("out.jsonl")), 1)
        self.assertEqual(self.json("audit", "verify")["entries"], 17)


if __name__ == "__main__":
    unittest.main()
