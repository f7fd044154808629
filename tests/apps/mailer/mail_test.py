"""What the tests that run the program mailer share: the program, a place to work, the secrets that may show nowhere."""

import base64
import email
import email.policy
import os
import shutil
import subprocess
import sys
import tempfile
import time
import unittest

from authority import Authority

MAILER = os.environ["FAVRAS_MAILER"]
USER, PASSWORD = "trainer", "geheim-3,141%592"
WRONG_PASSWORD = "wrong-geheim-2,718"

# A Python that FAVRAS_PYTHON names may have what this one lacks.
if os.environ.get("FAVRAS_PYTHON") and not os.environ.get("FAVRAS_PYTHON_RUNS"):
    os.environ["FAVRAS_PYTHON_RUNS"] = "1"
    os.execv(os.environ["FAVRAS_PYTHON"], [os.environ["FAVRAS_PYTHON"], *sys.argv])


def skip(why):
    """Ends the program as ctest expects of a test that cannot run here."""
    print(f"skipped: {why}")
    sys.exit(77)


def secret_forms():
    for secret in (PASSWORD, WRONG_PASSWORD):
        plain = f"\0{USER}\0{secret}"
        bearer = f"user={USER}\1auth=Bearer {secret}\1\1"
        yield from (secret, *(base64.b64encode(text.encode()).decode() for text in (secret, plain, bearer)))


def parsed(content):
    """The message as Python's email package reads it, which must find nothing wrong with it."""
    message = email.message_from_bytes(content, policy=email.policy.default)
    for part in message.walk():
        assert not part.defects, part.defects
        for name, value in part.items():
            assert not value.defects, (name, value, value.defects)
    lines = content.split(b"\r\n")
    assert all(len(line) <= 998 and b"\r" not in line and b"\n" not in line for line in lines), "bad line ends"
    return message


def text_of(part):
    return part.get_content().replace("\r\n", "\n")


class Ended:
    def __init__(self, status, out, err):
        self.status, self.out, self.err = status, out, err

    def __repr__(self):
        return f"status {self.status}\n{self.out}{self.err}"


def remove(folder):
    """A server's children may still write into it for a moment."""
    for _ in range(100):
        shutil.rmtree(folder, ignore_errors=True)
        if not os.path.exists(folder):
            return
        time.sleep(0.05)
    raise OSError(f"{folder} cannot be removed")


class MailTest(unittest.TestCase):
    """One authority for all tests of a class, one folder for each test."""

    @classmethod
    def setUpClass(cls):
        cls.shared = tempfile.mkdtemp(prefix="favras-mail-")
        cls.addClassCleanup(remove, cls.shared)
        cls.authority = Authority(cls.shared)
        cls.tls = cls.authority.context()

    def setUp(self):
        self.folder = tempfile.mkdtemp(dir=self.shared)
        self.environment = {"PATH": os.environ["PATH"], "FAVRAS_SMTP_PASSWORD": PASSWORD}

    def tearDown(self):
        """No secret is anywhere in what the test has left, the authority's files aside."""
        for folder, _, files in os.walk(self.folder):
            for name in files:
                if not name.endswith(".secret"):
                    with open(os.path.join(folder, name), "rb") as file:
                        self.check_no_secret(file.read().decode("latin-1"), name)

    def check_no_secret(self, text, where):
        for form in secret_forms():
            self.assertNotIn(form, text, f"a secret in {where}")

    def words(self, command, server, *words):
        """The usual words; `server` is a URL, None for none."""
        where = ["--smtp-url", server, "--ca-file", self.authority.certificate] if server else []
        whose = [] if command == "flush" else ["--mail-from", "Run <run@example.org>", "--mail-to", "ann@example.org"]
        subject = ["--subject", "Epoch 3"] if command == "send" else []
        given = {word for word in words if word.startswith("--")}
        usual = [*where, *whose, *subject]
        usual = [part for pair in zip(usual[::2], usual[1::2]) if pair[0] not in given for part in pair]
        return [MAILER, command, *usual, *words]

    def start(self, command, server, *words):
        return subprocess.Popen(self.words(command, server, *words), env=self.environment, stdin=subprocess.PIPE,
                                stdout=subprocess.PIPE, stderr=subprocess.PIPE)

    def check_environment(self, process):
        """Of a program that has read its password."""
        with open(f"/proc/{process.pid}/environ", "rb") as file:
            self.check_no_secret(file.read().decode("latin-1"), "the environment")

    def ended(self, process, text=b""):
        with open(f"/proc/{process.pid}/cmdline", "rb") as file:
            self.check_no_secret(file.read().decode("latin-1"), "the words of the command")
        out, err = (stream.decode() for stream in process.communicate(text, timeout=60))
        self.check_no_secret(out + err, "the output")
        return Ended(process.returncode, out, err)

    def run_mailer(self, command, server, *words, text=b"All is well.\n"):
        return self.ended(self.start(command, server, *words), text)

    def spooled(self, name="spool"):
        folder = os.path.join(self.folder, name)
        return sorted(file for file in os.listdir(folder) if file.endswith(".mail"))
