"""Tiny containers of the kinds that scripts/fetch_corpus decodes, written into a folder of the test's own."""

import gzip
import os
import struct
import sys
import tempfile
import unittest
import zlib

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
sys.dont_write_bytecode = True
sys.path.insert(0, os.path.join(ROOT, "scripts", "fetch_corpus"))

DIGITS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"

WORDNET = ('  1 a licence | not a gloss\n'
           '00001740 03 n 01 entity 0 000 | that which exists; "it is; it was" - Author; "a thing"\n'
           '00001741 03 n 01 odd 0 000 | a gloss; "never ends; "here"\n')
ENTRIES = [
    ("00-database-info", "00-database-info\n   About the file.\n"),
    ("Affect", 'Affect \\Af*fect"\\, v. t. [imp. {Affected}; p.\n   pr. {Affecting}.]\n   1. To act upon;\n'
               "      to change. [Obs.]\n      [1913 Webster]\n\n            Thou dost affect my manners.   --Shak.\n"
               "      [1913 Webster]\n"),
    ("compiler", 'compiler\ntranslator\n\n   <language> A {program} that\n   translates.\n\n   ["Compilers", Aho].\n\n'
                 "   (1999-02-13)\n"),
]
BOOK = ('<div osisID="Gen" sID="a" type="book"/><title type="main">Genesis</title><div sID="b" type="x-p"/>¶ In the '
        '<w lemma="H1">beginning</w><note>Or <rdg>start</rdg>.</note>, God<note>God</note>is &amp; was.<div eID="b" '
        'type="x-p"/><lg/><l level="1"/>Sing,<l level="2"/>sing.<div osisID="EsthGr" sID="c" type="book"/>'
        '<hi type="bold">Verses 1-4</hi> Esther reigned.<div sID="d" type="glossary"/>Alpha: a letter.')
PAGE = ("<html><head><title>Title</title></head><body><h1>Head</h1><p>One <i>para</i>graph\nof text&mdash;here.</p>"
        "<pre>code()</pre><blockquote>Two.<script>f()</script></blockquote>"
        '<div><a class="page-next" href="x">next</a></div></body></html>')
MANUAL = ("<body><p>Headings end so</p><ul><li>Call <code>f(<var>x</var>)</code> or <tt>read\ncommitted</tt>: it is"
          " done.<a>¶</a></li><li><a>Next</a></li></ul><pre><code>g();</code></pre><p>See <code>h</p><p>Or a_b, then!"
          '<p>"Is it so?"</body>')
GERMAN = ("# Version :: devel is a comment\n"
          "Das {n} :: it is (very (very) old) true [coll.]; short one | heart rate /HR/ of <beats> three {pl}\n")
FORTUNES = ("Wrapped\nline.\n\t\t-- Somebody, in\n\t\t   \"Something\"\n%\nB\bBold.\n\tSecond \xe4.\n%\n")
JARGON = ("                         The Jargon File\n\n   Table of Contents\n\n   :bug: n.\n\n   [common] An unwanted\n"
          "   {property}.\n\n   ┌────┐\n   │ a  │\n")
CODESPELL = ("teh->the\nfo->of, for,\nclas->class, disabled because it clashes\n3nd->3rd\ndoesnt;->doesn't\n"
             "caf\u00e9s->cafe\n")
LINTIAN = ("# wrong||right\n\nteh||the\nSame||Same\nwifi||Wi-Fi\n(?i)an other||another\n"
           "(?i)licen[cs]e||licence\n")
DESCRIPTIONS = ("Package: libalpha\nDescription-md5: 0\nDescription-en: title of it\n First line\n second line.\n"
                "  * item one\n    goes on\n  * item two\n .\n   code --verbatim\n .\n Last.\n\n"
                "Package: beta\nDescription-en: other\n Its text.\n")


def character_vector(*lines):
    data = b"X\n" + struct.pack(">iiii", 3, 0x40200, 0x30500, 5) + b"UTF-8" + struct.pack(">ii", 16, len(lines))
    for line in lines:
        data += struct.pack(">ii", 0x40009, len(line)) + line.encode()
    return struct.pack(">i", len(data)) + zlib.compress(data)


def base64(value):
    return (base64(value // 64) if value >= 64 else "") + DIGITS[value % 64]


class Containers(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = folder.name

    def write(self, name, data):
        path = os.path.join(self.folder, name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "wb") as file:
            file.write(data if isinstance(data, bytes) else data.encode())
        return path

    def write_dictionary(self, name, entries=ENTRIES):
        text, index = b"", ""
        for word, entry in entries:
            index += f"{word}\t{base64(len(text))}\t{base64(len(entry))}\n" * 2
            text += entry.encode()
        self.write(name + ".index", index)
        return self.write(name + ".dict.dz", gzip.compress(text))

    def write_module(self, name, osis, announced=None):
        data = osis.encode()
        halves = [data[:len(data) // 2], data[len(data) // 2:]]
        index, streams = struct.pack("<III", 0, 0, 0), b""
        for half in halves:
            stream = zlib.compress(half)
            index += struct.pack("<III", len(streams), len(stream), announced or len(half))
            streams += stream
        self.write(name + ".bzz", streams)
        return self.write(name + ".bzs", index)
