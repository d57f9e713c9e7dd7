"""The benchmark beside other engines: what it reads off the passes, what its table says, losing rows first of all."""
import pathlib
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2]))
from bench.engine import messages, row, table  # noqa: E402


def our_row(**known):
    return row.Row("fovea (avx512)", "int8", "groups as they arrive", **{
        "rate": 300.0, "latency_ms": {"p50": 0.5, "p95": 2.0, "p99": 4.0}, "rss_mib": 100.0, "bits": "equal", **known})


def peer_row(**known):
    return row.Row("Peer 1.0", "int8", "as it is", **{
        "rate": 200.0, "ours": 300.0, "latency_ms": {"p50": 1.0, "p95": 3.0, "p99": 5.0}, "rss_mib": 200.0,
        "bits": "1e-02 apart", "cosine": (0.98, 0.99), **known})


class Messages(unittest.TestCase):
    def test_ids_are_those_of_the_program(self):  # encoder_benchmark_test.cpp has the same figures
        self.assertEqual(messages.draw_ids([3, 1, 2], 30522), [[17726, 23016, 29665], [14118], [14115, 23522]])
        self.assertTrue(all(5 <= id < 10 for ids in messages.draw_ids([3, 30], 10) for id in ids))

    def test_the_mix_is_lognormal_and_the_same_each_time(self):
        mix = messages.lognormal("mix", 4000, median=15, p95=200, least=3, most=512, seed=11)
        self.assertEqual(mix.counts, messages.lognormal("mix", 4000, 15, 200, 3, 512, 11).counts)
        self.assertTrue(13 <= mix.percentile(0.5) <= 17 and 170 <= mix.percentile(0.95) <= 230, mix.summary())
        self.assertTrue(min(mix.counts) >= 3 and max(mix.counts) <= 512)
        self.assertEqual(sum(int(part.split(": ")[1]) for part in mix.histogram().split(", ")), 4000)

    def test_a_part_is_taken_evenly_and_in_order(self):
        self.assertEqual(messages.spread(list(range(10)), 5), [0, 2, 4, 6, 8])
        self.assertEqual(messages.spread([7, 3], 5), [7, 3])


class Passes(unittest.TestCase):
    def test_first_hits_leave_out_the_warmed_length_and_later_messages(self):
        counts = [5, 9, 5, 7]  # 9 is the longest: it was there in the warm-up
        first = {"wall_ms": [3.0, 90.0, 8.0, 4.0], "cpu_ms": [3.0, 90.0, 8.0, 2.0]}
        later = [{"cpu_ms": [1.0, 9.0, 1.0, 2.0]}, {"cpu_ms": [1.5, 9.0, 1.0, 4.0]}]
        self.assertEqual(row.first_hits(counts, first, later), (4.0, 3.0))

    def test_percentiles(self):
        self.assertEqual(row.percentiles(range(100)), {"p50": 50, "p95": 95, "p99": 99})
        self.assertEqual(row.percentiles([2.5])["p99"], 2.5)


class Table(unittest.TestCase):
    def section(self, ours, rows):
        model = type("Model", (), {"name": "minilm"})
        lengths = messages.Lengths("mix", "made", [3, 12, 40])
        return "\n".join(table.section(model, lengths, {"int8": (ours, rows)}))

    def test_every_line_has_every_column(self):
        text = self.section(our_row(), [peer_row(), peer_row(refused="no int8 here"), peer_row(latency_ms={})])
        lines = [line for line in text.splitlines() if line.startswith("| ")]
        self.assertEqual({line.count(" |") for line in lines}, {len(table.HEAD)})
        self.assertEqual(len(lines), 2 + 1 + 3)
        self.assertIn("no int8 here", text)
        self.assertIn("| 1.50 |", text)

    def test_nothing_lost_is_said(self):
        self.assertTrue(self.section(our_row(), [peer_row()]).rstrip().endswith("None."))

    def test_each_loss_is_listed(self):
        text = self.section(our_row(), [peer_row(rate=400.0), peer_row(latency_ms={"p50": 0.4}), peer_row(rss_mib=90.0),
                                        peer_row(rate=900.0, refused="broke")])
        lost = text[text.index("Rows that we lose"):]
        self.assertIn("400.0 messages/s against 300.0", lost)
        self.assertIn("p50 0.40 ms against 0.50", lost)
        self.assertIn("90 MiB against 100", lost)
        self.assertEqual(lost.count("- Peer"), 3)
        self.assertNotIn("broke", lost)


if __name__ == "__main__":
    unittest.main()
