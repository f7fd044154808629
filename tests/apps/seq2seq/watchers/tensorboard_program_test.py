"""The real TensorBoard reads what seq2seq train --tensorboard wrote: the numbers of events.jsonl, once each, though the
run was killed and went on from an older checkpoint."""

import json
import os
import signal
import subprocess
import sys
import tempfile
import unittest

if os.environ.get("FAVRAS_TENSORBOARD_PYTHON") and not os.environ.get("FAVRAS_PYTHON_RUNS"):
    os.environ["FAVRAS_PYTHON_RUNS"] = "1"
    python = os.environ["FAVRAS_TENSORBOARD_PYTHON"]
    os.execv(python, [python, *sys.argv])
try:
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
except ImportError:
    print("skipped: no Python with tensorboard")
    sys.exit(77)

sys.path.insert(0, os.path.join(os.path.dirname(__file__), ".."))
import small_training  # noqa: E402


class Curves(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory(prefix="favras-tensorboard-")
        self.addCleanup(self.folder.cleanup)
        self.data = small_training.prepare(self.folder.name)

    def path(self, *names):
        return os.path.join(self.folder.name, *names)

    def train(self, epochs):
        return subprocess.Popen(
            [*small_training.train(self.data, self.path("run")), "--log-every", "3", "--epochs", str(epochs),
             "--tensorboard", self.path("curves"), "--prometheus-textfile", self.path("run.prom")],
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)

    def events(self, kind, key):
        with open(self.path("run", "events.jsonl")) as file:
            return {event["step"]: event[key] for event in map(json.loads, file) if event["event"] == kind}

    def check_curves(self):
        curves = EventAccumulator(self.path("curves"), size_guidance={"scalars": 0})
        curves.Reload()
        for tag, kind, key in (("loss/training", "progress", "loss"), ("loss/validation", "progress", "validation_loss"),
                               ("learning_rate", "progress", "learning_rate"),
                               ("lines_per_second", "progress", "lines_per_second"),
                               ("accuracy/exact_lines", "epoch", "accuracy"),
                               ("accuracy/doing_nothing", "epoch", "do_nothing_accuracy")):
            points = [(point.step, point.value) for point in curves.Scalars(tag)]
            expected = self.events(kind, key)
            self.assertEqual([step for step, _ in points], sorted(expected), tag)
            for step, value in points:
                self.assertAlmostEqual(value, expected[step], delta=abs(expected[step]) * 1e-6, msg=tag)

    def test_one_process(self):
        process = self.train(3)
        self.assertEqual((process.communicate()[1], process.returncode), ("", 0))
        self.check_curves()
        with open(self.path("run.prom")) as file:
            text = file.read()
        self.assertIn('favras_running{run="run"} 0\n', text)
        self.assertIn('favras_accuracy{run="run"} ', text)

    def test_a_killed_run_that_goes_on(self):
        process = self.train(100000)
        for line in process.stdout:
            if line.startswith("Epoch  20/"):
                break
        process.send_signal(signal.SIGKILL)
        process.communicate()
        epochs = max(self.events("epoch", "epoch").values()) + 2
        process = self.train(epochs)
        self.assertEqual((process.communicate()[1].count("Traceback"), process.returncode), (0, 0))
        self.check_curves()


if __name__ == "__main__":
    unittest.main()
