"""Every script says how it is used, refuses what it does not know, and does nothing else meanwhile."""

import glob
import os
import subprocess
import tempfile
import unittest

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
SCRIPTS = sorted(glob.glob(f"{ROOT}/scripts/*.sh") + glob.glob(f"{ROOT}/bench/*/*.sh"))
# What work would begin with.
WORKERS = "apt-cache apt-get cmake ctest curl dpkg mkdir mktemp ninja nvidia-smi pip python3 rm sudo touch".split()


class Usage(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder, self.calls = folder.name, os.path.join(folder.name, "calls")
        os.mkdir(os.path.join(self.folder, "bin"))
        for name in WORKERS:
            path = os.path.join(self.folder, "bin", name)
            with open(path, "w", encoding="utf-8") as file:
                file.write(f'#!/bin/sh\necho "{name} $*" >>{self.calls}\nexit 1\n')
            os.chmod(path, 0o755)

    def run_script(self, script, *arguments):
        """It must not work: its status and both streams."""
        path = os.path.join(self.folder, "bin") + ":" + os.environ["PATH"]
        ended = subprocess.run([script, *arguments], capture_output=True, text=True, stdin=subprocess.DEVNULL,
                               cwd=self.folder, env=dict(os.environ, PATH=path, HOME=self.folder), check=False)
        self.assertFalse(os.path.exists(self.calls), f"{script} {arguments} began to work")
        self.assertEqual(os.listdir(self.folder), ["bin"])
        self.assertNotIn("Traceback", ended.stderr)
        return ended.returncode, ended.stdout, ended.stderr

    def test_help(self):
        self.assertGreater(len(SCRIPTS), 7)
        for script in SCRIPTS:
            for option in "--help", "-h":
                with self.subTest(script=script, option=option):
                    status, out, err = self.run_script(script, option)
                    self.assertEqual((status, err), (0, ""))
                    self.assertTrue(out.startswith(f"Usage: {os.path.relpath(script, ROOT)}"), out)

    def test_unknown_arguments(self):
        for script in SCRIPTS:
            with self.subTest(script=script):
                status, out, err = self.run_script(script, "--no-such-option")
                self.assertEqual((status, out), (2, ""))
                self.assertIn(os.path.basename(script), err)

    def spelling(self, *arguments):
        status, _, err = self.run_script(f"{ROOT}/bench/peers/spelling.sh", *arguments)
        return status, err.splitlines()[0]

    def test_spelling_checks_all_before_it_works(self):
        with tempfile.TemporaryDirectory() as folder:
            pairs, model = os.path.join(folder, "pairs.tsv"), os.path.join(folder, "model.safetensors")
            self.assertEqual(self.spelling("--pairs", pairs), (2, "spelling.sh: needs --run or --model"))
            self.assertEqual(self.spelling("--run", folder, "--model", model),
                             (2, "spelling.sh: needs --run or --model"))
            self.assertEqual(self.spelling("--run", folder), (2, "spelling.sh: needs --data or --pairs"))
            self.assertEqual(self.spelling("--run", folder, "--pairs"), (2, "spelling.sh: --pairs needs a value"))
            arguments = ("--run", folder, "--pairs", pairs)
            self.assertEqual(self.spelling(*arguments, "--lines", "x"),
                             (2, "spelling.sh: --lines x: must be a whole number above 0"))
            self.assertEqual(
                self.spelling(*arguments),
                (1, f"spelling.sh: --run {folder}: has no trained model (model.safetensors) in it"))
            self.assertEqual(self.spelling("--model", model, "--pairs", pairs),
                             (1, f"spelling.sh: --model {model}: no such file"))
            with open(model, "wb"):
                pass
            self.assertEqual(self.spelling(*arguments),
                             (1, f"spelling.sh: --pairs {pairs}: no such file, or not readable"))
            self.assertEqual(self.spelling("--model", model, "--data", folder),
                             (1, f"spelling.sh: --data {folder}: has no misspellings.tsv in it"))
            for text in "", "a b\n", "a\tb\nc\n":
                with open(pairs, "w", encoding="utf-8") as file:
                    file.write(text)
                self.assertEqual(self.spelling(*arguments),
                                 (1, f"spelling.sh: --pairs {pairs}: needs noisy<TAB>clean lines"))


if __name__ == "__main__":
    unittest.main()
