"""Completion in bash offers the commands, options and values that the programs really take."""

import os
import re
import subprocess
import tempfile
import unittest

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
PROGRAMS = {name: os.path.join(os.environ["FAVRAS_BINARIES"], name) for name in ("seq2seq", "mailer")}
DRIVER = f""". '{ROOT}/completions/seq2seq.bash'
COMP_WORDS=("$@") COMP_CWORD=$(($# - 1))
_favras_complete
[[ ${{#COMPREPLY[@]}} == 0 ]] || printf '%s\\n' "${{COMPREPLY[@]}}" """


def run(*words):
    return subprocess.run(words, capture_output=True, text=True, stdin=subprocess.DEVNULL, check=False)


def commands(program):
    return re.findall(r"^  ([a-z]+) ", run(PROGRAMS[program], "--help").stdout, re.MULTILINE)


class Completion(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = folder.name
        os.mkdir(os.path.join(self.folder, "some data"))
        open(os.path.join(self.folder, "some text"), "w", encoding="utf-8").close()

    def complete(self, program, *words):
        ended = subprocess.run(["bash", "--norc", "-c", DRIVER, "bash", PROGRAMS.get(program, program), *words],
                               capture_output=True, text=True, cwd=self.folder, check=False)
        self.assertEqual(ended.stderr, "", words)
        return ended.stdout.splitlines()

    def test_commands(self):
        for program in PROGRAMS:
            self.assertGreater(len(commands(program)), 3)
            self.assertEqual(self.complete(program, ""), [*commands(program), "--help", "--version"])
        self.assertEqual(self.complete("seq2seq", "su"), ["supervise"])
        self.assertEqual(self.complete("seq2seq", "--v"), ["--version"])

    def test_options_of_each_command(self):
        for program in PROGRAMS:
            for command in commands(program):
                text = run(PROGRAMS[program], command, "--help").stdout
                expected = re.findall(r"^  (?:-h \[ )?(--[a-z0-9-]+)", text, re.MULTILINE)
                self.assertIn("--help", expected)
                self.assertEqual(self.complete(program, command, "-"), expected, command)
        self.assertEqual(self.complete("seq2seq", "train", "--data", "x", "--warm"), ["--warmup-steps"])

    def test_values_are_those_that_the_program_names(self):
        data, out = os.path.join(self.folder, "some data"), os.path.join(self.folder, "out")
        run(PROGRAMS["seq2seq"], "prepare", "--task", "sort", "--output", data)
        train = ("seq2seq", "train", "--data", data, "--run", out)
        mailed = (*train, "--mail-to", "a@b.c", "--mail-from", "a@b.c", "--mail-dry-run", out)
        prepare = ("seq2seq", "prepare", "--output", out, os.path.join(self.folder, "some text"))
        taken = {
            "--auth": ("mailer", "test", "--smtp-url", "smtps://a@b:1", "--mail-to", "a@b.c", "--mail-from", "a@b.c"),
            "--mail-on": mailed, "--value": ("seq2seq", "plot", "--output", "x.svg", out),
            "--weights": ("seq2seq", "evaluate", "--run", out),
            **{option: train for option in ("--device", "--lstm", "--noise-refresh", "--on-divergence", "--precision",
                                            "--schedule", "--spot-notice")},
            **{option: prepare for option in ("--filter", "--group-by", "--invalid-utf8", "--split", "--task")}}
        for option, (program, *words) in taken.items():
            refused = run(PROGRAMS[program], *words, option, "nonsense")
            self.assertEqual(refused.returncode, 2, refused.stderr)
            message = refused.stderr.splitlines()[0].split("nonsense", 1)[1]
            named = set(re.findall(r"[a-z0-9_]+(?![=\w])", re.sub(r"=\w+|[a-z]+=URL", "", message)))
            offered = {word.rstrip("=") for word in self.complete(program, *words, option, "")}
            self.assertTrue(offered and offered <= named, f"{option}: {offered - named} of {message}")
            filler = {"will", "not", "do", "expected", "one", "of", "words", "use", "unknown", "device", "must", "be",
                      "or", "and", "a", "the", "only", "task", "is"}
            self.assertEqual(offered, named - filler, option)

    def test_values_in_all_their_forms(self):
        self.assertEqual(self.complete("seq2seq", "train", "--precision", "="), ["fp32", "tf32", "bf16"])
        self.assertEqual(self.complete("seq2seq", "train", "--precision", "=", "b"), ["bf16"])
        self.assertEqual(self.complete("seq2seq", "export", "--precision", ""), ["bf16", "fp32"])
        self.assertEqual(self.complete("seq2seq", "train", "--mail-on", "epoch,sta"),
                         ["epoch,started", "epoch,stalled="])
        self.assertIn("rnn-size", self.complete("seq2seq", "train", "--allow-change", ""))
        for option in "--epochs", "--seed", "--password-command", "--mail-to":
            self.assertEqual(self.complete("seq2seq", "train", option, ""), [], option)

    def test_paths(self):
        directories = ["some data"]
        everything = ["some data", "some text"]
        self.assertEqual(self.complete("seq2seq", "train", "--run", "some"), directories)
        self.assertEqual(self.complete("seq2seq", "prepare", "--output", "=", "some"), directories)
        self.assertEqual(sorted(self.complete("seq2seq", "correct", "--output", "some")), everything)
        self.assertEqual(sorted(self.complete("seq2seq", "prepare", "--report-leaks", "some")), everything)
        self.assertEqual(self.complete("seq2seq", "report", "some"), directories)
        self.assertEqual(sorted(self.complete("mailer", "send", "--html", "some")), everything)
        self.assertEqual(self.complete("seq2seq", "evaluate", "--json", "some"), [])

    def test_supervised_training(self):
        self.assertEqual(self.complete("seq2seq", "supervise", "--restart", "3", "--", ""), ["train"])
        self.assertEqual(self.complete("seq2seq", "supervise", "--", "train", "--precision", "t"), ["tf32"])
        self.assertIn("--restart", self.complete("seq2seq", "supervise", "--"))

    def test_nothing_where_nothing_is_known(self):
        self.assertEqual(self.complete("seq2seq", "nonsense", "--"), [])
        self.assertEqual(self.complete(os.path.join(self.folder, "absent"), "train", "--"), [])


if __name__ == "__main__":
    unittest.main()
