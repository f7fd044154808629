"""bench/results.py, bench/contenders.py, and tests/gates/instructions.py: tables, comparisons and judgements of figures
that are given, and programs that take turns."""

import contextlib
import io
import os
import subprocess
import sys
import tempfile
import unittest

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
sys.path[:0] = [os.path.join(ROOT, "bench"), os.path.join(ROOT, "tests", "gates")]

import contenders  # noqa: E402
import instructions  # noqa: E402
import results  # noqa: E402


def row(name, seconds, part="peers", **more):
    return {"part": part, "name": name, "seconds": seconds, **more}


class Comparison(unittest.TestCase):
    def test_only_what_does_not_overlap_is_a_difference(self):
        self.assertEqual(results.verdict([1, 2, 3], [4, 5, 6]), "faster")
        self.assertEqual(results.verdict([4, 5, 6], [1, 2, 3]), "slower")
        self.assertEqual(results.verdict([1, 2, 3], [3, 4, 5]), "")
        self.assertEqual(results.verdict([3, 4, 5], [1, 2, 3]), "")
        self.assertEqual(results.verdict([1, 2], [4, 5, 6]), "too few")

    def test_rows_are_compared_by_part_and_name(self):
        old = results.Results({"cpu": "A", "date": "then"},
                              [row("x", [2, 2, 2]), row("y", [1]), row("z", [5], "training")])
        new = results.Results({"cpu": "B", "date": "now"}, [row("x", [1, 1, 1]), row("z", [5]), row("failed", [])])
        text = results.compared(new, old)
        self.assertIn("| peers x | 2 s    | 1 s | 0.50         | faster |", text)
        self.assertIn("only before: peers y, training z", text)
        self.assertIn("only now: peers z", text)
        self.assertIn("cpu: A before, B now", text)
        self.assertNotIn("date", text)
        self.assertIn("no row is in both", results.compared(results.Results({}, []), old))

    def test_ratios_are_of_one_round(self):
        self.assertEqual(results.ratios(row("a", [2, 6, 4]), row("b", [1, 2, 4])), [2, 3, 1])
        self.assertEqual(results.ratios(row("a", [2, 6, 4]), row("b", [2])), [2])


class Table(unittest.TestCase):
    def test_rates_shares_ratios_and_failures(self):
        text = results.shown(results.Results({}, [
            row("ours", [1.0, 2.0, 3.0], operations=4e9), row("theirs", [2.0, 4.0, 9.0], against="ours"),
            row("broken", [], note="no such type"), row("adam", [1e-4], "kernels", of_copy=0.75),
            row("gemm", [2e-3], "kernels", of_copy=0.1, of_product=0.9), row("greedy", [2.0], "correct", lines=1000)]))
        for words in ("| ours ", " 2 GFLOP/s ", "2.00 (2.00 .. 3.00)", "| broken | failed ", "no such type",
                      "75 % of the copy", "90 % of the product", " 100 us ", " 2 ms ", "500 lines/s", "1 s .. 3 s"):
            self.assertIn(words, text)
        self.assertNotIn("10 % of the copy", text)

    def test_columns_that_say_nothing_are_left_out(self):
        self.assertNotIn("times ours", results.shown(results.Results({}, [row("ours", [1.0])])))


class Files(unittest.TestCase):
    def test_what_is_saved_is_loaded_and_others_are_refused(self):
        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, "bench.json")
            results.Results({"cpu": "A"}, [row("x", [1.5])]).save(path)
            self.assertEqual(results.load(path).rows, [row("x", [1.5])])
            for text in "", "[]", '{"machine": {}, "rows": [{"part": "a"}]}', '{"rows": []}':
                with open(path, "w", encoding="utf-8") as file:
                    file.write(text)
                with self.assertRaisesRegex(ValueError, "bench.json"):
                    results.load(path)


class Turns(unittest.TestCase):
    def test_all_of_a_round_run_before_the_next_and_a_broken_one_once(self):
        with tempfile.TemporaryDirectory() as folder:
            log = os.path.join(folder, "log")

            def command(letter, rest):
                return f"""sh -c 'echo {letter} >>{log}; {rest}'"""

            good = """echo chatter; echo "{\\"seconds_median\\": 0.5, \\"system\\": \\"X 1\\"}" """
            three = [contenders.Contender("a", command("a", good)),
                     contenders.Contender("b", command("b", "echo no >&2; exit 3"), "a"),
                     contenders.Contender("c", command("c", "echo silent"))]
            with contextlib.redirect_stderr(io.StringIO()):
                rows = contenders.take_turns("peers", three, 2)
            with open(log, encoding="utf-8") as file:
                self.assertEqual(file.read().split(), ["a", "b", "c", "a"])
        self.assertEqual((rows[0]["seconds"], rows[0]["system"]), ([0.5, 0.5], "X 1"))
        self.assertEqual((rows[1]["seconds"], rows[1]["note"], rows[1]["against"]), ([], "no", "a"))
        self.assertEqual(rows[2]["note"], "silent")


class Instructions(unittest.TestCase):
    def test_only_more_is_wrong(self):
        for millions, wrong, words in (12.0, False, "12.00"), (12.3, False, ""), (12.4, True, "refresh_instructions"), \
                (11.0, False, "refresh the table"):
            printed = io.StringIO()
            with contextlib.redirect_stdout(printed):
                said = instructions.judge(millions, 12.0)
            self.assertEqual(bool(said), wrong)
            self.assertIn(words, said + printed.getvalue())

    def test_a_step_is_half_of_what_two_more_take(self):
        with tempfile.TemporaryDirectory() as folder:
            valgrind, table = os.path.join(folder, "valgrind"), os.path.join(folder, "table.txt")
            with open(valgrind, "w", encoding="utf-8") as file:
                file.write('#!/bin/sh\nfor last; do :; done\necho "== Collected : $((last * 12000000 + 5000))" >&2\n')
            os.chmod(valgrind, 0o755)
            command = [sys.executable, instructions.__file__, "--valgrind", valgrind, "--table", table, "program"]
            for allowed, status in (12.0, 0), (11.0, 1):
                with open(table, "w", encoding="utf-8") as file:
                    file.write(f"{instructions.HEADER}{allowed}  {instructions.NAME}\n")
                ended = subprocess.run(command, capture_output=True, text=True, check=False)
                self.assertIn(ended.returncode, (status, instructions.SKIPPED), ended.stderr)
            subprocess.run([*command, "--refresh"], check=False)
            if ended.returncode != instructions.SKIPPED:
                self.assertEqual(instructions.read(instructions.Path(table)), {instructions.NAME: 12.0})

    def test_the_committed_table_has_the_step(self):
        table = instructions.Path(ROOT) / "tests" / "gates" / "instructions.txt"
        self.assertEqual(list(instructions.read(table)), [instructions.NAME])
        self.assertTrue(table.read_text().startswith(instructions.HEADER))


if __name__ == "__main__":
    unittest.main()
