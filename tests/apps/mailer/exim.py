"""Exim, a real MTA, on free ports of the loopback: it delivers to an mbox. Its binary is Debian's, without the setuid
bit; the user that it insists on exists for it alone (nss_wrapper)."""

import mailbox
import os
import shutil
import subprocess
import tempfile
import time

from debian import NOBODY, Daemon, free_port, unpacked
from mail_test import PASSWORD, USER, parsed

CONFIGURATION = """
primary_hostname = mx.example.org
exim_path = {folder}/exim
spool_directory = {folder}/queue
log_file_path = {folder}/log-%s
pid_file_path = {folder}/exim.pid
keep_environment = LD_LIBRARY_PATH : LD_PRELOAD : NSS_WRAPPER_PASSWD : NSS_WRAPPER_GROUP
local_interfaces = 127.0.0.1
daemon_smtp_ports = {plain} : {encrypted}
tls_on_connect_ports = {encrypted}
tls_advertise_hosts = *
tls_certificate = {folder}/server.pem
tls_privatekey = {folder}/server.key
auth_advertise_hosts = ${{if eq{{$tls_in_cipher}}{{}}{{}}{{*}}}}
acl_smtp_rcpt = check_rcpt
acl_smtp_data = accept
never_users =
host_lookup =
hosts_treat_as_local =
deliver_drop_privilege = true
message_size_limit = 200000
recipients_max = 5
recipients_max_reject = false
begin acl
check_rcpt:
  deny !authenticated = *
       message = authenticate first
  deny recipients = bad@example.org
       message = no such user
  accept
begin routers
all:
  driver = accept
  transport = box
begin transports
box:
  driver = appendfile
  file = {folder}/box
  user = {user}
  group = {group}
  envelope_to_add
  batch_max = 100
begin retry
* * F,1h,1m
begin authenticators
plain:
  driver = plaintext
  public_name = PLAIN
  server_prompts = :
  server_condition = ${{if and{{{{eq{{$auth2}}{{{name}}}}}{{eq{{$auth3}}{{{password}}}}}}}}}
  server_set_id = $auth2
login:
  driver = plaintext
  public_name = LOGIN
  server_prompts = Username:: : Password::
  server_condition = ${{if and{{{{eq{{$auth1}}{{{name}}}}}{{eq{{$auth2}}{{{password}}}}}}}}}
  server_set_id = $auth1
"""


class Exim(Daemon):
    """A context; `shared` is a folder that everybody may enter."""

    def __init__(self, authority, shared):
        packages = unpacked("exim")
        os.chmod(shared, 0o755)
        self.home = folder = tempfile.mkdtemp(prefix="exim-", dir=shared)
        os.chmod(folder, 0o755)
        library = f"{folder}/lib"
        shutil.copytree(f"{packages}/usr/lib/x86_64-linux-gnu", library)
        shutil.copyfile(f"{packages}/usr/sbin/exim4", f"{folder}/exim")
        os.chmod(f"{folder}/exim", 0o755)
        for source, name in zip(authority.sign("exim"), ("server.pem", "server.key")):
            shutil.copyfile(source, f"{folder}/{name}")
        root = os.geteuid() == 0
        user, group = (NOBODY, NOBODY) if root else (os.geteuid(), os.getegid())
        plain, encrypted = free_port(), free_port()
        for name, text in {
                "passwd": f"root:x:0:0::/:/bin/sh\nDebian-exim:x:{user}:{group}::/:/bin/sh\n",
                "group": f"root:x:0:\nDebian-exim:x:{group}:\n",
                "configuration": CONFIGURATION.format(folder=folder, plain=plain, encrypted=encrypted, user=user,
                                                      group=group, name=USER, password=PASSWORD)}.items():
            with open(f"{folder}/{name}", "w") as file:
                file.write(text)
        os.mkdir(f"{folder}/queue")
        self.urls = f"smtps://{USER}@localhost:{encrypted}", f"smtp://{USER}@localhost:{plain}"
        self.environment = {"LD_LIBRARY_PATH": library, "LD_PRELOAD": f"{library}/libnss_wrapper.so",
                            "NSS_WRAPPER_PASSWD": f"{folder}/passwd", "NSS_WRAPPER_GROUP": f"{folder}/group"}
        super().__init__([f"{folder}/exim", "-C", f"{folder}/configuration", "-bdf"], folder, [plain, encrypted],
                         self.environment)

    def version(self):
        """'Exim version 4.96 ...'"""
        told = subprocess.run([f"{self.home}/exim", "-bV"], env=self.environment, capture_output=True, text=True)
        return told.stdout.splitlines()[0]

    def box(self, count):
        """The messages that have come, once there are so many; the box is empty afterwards."""
        path = f"{self.home}/box"
        for _ in range(300):
            messages = list(mailbox.mbox(path)) if os.path.exists(path) else []
            if len(messages) >= count:
                break
            time.sleep(0.05)
        with open(f"{self.home}/log-main") as log:
            assert len(messages) == count, f"{len(messages)} messages, not {count}: {log.read()}"
        os.truncate(path, 0)
        return [parsed(bytes(message).replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")) for message in messages]
