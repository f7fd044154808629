"""mailer against Exim, a real MTA, which delivers to an mbox. Its binary is Debian's, without the setuid bit; the user
that it insists on exists for it alone (nss_wrapper)."""

import mailbox
import os
import shutil
import time
import unittest

from debian import NOBODY, Daemon, free_port, unpacked
from mail_test import PASSWORD, USER, WRONG_PASSWORD, MailTest, parsed, text_of

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


class Exim(MailTest):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        packages = unpacked("exim")
        os.chmod(cls.shared, 0o755)
        cls.home = folder = os.path.join(cls.shared, "exim")
        os.mkdir(folder)
        library = f"{folder}/lib"
        shutil.copytree(f"{packages}/usr/lib/x86_64-linux-gnu", library)
        shutil.copyfile(f"{packages}/usr/sbin/exim4", f"{folder}/exim")
        os.chmod(f"{folder}/exim", 0o755)
        for source, name in zip(cls.authority.sign("exim"), ("server.pem", "server.key")):
            shutil.copyfile(source, f"{folder}/{name}")
        root = os.geteuid() == 0
        user, group = (NOBODY, NOBODY) if root else (os.geteuid(), os.getegid())
        with open(f"{folder}/passwd", "w") as file:
            file.write(f"root:x:0:0::/:/bin/sh\nDebian-exim:x:{user}:{group}::/:/bin/sh\n")
        with open(f"{folder}/group", "w") as file:
            file.write(f"root:x:0:\nDebian-exim:x:{group}:\n")
        cls.plain, cls.encrypted = free_port(), free_port()
        text = CONFIGURATION.format(folder=folder, plain=cls.plain, encrypted=cls.encrypted, user=user, group=group,
                                    name=USER, password=PASSWORD)
        with open(f"{folder}/configuration", "w") as file:
            file.write(text)
        os.mkdir(f"{folder}/queue")
        cls.environment_of_exim = {"LD_LIBRARY_PATH": library, "LD_PRELOAD": f"{library}/libnss_wrapper.so",
                                   "NSS_WRAPPER_PASSWD": f"{folder}/passwd", "NSS_WRAPPER_GROUP": f"{folder}/group"}
        daemon = Daemon([f"{folder}/exim", "-C", f"{folder}/configuration", "-bdf"], folder,
                        [cls.plain, cls.encrypted], cls.environment_of_exim)
        cls.enterClassContext(daemon)

    def urls(self):
        return f"smtps://{USER}@localhost:{self.encrypted}", f"smtp://{USER}@localhost:{self.plain}"

    def box(self, count):
        """The messages that have come, once there are so many; the box is empty afterwards."""
        path = f"{self.home}/box"
        for _ in range(300):
            messages = list(mailbox.mbox(path)) if os.path.exists(path) else []
            if len(messages) >= count:
                break
            time.sleep(0.05)
        self.assertEqual(len(messages), count, open(f"{self.home}/log-main").read())
        os.truncate(path, 0)
        return [parsed(bytes(message).replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")) for message in messages]

    def test_every_way_in(self):
        for url in self.urls():
            for way in "plain", "login":
                with self.subTest(url=url, way=way):
                    ended = self.run_mailer("test", url, "--auth", way)
                    self.assertEqual(ended.status, 0, ended)
                    self.assertIn("AUTH", ended.out)
        self.assertEqual([message["subject"] for message in self.box(4)], ["favras: a test message"] * 4)

    def test_text_survives(self):
        text = "From the start\n.\n..\n" + "ä" * 3000 + "\n \n=20\n"
        self.assertEqual(self.run_mailer("send", self.urls()[0], text=text.encode()).status, 0)
        (message,) = self.box(1)
        self.assertEqual(text_of(message), text)
        self.assertEqual(message["references"], None)

    def test_refusals(self):
        url = self.urls()[1]
        self.environment["FAVRAS_SMTP_PASSWORD"] = WRONG_PASSWORD
        self.assertIn("AUTH: the server says 535", self.run_mailer("test", url).err)
        self.environment["FAVRAS_SMTP_PASSWORD"] = PASSWORD
        ended = self.run_mailer("send", url, "--mail-to", "ann@example.org,bad@example.org")
        self.assertEqual((ended.status, ended.err), (1, "bad@example.org is refused: 550 no such user\n"))
        self.assertIn("longer than the server takes", self.run_mailer("send", url, text=b"x" * 300_000).err)
        self.box(1)

    def test_too_many_recipients(self):
        addresses = ",".join(f"a{i}@example.org" for i in range(12))
        self.assertEqual(self.run_mailer("send", self.urls()[0], "--mail-to", addresses).status, 0)
        messages = self.box(3)
        self.assertEqual(sorted(len(message["envelope-to"].split(",")) for message in messages), [2, 5, 5])

    def test_spool(self):
        spool = os.path.join(self.folder, "spool")
        for i in range(3):
            self.run_mailer("send", None, "--spool", spool, "--subject", f"digest {i}", "--digest")
        self.assertEqual(self.run_mailer("flush", self.urls()[1], "--spool", spool).status, 0)
        self.assertEqual([message["subject"] for message in self.box(1)], ["digest 2"])


if __name__ == "__main__":
    unittest.main(warnings="ignore")
