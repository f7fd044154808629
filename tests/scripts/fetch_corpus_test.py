"""scripts/fetch_corpus.sh on packages made of tiny containers; apt is played by two scripts."""

import glob
import gzip
import hashlib
import os
import shutil
import subprocess
import unittest

from corpus_containers import (BOOK, CODESPELL, DESCRIPTIONS, FORTUNES, GERMAN, JARGON, LINTIAN, MANUAL, PAGE, ROOT,
                               WORDNET, Containers, character_vector)

APT_GET = """#!/bin/sh
echo "$*" >>"$DEBS/calls"
for word; do
  case $word in
    Dir::State::Lists=*) cp "$DEBS/x_Translation-en" "${word#*=}" ;;
    update) if [ -e "$DEBS/later" ]; then mv "$DEBS"/later/* "$DEBS"; fi ;;
    download) for package; do :; done; cp "$DEBS/${package}"_*.deb . ;;
  esac
done
"""
APT_CACHE = """#!/bin/sh
echo >>"$DEBS/asked"
for package; do
  if [ -e "$DEBS/$package.show" ]; then cat "$DEBS/$package.show"; fi
done
"""


@unittest.skipUnless(all(map(shutil.which, ["dpkg-deb", "bash"])) and os.path.exists("/usr/lib/apt/apt-helper"),
                     "no dpkg or apt here")
