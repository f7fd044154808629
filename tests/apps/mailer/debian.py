"""Mail servers out of Debian's packages: fetched and unpacked below the cache, never installed."""

import fcntl
import os
import shutil
import signal
import socket
import subprocess
import sys
import time

from mail_test import skip

NOBODY = 65534
PACKAGES = {
    "aiosmtpd": ["python3-aiosmtpd", "python3-attr", "python3-public"],
    "exim": ["exim4-daemon-light", "libidn12", "libnss-wrapper"],
    "dovecot": ["dovecot-submissiond", "dovecot-core"],
}


def fetch(server, folder):
    shutil.rmtree(folder, ignore_errors=True)
    os.makedirs(folder)
    try:
        subprocess.run(["apt-get", "-q", "download", *PACKAGES[server]], cwd=folder, check=True, capture_output=True,
                       timeout=120)
        for name in os.listdir(folder):
            subprocess.run(["dpkg", "-x", name, "."], cwd=folder, check=True, capture_output=True)
    except (OSError, subprocess.SubprocessError) as error:
        print(getattr(error, "stderr", b"") or error)
        skip(f"Debian's {', '.join(PACKAGES[server])} cannot be fetched")
    open(os.path.join(folder, "complete"), "w").close()


def unpacked(server):
    """The folder with that server's packages; ends the test as skipped where they cannot be had."""
    cache = os.environ.get("FAVRAS_CACHE") or os.path.expanduser("~/.cache/favras")
    folder = os.path.join(cache, "mail-servers", server)
    os.makedirs(os.path.dirname(folder), exist_ok=True)
    with open(f"{folder}.lock", "w") as lock:  # several tests may want it at once
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not os.path.exists(os.path.join(folder, "complete")):
            fetch(server, folder)
    if server == "aiosmtpd":
        sys.path.append(os.path.join(folder, "usr/lib/python3/dist-packages"))
    return folder


def free_port():
    """A port of the loopback that was free a moment ago."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return listener.getsockname()[1]


class Daemon:
    """A server in the foreground, with what it says in a file; whoever is root runs it as nobody. It is ready once
    every port takes connections."""

    def __init__(self, words, folder, ports, environment):
        self.log = os.path.join(folder, "output")
        self.folder, self.ports = folder, ports
        if os.geteuid() == 0:
            subprocess.run(["chown", "-R", f"{NOBODY}:{NOBODY}", folder], check=True)
            words = ["setpriv", f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups", *words]
        with open(self.log, "wb") as log:
            self.process = subprocess.Popen(words, stdin=subprocess.DEVNULL, stdout=log, stderr=log, cwd=folder,
                                            env={"PATH": os.environ["PATH"], **environment}, start_new_session=True)

    def __enter__(self):
        for port in self.ports:
            for _ in range(400):
                if self.process.poll() is not None:
                    break
                try:
                    socket.create_connection(("127.0.0.1", port), 1).close()
                    break
                except OSError:
                    time.sleep(0.05)
            else:
                self.__exit__()
                raise RuntimeError(f"nothing listens on port {port}: {self.said()}")
        if self.process.poll() is not None:
            raise RuntimeError(f"the server has ended: {self.said()}")
        return self

    def __exit__(self, *_):
        if self.process.poll() is None:
            self.process.terminate()
        self.process.wait(20)

    def said(self):
        with open(self.log, errors="replace") as log:
            return log.read()
