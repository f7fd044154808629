"""scripts/fetch_corpus.sh and its decoders on tiny containers made here; apt is played by two scripts."""

import gzip
import hashlib
import os
import shutil
import struct
import subprocess
import sys
import tempfile
import unittest
import zlib

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
sys.dont_write_bytecode = True
sys.path.insert(0, os.path.join(ROOT, "scripts", "fetch_corpus"))

import apt_descriptions
import dictd
import fortunes
import html_pages
import misspellings
import plain_gz
import r_data
import sword
import trans
import wordnet

DIGITS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"

WORDNET = ('  1 a licence | not a gloss\n'
           '00001740 03 n 01 entity 0 000 | that which exists; "it is; it was" - Author; "a thing"\n'
           '00001741 03 n 01 odd 0 000 | a gloss; "never ends; "here"\n')
ENTRIES = [
    ("00-database-info", "00-database-info\n   About the file.\n"),
    ("Affect", 'Affect \\Af*fect"\\, v. t. [imp. {Affected}; p.\n   pr. {Affecting}.]\n   1. To act upon;\n'
               "      to change.\n      [1913 Webster]\n\n            Thou dost affect my manners.   --Shak.\n"
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
GERMAN = ("# Version :: devel is a comment\n"
          "Das {n} :: it is (very (very) old) true [coll.]; short one | heart rate /HR/ of <beats> three {pl}\n")
FORTUNES = ("Wrapped\nline.\n\t\t-- Somebody, in\n\t\t   \"Something\"\n%\nB\bBold.\n\tSecond \xe4.\n%\n")
JARGON = ("                         The Jargon File\n\n   Table of Contents\n\n   :bug: n.\n\n   [common] An unwanted\n"
          "   {property}.\n\n   ┌────┐\n   │ a  │\n")
CODESPELL = "teh->the\nfo->of, for,\nclas->class, disabled because it clashes\n3nd->3rd\ndoesnt;->doesn't\ncaf\u00e9s->cafe\n"
LINTIAN = ("# wrong||right\n\nteh||the\nSame||Same\nwifi||Wi-Fi\n(?i)an other||another\n"
           "(?i)licen[cs]e||licence\n")
DESCRIPTIONS = ("Package: a\nDescription-md5: 0\nDescription-en: title of it\n First line\n second line.\n"
                "  * item one\n    goes on\n  * item two\n .\n   code --verbatim\n .\n Last.\n\n"
                "Package: b\nDescription-en: other\n Its text.\n")


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

    def write_dictionary(self, name):
        text, index = b"", ""
        for word, entry in ENTRIES:
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


class Decoders(Containers):
    def expect(self, decoder, path, *expected):
        self.assertEqual([text for _, text in decoder.decode([path])], list(expected))

    def test_wordnet(self):
        self.expect(wordnet, self.write("data.noun", WORDNET),
                    "that which exists", "it is; it was", "a thing", "a gloss", '"never ends; "here"')

    def test_dictd(self):
        self.expect(dictd, self.write_dictionary("gcide"), "To act upon; to change.", "Thou dost affect my manners.",
                    "A program that translates.")

    def test_sword(self):
        self.assertEqual(list(sword.decode([self.write_module("ot", BOOK)])),
                         [("gen", "In the beginning, God is & was."), ("gen", "Sing, sing."),
                          ("esth", "Esther reigned.")])

    def test_sword_checks_sizes(self):
        with self.assertRaisesRegex(ValueError, "where 7 are announced"):
            list(sword.decode([self.write_module("ot", BOOK, 7)]))

    def test_html(self):
        self.expect(html_pages, self.write("a.html", PAGE), "One paragraph of text—here.", "Two.")

    def test_trans(self):
        self.expect(trans, self.write("de-en", GERMAN), "it is true", "heart rate of three")

    def test_r_data_of_several_texts(self):
        data = character_vector("EMMA", "", "Emma was", "_very_ clever.") + character_vector("OTHER", "", "Said she.")
        self.assertEqual(list(r_data.decode([self.write("Rdata.rdb", data)])),
                         [("emma", "Emma was very clever."), ("other", "Said she.")])

    def test_r_data_of_gutenberg(self):
        text = ("Licence.\r\n*** START OF THIS EBOOK ***\r\n\r\nCHAPTER 1. Loomings.\r\n\r\nCall me\r\nIshmael.\r\n"
                "\r\n*** END OF THIS EBOOK ***\r\nLicence.")
        self.assertEqual(list(r_data.decode([self.write("Rdata.rdb", character_vector(text))])),
                         [(None, "Call me Ishmael.")])

    def test_r_data_refuses_other_versions(self):
        data = b"X\n" + struct.pack(">iii", 2, 0, 0)
        with self.assertRaisesRegex(ValueError, "version 3"):
            list(r_data.decode([self.write("Rdata.rdb", b"\0\0\0\x0e" + zlib.compress(data))]))

    def test_fortunes(self):
        path = self.write("wisdom", FORTUNES.encode("cp1252"))
        os.symlink("wisdom", path + ".u8")
        self.write("wisdom.dat", "\0")
        paths = [path, path + ".u8", path + ".dat"]
        self.assertEqual([text for _, text in fortunes.decode(paths)], ["Wrapped line.", "Bold.", "Second ä."])

    def test_plain_gz(self):
        self.expect(plain_gz, self.write("jargon.txt.gz", gzip.compress(JARGON.encode())), "An unwanted property.")

    def test_misspellings(self):
        self.expect(misspellings, self.write("dictionary.txt", CODESPELL),
                    "teh\tthe", "fo\tof", "fo\tfor", "clas\tclass")
        self.expect(misspellings, self.write("corrections", LINTIAN),
                    "teh\tthe", "wifi\tWi-Fi", "an other\tanother")

    @unittest.skipUnless(os.path.exists("/usr/lib/apt/apt-helper"), "no apt here")
    def test_apt_descriptions(self):
        self.expect(apt_descriptions, self.write("x_Translation-en", DESCRIPTIONS), "First line second line.",
                    "item one goes on", "item two", "Last.", "Its text.")

    @unittest.skipUnless(os.path.exists("/usr/lib/apt/apt-helper"), "no apt here")
    def test_apt_descriptions_of_no_file(self):
        with self.assertRaisesRegex(ValueError, "cannot read"):
            list(apt_descriptions.decode([os.path.join(self.folder, "none_Translation-en")]))


APT_GET = """#!/bin/sh
echo "$*" >>"$DEBS/calls"
for word; do
  case $word in
    Dir::State::Lists=*) cp "$DEBS/x_Translation-en" "${word#*=}" ;;
    download) for package; do :; done; cp "$DEBS/${package}"_*.deb . ;;
  esac
done
"""
APT_CACHE = """#!/bin/sh
for package; do :; done
cat "$DEBS/$package.show"
"""


@unittest.skipUnless(all(map(shutil.which, ["dpkg-deb", "bash"])) and os.path.exists("/usr/lib/apt/apt-helper"),
                     "no dpkg or apt here")
class Script(Containers):
    def setUp(self):
        super().setUp()
        for name, text in ("apt-get", APT_GET), ("apt-cache", APT_CACHE):
            os.chmod(self.write("bin/" + name, text), 0o755)
        self.write("debs/x_Translation-en", DESCRIPTIONS)
        self.output = os.path.join(self.folder, "out")
        games, sword_modules = "usr/share/games/fortunes/", "usr/share/sword/modules/"
        r_library = "usr/lib/R/site-library/"
        module = lambda kind: lambda name: self.write_module(f"{name}/{sword_modules}{kind}/m/ot", BOOK)
        file = lambda path, data: lambda name: self.write(f"{name}/{path}", data)
        books = character_vector("EMMA", "", "Said she.") + character_vector("OTHER", "", "Said he.")
        for name, contents in {
                "wordnet-base": file("usr/share/wordnet/data.noun", WORDNET),
                "dict-gcide": lambda name: self.write_dictionary(f"{name}/usr/share/dictd/gcide"),
                "dict-foldoc": lambda name: self.write_dictionary(f"{name}/usr/share/dictd/foldoc"),
                "jargon-text": file("usr/share/doc/jargon-text/jargon.txt.gz", gzip.compress(JARGON.encode())),
                "anarchism": file("usr/share/doc/anarchism/html/a.html", PAGE),
                "fortune-anarchism": file(games + "anarchism", FORTUNES),
                "fortunes": file(games + "wisdom", FORTUNES),
                "fortunes-min": file(games + "literature", FORTUNES),
                "trans-de-en": file("usr/share/trans/de-en", GERMAN),
                "r-cran-janeaustenr": file(r_library + "janeaustenr/data/Rdata.rdb", books),
                "r-cran-tokenizers": file(r_library + "tokenizers/data/Rdata.rdb", character_vector("Call me.")),
                "sword-text-kjv": module("texts/ztext"), "sword-text-web": module("texts/ztext"),
                "sword-comm-mhcc": module("comments/zcom"), "sword-comm-tdavid": module("comments/zcom"),
                "codespell": file("usr/lib/python3/dist-packages/codespell_lib/data/dictionary.txt", CODESPELL),
                "lintian": file("usr/share/lintian/data/spelling/corrections-case", LINTIAN)}.items():
            self.make_package(name, contents)

    def make_package(self, name, contents):
        contents("packages/" + name)
        tree = os.path.join(self.folder, "packages", name)
        self.write(f"packages/{name}/DEBIAN/control",
                   f"Package: {name}\nVersion: 1:2.0-1\nArchitecture: all\nMaintainer: A <a@b.c>\nDescription: d\n")
        deb = os.path.join(self.folder, "debs", f"{name}_1%3a2.0-1_all.deb")
        subprocess.run(["dpkg-deb", "--root-owner-group", "-Znone", "-b", tree, deb], check=True, capture_output=True)
        with open(deb, "rb") as file:
            data = file.read()
        self.write(f"debs/{name}.show", f"Size: {len(data)}\nSHA256: {hashlib.sha256(data).hexdigest()}\n")

    def fetch(self, *arguments):
        path = f"{self.folder}/bin:{os.environ['PATH']}"
        cache, debs = f"{self.folder}/cache", f"{self.folder}/debs"
        environment = {**os.environ, "PATH": path, "DEBS": debs, "FAVRAS_CACHE": cache}
        return subprocess.run([os.path.join(ROOT, "scripts", "fetch_corpus.sh"), *arguments], env=environment,
                              capture_output=True, text=True)

    def read(self, name):
        with open(os.path.join(self.output, name), encoding="utf-8") as file:
            return file.read()

    def calls(self):
        with open(os.path.join(self.folder, "debs", "calls")) as file:
            return file.read().splitlines()

    def test_small(self):
        file = os.path.join(self.output, "wordnet.txt")
        run = self.fetch("--small", "--output", file)
        self.assertEqual(run.returncode, 0, run.stderr)
        self.assertEqual(self.read("wordnet.txt").splitlines()[:2], ["that which exists", "it is; it was"])
        self.assertIn(f"Wrote {file}\n", run.stdout)
        self.assertIn("5 lines, ", run.stdout)
        self.assertIn(f"{file} is up to date\n", self.fetch("--small", "--output", file).stdout)
        self.assertEqual(self.calls(), ["-qq download wordnet-base"])

    def test_standard(self):
        run = self.fetch("--standard", "--output", self.output)
        self.assertEqual(run.returncode, 0, run.stderr)
        self.assertEqual(self.read("bible-gen/sword-text-kjv.txt"), self.read("bible-gen/sword-text-web.txt"))
        self.assertEqual(self.read("moby-dick/r-cran-tokenizers.txt"), "Call me.\n")
        rows = [line.split("\t") for line in self.read("sources.tsv").splitlines()]
        self.assertEqual(rows[0], ["group", "package", "version", "licence", "lines", "characters", "bytes"])
        self.assertIn(["fortunes", "fortunes", "1:2.0-1", "BSD", "3", "30", "31"], rows)
        self.assertEqual(len(rows), 1 + 15 + 1 + 4)  # two novels, and two books in each of four modules
        self.assertIn("[15/15] sword-comm-tdavid", run.stdout)
        self.assertRegex(run.stdout, r"bible-\* \(2\) +sword-text-kjv +1:2.0-1 +public domain")

    def test_second_run_does_nothing_twice(self):
        self.fetch("--standard", "--output", self.output)
        text, package = self.output + "/fortunes/fortunes.txt", self.folder + "/cache/corpus/fortunes/usr"
        written = [os.stat(path).st_ino for path in (text, package)]
        run = self.fetch("--standard", "--output", self.output)
        self.assertEqual(run.stdout.count("up to date"), 15)
        self.assertEqual([os.stat(path).st_ino for path in (text, package)], written)
        self.assertEqual(os.listdir(os.path.dirname(package)), ["usr"])
        self.assertEqual(len(self.calls()), 15)

    def test_what_is_missing_is_named_and_had_later(self):
        os.rename(f"{self.folder}/debs/anarchism.show", f"{self.folder}/debs/anarchism.known")
        for name, field in ("fortunes", "SHA256: "), ("trans-de-en", "Size: "):
            with open(f"{self.folder}/debs/{name}.show") as file:
                known = file.read()
            os.rename(f"{self.folder}/debs/{name}.show", f"{self.folder}/debs/{name}.known")
            self.write(f"debs/{name}.show", known.replace(field, field + "1"))
        run = self.fetch("--standard", "--output", self.output)
        self.assertEqual(run.returncode, 1)
        self.assertIn("no list of packages names anarchism", run.stderr)
        self.assertIn("fortunes is not what apt's lists announce", run.stderr)
        self.assertIn("trans-de-en is not what apt's lists announce", run.stderr)
        self.assertTrue(run.stderr.endswith("missing: anarchism fortunes trans-de-en\n"), run.stderr)
        self.assertIn("jargon-text", self.read("sources.tsv"))
        self.assertNotIn("\tfortunes\t", self.read("sources.tsv"))
        for name in "anarchism", "fortunes", "trans-de-en":
            os.rename(f"{self.folder}/debs/{name}.known", f"{self.folder}/debs/{name}.show")
        run = self.fetch("--standard", "--output", self.output)
        self.assertEqual(run.returncode, 0, run.stderr)
        self.assertEqual(run.stdout.count("up to date"), 12)

    def test_container_that_is_broken(self):
        self.make_package("jargon-text", lambda name: self.write(
            name + "/usr/share/doc/jargon-text/jargon.txt.gz", b"no gzip"))
        run = self.fetch("--standard", "--output", self.output)
        self.assertEqual(run.returncode, 1)
        self.assertTrue(run.stderr.endswith("missing: jargon-text\n"), run.stderr)
        self.assertFalse(os.path.exists(os.path.join(self.output, "computing/jargon-text.txt")))

    def test_large(self):
        run = self.fetch("--large", "--output", self.output)
        self.assertEqual(run.returncode, 0, run.stderr)
        self.assertEqual(self.read("debian/apt-descriptions.txt").splitlines()[-1], "Its text.")
        self.assertIn("[16/16] apt-descriptions", run.stdout)
        self.fetch("--large", "--output", self.output)
        self.assertEqual(len(self.calls()), 16)

    def test_misspellings(self):
        file = os.path.join(self.output, "misspellings.tsv")
        run = self.fetch("--misspellings", "--output", file)
        self.assertEqual(run.returncode, 0, run.stderr)
        self.assertEqual(self.read("misspellings.tsv"), "an other\tanother\nclas\tclass\nfo\tfor\nfo\tof\nteh\tthe\n"
                         "wifi\tWi-Fi\n")
        self.assertIn("codespell 1:2.0-1, GPL-2: 4 pairs\nlintian 1:2.0-1, GPL-2+: 3 pairs\n", run.stdout)
        self.assertIn(f"Wrote {file}: 6 different pairs\n", run.stdout)
        self.assertEqual(self.fetch("--misspellings", "--output", file).returncode, 0)
        self.assertEqual(len(self.calls()), 2)

    def test_misspellings_of_which_some_are_missing(self):
        os.remove(f"{self.folder}/debs/lintian.show")
        run = self.fetch("--misspellings", "--output", os.path.join(self.output, "misspellings.tsv"))
        self.assertEqual(run.returncode, 1)
        self.assertIn("no list of packages names lintian", run.stderr)
        self.assertFalse(os.path.exists(self.output))

    def test_wrong_arguments(self):
        for arguments in [], ["--tiny"], ["--small", "--large"], ["--small", "--misspellings"], ["--small", "--output"]:
            run = self.fetch(*arguments)
            self.assertEqual(run.returncode, 2, arguments)
            self.assertIn("Usage:", run.stderr)
        self.assertEqual(self.fetch("--standard", "--output", __file__).returncode, 1)


if __name__ == "__main__":
    unittest.main()