class Script(Containers):
    def setUp(self):
        super().setUp()
        for name, text in ("apt-get", APT_GET), ("apt-cache", APT_CACHE), ("sudo", '#!/bin/sh\nexec "$@"\n'):
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
                "postgresql-doc-15": file("usr/share/doc/postgresql-doc-15/html/a.html", MANUAL),
                "python-django-doc": file("usr/share/doc/python-django-doc/html/ref/forms/a.html", MANUAL),
                "sqlite3-doc": file("usr/share/doc/sqlite3/a.html", MANUAL),
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
        self.write(f"debs/{name}.show",
                   f"Package: {name}\nSize: {len(data)}\nSHA256: {hashlib.sha256(data).hexdigest()}\n\n")

    def fetch(self, *arguments):
        path = f"{self.folder}/bin:{os.environ['PATH']}"
        cache, debs = f"{self.folder}/cache", f"{self.folder}/debs"
        environment = {**os.environ, "PATH": path, "DEBS": debs, "FAVRAS_CACHE": cache}
        return subprocess.run([os.path.join(ROOT, "scripts", "fetch_corpus.sh"), *arguments], env=environment,
                              capture_output=True, text=True)

    def read(self, name):
        with open(os.path.join(self.output, name), encoding="utf-8") as file:
            return file.read()

    def texts(self):
        """(group, package) of each."""
        return {(os.path.basename(os.path.dirname(path)), os.path.basename(path).removesuffix(".txt"))
                for path in glob.glob(self.output + "/*/*.txt")}

    def calls(self):
        with open(os.path.join(self.folder, "debs", "calls")) as file:
            return file.read().splitlines()

    def test_small(self):
        file = os.path.join(self.output, "wordnet.txt")
        run = self.fetch("--small", "--output", file)
        self.assertEqual(run.returncode, 0, run.stderr)
        self.assertEqual(sorted(self.read("wordnet.txt").splitlines()),
                         ['"never ends; "here"', "a gloss", "a thing", "it is; it was", "that which exists"])
        self.assertIn(f"Wrote {file}\n", run.stdout)
        self.assertIn("5 lines, ", run.stdout)
        self.assertIn(f"{file} is up to date\n", self.fetch("--small", "--output", file).stdout)
        self.assertEqual(self.calls(), ["-qq download wordnet-base"])

    def test_lists_are_fetched_where_there_are_none(self):
        os.mkdir(f"{self.folder}/debs/later")
        for path in glob.glob(f"{self.folder}/debs/*.show"):
            os.rename(path, os.path.join(f"{self.folder}/debs/later", os.path.basename(path)))
        run = self.fetch("--small", "--output", os.path.join(self.output, "wordnet.txt"))
        self.assertEqual(run.returncode, 0, run.stderr)
        self.assertEqual(self.calls(), ["-qq update", "-qq download wordnet-base"])

    def test_standard(self):
        run = self.fetch("--standard", "--output", self.output)
        self.assertEqual(run.returncode, 0, run.stderr)
        self.assertEqual(self.read("bible-gen/sword-text-kjv.txt"), self.read("bible-gen/sword-text-web.txt"))
        self.assertEqual(self.read("moby-dick/r-cran-tokenizers.txt"), "Call me.\n")
        rows = [line.split("\t") for line in self.read("sources.tsv").splitlines()]
        self.assertEqual(rows[0], ["group", "package", "version", "licence", "lines", "characters", "bytes"])
        self.assertIn(["fortunes-wisdom", "fortunes", "1:2.0-1", "BSD", "3", "30", "31"], rows)
        # Two novels; two books in each of four modules; two words each in WordNet, GCIDE and FOLDOC.
        self.assertEqual(len(rows), 1 + 15 + 1 + 4 + 3)
        self.assertEqual({tuple(row[:2]) for row in rows[1:]}, self.texts())
        self.assertIn("[15/15] sword-comm-tdavid", run.stdout)
        self.assertRegex(run.stdout, r"bible-\* 2 +sword-text-kjv +1:2.0-1 +public domain")

    def test_permissive(self):
        run = self.fetch("--permissive", "--output", self.output)
        self.assertEqual(run.returncode, 0, run.stderr)
        self.assertEqual({package for _, package in self.texts()},
                         {"wordnet-base", "jargon-text", "r-cran-janeaustenr", "r-cran-tokenizers", "sword-text-web",
                          "postgresql-doc-15", "python-django-doc", "sqlite3-doc"})
        self.assertIn("[8/8] sqlite3-doc", run.stdout)
        self.assertNotIn("GPL", self.read("sources.tsv"))
        run = self.fetch("--permissive", "--output", self.output)
        self.assertEqual((run.returncode, run.stdout.count("up to date")), (0, 8))

    def test_permissive_text_stays_alone(self):
        self.fetch("--standard", "--output", self.output)
        run = self.fetch("--permissive", "--output", self.output)
        self.assertEqual(run.returncode, 1)
        self.assertIn(f"{self.output} has anarchism, too", run.stderr)
        self.assertNotIn("sqlite3-doc", [package for _, package in self.texts()])

    def test_second_run_does_nothing_twice(self):
        self.fetch("--standard", "--output", self.output)
        text, package = self.output + "/fortunes-wisdom/fortunes.txt", self.folder + "/cache/corpus/fortunes/usr"
        written = [os.stat(path).st_ino for path in (text, package)]
        run = self.fetch("--standard", "--output", self.output)
        self.assertEqual(run.stdout.count("up to date"), 15)
        self.assertEqual([os.stat(path).st_ino for path in (text, package)], written)
        self.assertEqual(os.listdir(os.path.dirname(package)), ["usr"])
        self.assertEqual(len(self.calls()), 15)
        self.assertEqual(self.read("../debs/asked"), "\n")  # apt takes a second for each question

    def test_text_of_an_earlier_layout_goes(self):
        self.write("out/debian/apt-descriptions.txt", "Old.\n")
        self.write("out/mine/own.txt", "Mine.\n")
        self.write("out/wordnet.txt", "a gloss\n")
        self.write("out/.sources/apt-descriptions.tsv", "debian\tapt-descriptions\t1\tfree\t1\t5\t5\n")
        run = self.fetch("--standard", "--output", self.output)
        self.assertEqual(run.returncode, 0, run.stderr)
        self.assertIn(f"Removed --small's {self.output}/wordnet.txt\n", run.stdout)
        self.assertFalse(os.path.exists(self.output + "/debian"))
        self.assertEqual(self.read("mine/own.txt"), "Mine.\n")
        self.assertNotIn("debian", self.read("sources.tsv"))
        run = self.fetch("--small", "--output", self.output + "/wordnet.txt")
        self.assertEqual(run.returncode, 1)
        self.assertIn(f"{self.output} has WordNet among its groups already", run.stderr)

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
        self.assertNotIn("jargon-text", [package for _, package in self.texts()])

    def test_large(self):
        run = self.fetch("--large", "--output", self.output)
        self.assertEqual(run.returncode, 0, run.stderr)
        self.assertEqual(sorted(map(self.read, glob.glob(self.output + "/debian-*/apt-descriptions.txt"))),
                         ["First line second line.\nitem one goes on\nitem two\nLast.\n", "Its text.\n"])
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
        for arguments in [], ["--tiny"], ["--small", "--large"], ["--permissive", "--large"], ["--small", "--misspellings"], ["--small", "--output"]:
            run = self.fetch(*arguments)
            self.assertEqual(run.returncode, 2, arguments)
            self.assertIn("Usage:", run.stderr)
        self.assertEqual(self.fetch("--standard", "--output", __file__).returncode, 1)


if __name__ == "__main__":
    unittest.main()
