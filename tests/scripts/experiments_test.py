"""bench/experiments' irreducible.py and learning_curve.py, bench/peers/spelling.py: on figures made up here."""

import contextlib
import importlib.util
import io
import json
import os
import pathlib
import subprocess
import sys
import tempfile
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.dont_write_bytecode = True


def load(path):
    specification = importlib.util.spec_from_file_location(pathlib.Path(path).stem, ROOT / path)
    module = importlib.util.module_from_spec(specification)
    specification.loader.exec_module(module)
    return module


class Irreducible(unittest.TestCase):
    TEXT = "he sold the bone\nhe sold the bones\nthe cat, he said\nmeet the boat\nmeet the boot\na year of 1987\n"

    def setUp(self):
        self.module = load("bench/experiments/irreducible.py")
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.training = pathlib.Path(folder.name, "train.txt")
        self.training.write_text(5 * self.TEXT, encoding="utf-8")

    def test_classes(self):
        for noisy, clean, expected in (
                ("the cat he said", "the cat, he said", "marks"),
                ("he sold the bone", "he sold the bones", "in place"),
                ("he sold he bones", "he sold the bones", "hidden"),
                ("a year of 198x", "a year of 1987", "number"),
                ("he sold the borges", "he sold the borge", "rare"),
                ("meet the bot", "meet the boat", "open"),
                ("meet the Bboat", "meet the boat", "plain"),
                ("a bot of steel", "a boat of steel", "plain"),  # no boot was of steel
                ("he soldthe bones", "he sold the bones", "plain")):
            with self.subTest(noisy=noisy):
                words = self.module.TrainingWords(self.training)
                self.assertEqual(self.module.classes_of([{"noisy": noisy, "clean": clean}], words), [expected])

    def test_far_rarer_than_the_right_words_is_not_in_place(self):
        words = self.module.TrainingWords(os.devnull)
        words.words.update({"a": 5, "bone": 5, "bones": 5})
        found = list(self.module.differences("a bone", "a bones"))
        for often, expected in ((self.module.RATIO, "in place"), (self.module.RATIO + 1, "hidden")):
            words.stretches.update({("a", "bone", ">"): 1, ("a", "bones", ">"): often})
            self.assertEqual(self.module.classify(words, found), expected)
            words.stretches.clear()

    def test_intervals(self):
        self.assertEqual(self.module.wilson(191, 200), "95.5 % (91.7-97.6)")
        self.assertEqual(self.module.wilson(0, 0), "-")


# Stands in for seq2seq: says which command it was called for, and answers.
PROGRAM = """#!/bin/sh
echo "$1" >>"$CALLS"
if [ "$1" = noise ]; then
  printf 'a\\ta\\n'
else
  echo '{"lines": 1, "loss": 0.5, "sentence_accuracy": 0.75, "sentence_accuracy_interval": [0.5, 1],
         "do_nothing_sentence_accuracy": 0.25, "errors_fixed_share": null, "errors_fixed_share_interval": [null, null],
         "good_words_broken_share": 0.5, "good_words_broken_share_interval": [0.5, 0.5]}'
fi
"""


class LearningCurve(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)
        (self.folder / "seq2seq").write_text(PROGRAM, encoding="utf-8")
        (self.folder / "seq2seq").chmod(0o755)
        (self.folder / "run").mkdir()
        (self.folder / "run/config.ini").write_text("data = somewhere\n", encoding="utf-8")

    def checkpoint(self, step, digest):
        folder = self.folder / f"run/checkpoints/step-{step}"
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "model.safetensors").write_bytes(b"")
        files = [{"name": "model.safetensors", "sha256": digest}]
        (folder / "manifest.json").write_text(json.dumps({"files": files}), encoding="utf-8")
        state = {"step": step, "lines_seen": 10 * step, "seconds_trained": "1.5"}
        (folder / "state.json").write_text(json.dumps(state), encoding="utf-8")

    def calls_of_a_run(self):
        calls = self.folder / "calls"
        calls.write_text("", encoding="utf-8")
        command = [sys.executable, ROOT / "bench/experiments/learning_curve.py", self.folder / "curve",
                   self.folder / "run", "--lines", "1"]
        environment = dict(os.environ, SEQ2SEQ=str(self.folder / "seq2seq"), CALLS=str(calls))
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL, env=environment)
        return calls.read_text(encoding="utf-8").split()

    def test_each_checkpoint_is_measured_once_in_the_order_of_steps(self):
        self.checkpoint(1000, "a" * 64)
        self.checkpoint(200, "b" * 64)
        self.assertEqual(self.calls_of_a_run(), ["noise", "evaluate", "evaluate"])
        self.assertEqual(self.calls_of_a_run(), [])
        self.checkpoint(3000, "c" * 64)
        self.assertEqual(self.calls_of_a_run(), ["evaluate"])
        rows = [line.split("\t") for line in (self.folder / "curve/run.tsv").read_text(encoding="utf-8").splitlines()]
        self.assertEqual([row[:4] for row in rows[1:]],
                         [[str(step), str(10 * step), "1.5", "75"] for step in (200, 1000, 3000)])

    def test_another_model_at_the_same_step_is_measured(self):
        self.checkpoint(200, "a" * 64)
        self.calls_of_a_run()
        self.checkpoint(200, "b" * 64)
        self.assertEqual(self.calls_of_a_run(), ["evaluate"])

    def test_a_checkpoint_that_goes_meanwhile_is_left_out(self):
        self.checkpoint(200, "a" * 64)
        self.checkpoint(300, "b" * 64)
        (self.folder / "run/checkpoints/step-300/model.safetensors").unlink()
        self.assertEqual(self.calls_of_a_run(), ["noise", "evaluate"])


class Spelling(unittest.TestCase):
    def test_the_other_half_chooses(self):
        def found(fixed, broken):
            return {"errors_fixed_share": fixed, "good_words_broken_share": broken}

        choosing = {"leave": found(0, 0), "aspell": found(0.4, 0.01), "favras 0": found(0.9, 0.011),
                    "favras 1": found(0.5, 0.01), "favras 2": found(0.3, 0)}
        figures = {name: found(i, 0.5) for i, name in enumerate(choosing)}
        module = load("bench/peers/spelling.py")
        module.shares = lambda row: row["errors_fixed_share"]
        with contextlib.redirect_stdout(io.StringIO()) as out:
            module.print_choices(choosing, figures)
        self.assertEqual(out.getvalue(), "\nno more good words broken than by aspell (1.00% of the half for choosing): "
                                         "favras 1\n| favras 1 | 3 |\n| aspell | 1 |\n")


if __name__ == "__main__":
    unittest.main()
