"""`cmake --install` puts programs, completion, manual pages, the model and the unit where they belong; the pages render."""

import os
import re
import shutil
import subprocess
import tempfile
import unittest

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
BUILD = os.environ["FAVRAS_BUILD"]


def run(*words, **environment):
    return subprocess.run(words, capture_output=True, text=True, stdin=subprocess.DEVNULL, check=False,
                          env=dict(os.environ, **environment))


class Installation(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.prefix = os.path.join(folder.name, "a prefix")
        installed = run("cmake", "--install", BUILD, "--prefix", self.prefix)
        self.assertEqual(installed.returncode, 0, installed.stderr)

    def path(self, name):
        return os.path.join(self.prefix, name)

    def read(self, name):
        with open(self.path(name), encoding="utf-8") as file:
            return file.read()

    def test_places(self):
        expected = {"bin/seq2seq", "bin/mailer", "lib/systemd/system/favras-train@.service",
                    "share/bash-completion/completions/seq2seq", "share/bash-completion/completions/mailer"}
        if os.environ["FAVRAS_HELP2MAN"]:
            expected |= {"share/man/man1/seq2seq.1", "share/man/man1/mailer.1"}
        expected |= {f"share/favras/models/{name}" for name in os.listdir(os.path.join(ROOT, "models"))}
        self.assertIn("share/favras/models/README.md", expected)
        found = {os.path.relpath(os.path.join(folder, name), self.prefix)
                 for folder, _, names in os.walk(self.prefix) for name in names}
        self.assertEqual(found, expected)
        for name in "seq2seq", "mailer":
            version = run(self.path(f"bin/{name}"), "--version")
            self.assertRegex(version.stdout, rf"^{name} \d+\.\d+\.\d+\n$", version.stderr)

    def test_unit_names_the_installed_program(self):
        program = re.search("^ExecStart=(.*/seq2seq) train ", self.read("lib/systemd/system/favras-train@.service"),
                            re.MULTILINE)
        self.assertEqual(program[1], self.path("bin/seq2seq"))

    def test_completion_loads(self):
        for name in "seq2seq", "mailer":
            file = self.path(f"share/bash-completion/completions/{name}")
            loaded = run("bash", "--norc", "-c", f'. "{file}" && complete -p {name}')
            self.assertEqual(loaded.stdout, f"complete -F _favras_complete {name}\n", loaded.stderr)

    @unittest.skipUnless(os.environ["FAVRAS_HELP2MAN"] and shutil.which("man"), "no help2man or no man")
    def test_manual_pages(self):
        for name in "seq2seq", "mailer":
            page = self.path(f"share/man/man1/{name}.1")
            shown = run("man", "--warnings", "-E", "UTF-8", "-l", page, MANWIDTH="80", LC_ALL="C.UTF-8")
            self.assertEqual((shown.returncode, shown.stderr), (0, ""))
            source = self.read(f"share/man/man1/{name}.1")
            sections = re.findall("^([A-Z].*)", shown.stdout, re.MULTILINE)[1:]
            program = self.path(f"bin/{name}")
            commands = re.findall("^  ([a-z]+) ", run(program, "--help").stdout, re.MULTILINE)
            self.assertEqual(sections, ["NAME", "SYNOPSIS", "DESCRIPTION", *map(str.upper, commands),
                                        "OPTIONS OF EVERY COMMAND"])
            for command in commands:  # every option stands in its command's section, at the start of an entry
                section = re.search(rf"^{command.upper()}\n(.*?)^[A-Z]", shown.stdout, re.MULTILINE | re.DOTALL)[1]
                common = shown.stdout.split("\nOPTIONS OF EVERY COMMAND\n")[1]
                for option in re.findall(r"^  (?:-h \[ )?(--[a-z0-9-]+)", run(program, command, "--help").stdout,
                                         re.MULTILINE):
                    self.assertRegex(section + common, rf"(?m)^       (-h \[ )?{option}( |$)")
                    # What is said about it is no part of its name.
                    escaped = re.escape(option.replace("-", "\\-"))
                    self.assertRegex(source, rf"(?m)^(.* )?\\fB{escaped}\\fR( \S+)?( \(=\S*\))?( \])?$")


if __name__ == "__main__":
    unittest.main()
