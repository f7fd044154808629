"""Usage: mime_python_test.py DIR. Compares every N.eml there, as Python's email package reads it, with what N.json says
was put in."""

import base64
import email
import email.header
import email.policy
import email.utils
import glob
import json
import sys


def compare(stem):
    with open(f"{stem}.eml", "rb") as file:
        content = file.read()
    with open(f"{stem}.json", encoding="utf-8") as file:
        expected = json.load(file)
    message = email.message_from_bytes(content, policy=email.policy.default)
    assert content.isascii()
    assert all(len(line) <= 998 and not {10, 13} & set(line) for line in content.split(b"\r\n")), "line ends"
    header_lines = content.split(b"\r\n\r\n")[0].split(b"\r\n")
    assert all(len(line) <= 76 or b" " not in line[1:].split(b": ")[-1] for line in header_lines), header_lines
    for part in message.walk():
        assert not part.defects, part.defects
        for name, value in part.items():
            assert not value.defects, (name, value, value.defects)

    # Python's newer parser puts a space between two encoded words of a name; its older one does as RFC 2047 says.
    older = email.message_from_bytes(content)
    for name in "from", "to":
        assert [address.addr_spec for address in message[name].addresses] == [it[1] for it in expected[name]]
        got = [[str(email.header.make_header(email.header.decode_header(display))), address]
               for display, address in email.utils.getaddresses([older[name]])]
        assert got == expected[name], (got, expected[name])
    assert message["subject"] == expected["subject"], (message["subject"], expected["subject"])
    assert message["message-id"] == f"<{expected['id']}>"
    assert message["references"] == (f"<{expected['thread']}@favras.invalid>" if expected["thread"] else None)
    assert message["date"].datetime.timestamp() == expected["date"]
    assert message["auto-submitted"] == "auto-generated" and message["mime-version"] == "1.0"

    types = ["text/plain"]
    if expected["html"]:
        types = ["multipart/alternative", "text/plain", "text/html"]
    if expected["picture"]:
        types[2:] = ["multipart/related", "text/html", "image/png"]
    assert [part.get_content_type() for part in message.walk()] == types
    leaves = [part for part in message.walk() if not part.is_multipart()]
    html = expected["html"].replace("cid:picture", f"cid:picture.{expected['id']}") if expected["picture"] \
        else expected["html"]
    for part, text in zip(leaves, [expected["text"], html]):
        got = part.get_payload(decode=True).decode("utf-8").replace("\r\n", "\n")
        assert got == text + ("" if text.endswith("\n") or not text else "\n"), (got, text)
    if expected["picture"]:
        assert leaves[2].get_content() == base64.b64decode(expected["picture"])
        assert leaves[2]["content-id"] == f"<picture.{expected['id']}>"


for path in sorted(glob.glob(f"{sys.argv[1]}/*.eml")):
    try:
        compare(path.removesuffix(".eml"))
    except Exception:
        with open(path, errors="replace") as file:
            print(file.read())
        raise
