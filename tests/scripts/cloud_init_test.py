"""deploy/cloud-init.yaml is what cloud-init takes, and what it does fits the project: scripts, options and paths."""

import os
import re
import shutil
import subprocess
import sys
import tempfile
import unittest

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
FILE = os.path.join(ROOT, "deploy/cloud-init.yaml")
# cloud-init and what it imports, out of Debian's packages: fetched and unpacked below the cache, never installed.
PACKAGES = ["cloud-init", *(f"python3-{name}" for name in (
    "attr certifi chardet configobj idna jinja2 json-pointer jsonpatch jsonschema markupsafe netifaces oauthlib "
    "pyrsistent requests six urllib3 yaml").split())]


def skip(why):
    print(f"skipped: {why}")
    sys.exit(77)


def run(*words, **options):
    return subprocess.run(words, capture_output=True, text=True, stdin=subprocess.DEVNULL, check=False, **options)


def cloud_init():
    """The command's first words and its environment; ends the test as skipped where it cannot be had."""
    if shutil.which("cloud-init"):
        return ["cloud-init"], dict(os.environ)
    folder = os.path.join(os.environ.get("FAVRAS_CACHE") or os.path.expanduser("~/.cache/favras"), "cloud-init")
    if not os.path.exists(os.path.join(folder, "complete")):
        shutil.rmtree(folder, ignore_errors=True)
        os.makedirs(folder)
        try:
            subprocess.run(["apt-get", "-q", "download", *PACKAGES], cwd=folder, check=True, capture_output=True,
                           timeout=120)
            for name in os.listdir(folder):
                subprocess.run(["dpkg", "-x", name, "."], cwd=folder, check=True, capture_output=True)
        except (OSError, subprocess.SubprocessError) as error:
            skip(f"Debian's cloud-init cannot be fetched: {error}")
        open(os.path.join(folder, "complete"), "w", encoding="utf-8").close()
    words = ["/usr/bin/python3", os.path.join(folder, "usr/bin/cloud-init")]
    environment = dict(os.environ, PYTHONPATH=os.path.join(folder, "usr/lib/python3/dist-packages"))
    if run(*words, "--version", env=environment).returncode != 0:
        skip("Debian's cloud-init does not run with this Python")
    return words, environment


COMMAND, ENVIRONMENT = cloud_init()


def embedded(path):
    """The content of a file that cloud-init writes."""
    with open(FILE, encoding="utf-8") as file:
        block = re.search(rf"- path: {re.escape(path)}\n.*?content: \|\n(.*?)(?=\n\n?(?:  - |  #|\w))", file.read(),
                          re.DOTALL)[1]
    return re.sub("(?m)^      ", "", block) + "\n"


class CloudInit(unittest.TestCase):
    def schema(self, text):
        with tempfile.NamedTemporaryFile("w", suffix=".yaml", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            return run(*COMMAND, "schema", "--config-file", file.name, env=ENVIRONMENT)

    def test_schema(self):
        with open(FILE, encoding="utf-8") as file:
            text = file.read()
        checked = self.schema(text)
        self.assertEqual(checked.returncode, 0, checked.stdout + checked.stderr)
        self.assertIn("Valid", checked.stdout)
        self.assertNotEqual(self.schema(text.replace("mode: reboot", "mode: dance")).returncode, 0)
        self.assertNotEqual(self.schema(text.replace("- path: /etc", "- paths: /etc")).returncode, 0)

    def test_script(self):
        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, "setup")
            with open(path, "w", encoding="utf-8") as file:
                file.write(embedded("/usr/local/sbin/favras-setup"))
            self.assertEqual(run("bash", "-n", path).stderr, "")
            if shutil.which("shellcheck"):
                self.assertEqual(run("shellcheck", path).stdout, "")
            # Unless somebody has written the address, nothing is done.
            untouched = run("/bin/bash", path, env={"PATH": "/nonexistent"})
            self.assertEqual((untouched.returncode, untouched.stdout), (1, ""))
            self.assertEqual(untouched.stderr, "favras-setup: write the repository's address in place of URL\n")
        for script in re.findall(r"scripts/\w+\.sh", embedded("/usr/local/sbin/favras-setup")):
            self.assertTrue(os.access(os.path.join(ROOT, script), os.X_OK), script)

    def test_options(self):
        """With every # away, the options are train's."""
        text = embedded("/etc/favras/english.ini")
        self.assertIn("\n# password-file = ", text)
        lines = [line for line in text.replace("# ", "").splitlines() if re.match(r"[\w-]+ = ", line)]
        self.assertGreater(len(lines), 6)
        with tempfile.NamedTemporaryFile("w", suffix=".ini", encoding="utf-8") as file:
            file.write("\n".join(line for line in lines if not line.startswith("data")))
            file.flush()
            program = os.path.join(os.environ["FAVRAS_BINARIES"], "seq2seq")
            with tempfile.TemporaryDirectory() as data:
                run(program, "prepare", "--task", "sort", "--output", data + "/sort")
                taken = run(program, "train", "--config", file.name, "--data", data + "/sort", "--run", data + "/run",
                            "--noise", "none", "--dump-config")
        self.assertEqual((taken.returncode, taken.stderr), (0, ""))
        self.assertRegex(taken.stdout, "(?m)^spot-notice = aws$")


if __name__ == "__main__":
    unittest.main()
