"""The decoders of scripts/fetch_corpus on tiny containers: what text they find, and in which documents they put it."""

import contextlib
import gzip
import io
import os
import struct
import unittest
import zlib

from corpus_containers import (BOOK, CODESPELL, DESCRIPTIONS, FORTUNES, GERMAN, JARGON, LINTIAN, MANUAL, PAGE,
                               WORDNET, Containers, character_vector)

import apt_descriptions
import dictd
import fortunes
import html_manual
import html_pages
import main
import misspellings
import plain_gz
import r_data
import shared_runs
import sword
import trans
import wordnet
from plain import bucket


class Decoders(Containers):
    def expect(self, decoder, path, *expected):
        self.assertEqual([text for _, text in decoder.decode([path])], list(expected))

    def documents(self, decoder, *paths):
        """The text of each document."""
        documents = {}
        for document, text in decoder.decode(paths):
            documents.setdefault(document, []).append(text)
        return documents

    def test_buckets_are_of_the_first_letters(self):
        self.assertEqual(bucket("Friend", 64), bucket("friendly", 64))
        self.assertNotEqual(bucket("affect", 64), bucket("affix", 64))
        self.assertEqual(bucket("re-act", 64), bucket("React", 64))
        self.assertRegex(bucket("a", 64), r"^\d\d$")
        self.assertEqual({bucket(f"{a}{b}", 16) for a in "abcdefgh" for b in "aeiou"},
                         {f"{number:02d}" for number in range(16)})

    def test_wordnet(self):
        self.assertEqual(self.documents(wordnet, self.write("data.noun", WORDNET)),
                         {bucket("entity", 64): ["that which exists", "it is; it was", "a thing"],
                          bucket("odd", 64): ["a gloss", '"never ends; "here"']})

    def test_dictd(self):
        to_act, quotation = "To act upon; to change.", "Thou dost affect my manners."
        program = "A program that translates."
        self.expect(dictd, self.write_dictionary("gcide"), to_act, quotation, program)
        self.assertEqual(self.documents(dictd, self.write_dictionary("gcide")),
                         {bucket("affect", 64): [to_act, quotation], bucket("compiler", 64): [program]})
        self.assertEqual(set(self.documents(dictd, self.write_dictionary("foldoc"))),
                         {bucket("affect", 16), bucket("compiler", 16)})

    def test_dictd_has_documents_by_words_without_their_sounds(self):
        ox = [("Ox", "Ox \\Ox\\, n.\n   An animal.\n")]
        self.assertEqual(self.documents(dictd, self.write_dictionary("gcide", ox)), {bucket("ox", 64): ["An animal."]})

    def test_dictd_leaves_out_what_is_no_prose(self):
        for text, *expected in [
                ("1. (Bot.) A tree (Zool.), tall (as here). [Colloq., U. S.]", "A tree, tall (as here)."),
                ("(a) A wheel. (b) The part (c) of it.", "A wheel.", "The part (c) of it."),
                ("Note: It is so. [2]", "It is so."),
                ("pl. Many of them.", "Many of them."),
                ("A word. --2 Cor. iv. 1.", "A word."),
                ("Syn: A word; another.",),
                ("Tall. Thin. See {Thin}.", "Tall. Thin."),
                ("See under {Thin}.",),
                ("See the tall man. See it grow. [Archaic]", "See the tall man."),
                ("Of Malta. -- n. sing. & pl. A native.", "Of Malta.", "A native."),
                ("Fig.: A thing.", "A thing."),
                ("Day owl, (Zool.), an owl.", "Day owl, an owl."),
                ('["A Paper", Somebody (1959)].',),
                ("p. p. of Go.",),
                ("(f[=o]rth), n. A thing.",),
                ("{Af*fect\"ed}, adv.",),
                ("A caf['e] of d[ae]mons [or others].", "A café of daemons [or others]."),
                ("Quite [Slang] so.", "Quite so.")]:
            self.assertEqual(list(dictd.senses([text])), expected, text)

    def test_sword(self):
        self.assertEqual(list(sword.decode([self.write_module("ot", BOOK)])),
                         [("gen", "In the beginning, God is & was."), ("gen", "Sing, sing."),
                          ("esth", "Esther reigned.")])

    def test_sword_has_psalms_and_parallel_books(self):
        chapter = '<chapter n="{0}" osisID="{1}.{0}" sID="{1}.{0}"/>{2}<chapter eID="{1}.{0}"/>'.format
        osis = ('<div osisID="Ps" sID="a" type="book"/>Preface.' + chapter(1, "Ps", "Blessed.") +
                chapter(119, "Ps", "Aleph. <reference osisRef=\"Ps.1.1\">See</reference>.") +
                '<div osisID="Mark" sID="b" type="book"/>' + chapter(1, "Mark", "A voice.") +
                '<div osisID="Matt" sID="c" type="book"/>' + chapter(1, "Matt", "A star."))
        self.assertEqual(list(sword.decode([self.write_module("ot", osis)])),
                         [("ps", "Preface."), ("ps-001", "Blessed."), ("ps-119", "Aleph. See."), ("matt", "A voice."),
                          ("matt", "A star.")])

    def test_sword_checks_sizes(self):
        with self.assertRaisesRegex(ValueError, "where 7 are announced"):
            list(sword.decode([self.write_module("ot", BOOK, 7)]))

    def test_html(self):
        self.expect(html_pages, self.write("a.html", PAGE), "One paragraph of text—here.", "Two.")

    def test_html_puts_earlier_versions_of_pages_with_the_later(self):
        paths = [self.write(name + ".html", f"<p>{name}</p>") for name in
                 ("append136", "append13int", "secF6", "append41", "append131", "append31", "biblio")]
        self.assertEqual(self.documents(html_pages, *paths),
                         {"secf6": ["append136", "secF6"], "secfint": ["append13int"], "sech5": ["append41"],
                          "secf1": ["append131"], "append31": ["append31"]})

    def test_manual_has_sentences_and_marks_code(self):
        self.assertEqual(self.documents(html_manual, self.write("sql-a.html", MANUAL)),
                         {bucket("sql-a", 16): ["Call # or read committed: it is done.", "Or # then!", '"Is it so?"']})

    def test_trans(self):
        self.expect(trans, self.write("de-en", GERMAN), "it is true", "heart rate of three")

    def test_trans_writes_out_what_is_short(self):
        for english, *expected in [
                ("to give sth. to sb.", "to give something to somebody"),
                ("to rake/haul/drag sb.'s leg", "to rake somebody's leg"),
                ("to tell sb./sth. apart", "to tell somebody apart"),
                ("the first and/or last one", "the first and/or last one"),
                ("one programme / program of work",), ("a check /cheque book",), ("in/on it",)]:
            self.assertEqual(list(trans.phrases(english)), expected, english)

    def test_trans_has_documents_by_german_words(self):
        path = self.write("de-en", "die Steuer {f} :: a tax on it\nSteuern {pl} :: taxes on them\n"
                          "zu Haus :: in the house\n")
        self.assertEqual(self.documents(trans, path), {bucket("steuer", 16): ["a tax on it", "taxes on them"],
                                                       bucket("haus", 16): ["in the house"]})

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
        same = [self.write(name, "Same.\n%\n") for name in ("linux", "linuxcookie")]
        self.assertEqual(self.documents(fortunes, path, path + ".u8", path + ".dat", *same),
                         {"wisdom": ["Wrapped line.", "Bold.", "Second ä."], "linux": ["Same.", "Same."]})

    def test_plain_gz(self):
        self.assertEqual(self.documents(plain_gz, self.write("jargon.txt.gz", gzip.compress(JARGON.encode()))),
                         {bucket("bug", 16): ["An unwanted property."]})

    def test_misspellings(self):
        self.expect(misspellings, self.write("dictionary.txt", CODESPELL),
                    "teh\tthe", "fo\tof", "fo\tfor", "clas\tclass")
        self.expect(misspellings, self.write("corrections", LINTIAN),
                    "teh\tthe", "wifi\tWi-Fi", "an other\tanother")

    @unittest.skipUnless(os.path.exists("/usr/lib/apt/apt-helper"), "no apt here")
    def test_apt_descriptions(self):
        self.assertEqual(self.documents(apt_descriptions, self.write("x_Translation-en", DESCRIPTIONS)),
                         {bucket("alpha", 32): ["First line second line.", "item one goes on", "item two", "Last."],
                          bucket("beta", 32): ["Its text."]})

    @unittest.skipUnless(os.path.exists("/usr/lib/apt/apt-helper"), "no apt here")
    def test_apt_descriptions_of_no_file(self):
        with self.assertRaisesRegex(ValueError, "cannot read"):
            list(apt_descriptions.decode([os.path.join(self.folder, "none_Translation-en")]))


class Writing(Containers):
    def written(self, text):
        main.main("fortunes", "fortunes", "p", "1", "BSD", self.folder, self.write("in/wisdom", text))
        with open(os.path.join(self.folder, "fortunes-wisdom", "p.txt"), encoding="utf-8") as file:
            return file.read()

    def test_spaced_dots_are_an_ellipsis(self):
        self.assertEqual(self.written("He came . . . and saw. . . . J. R. Smith\n"),
                         "He came... and saw... J. R. Smith\n")

    def test_texts_of_an_earlier_run_go(self):
        self.write("old/p.txt", "Old.")
        kept = self.write("both/other.txt", "Other.")
        self.write("both/p.txt", "Old.")
        self.written("New.\n")
        self.assertFalse(os.path.exists(os.path.join(self.folder, "old")))
        self.assertEqual(os.listdir(os.path.dirname(kept)), ["other.txt"])

    def test_folders_that_another_package_may_be_decoded_into_stay(self):
        self.written("Old.\n")
        folder = os.path.join(self.folder, "fortunes-wisdom")
        descriptor = os.open(folder, os.O_RDONLY)  # nothing else can have its number while it is open
        self.addCleanup(os.close, descriptor)
        self.assertEqual(self.written("New.\n"), "New.\n")
        self.assertTrue(os.path.samestat(os.fstat(descriptor), os.stat(folder)))

    def test_runs_that_groups_share(self):
        shared = " ".join(f"{a}{b}" for a in "klmnopqrst" for b in "aeiouyxwvz")
        self.write("corpus/a/p.txt", f"{shared}\n{shared}\n{shared} end\n")
        self.write("corpus/b/p.txt", f"Start {shared}\n")
        self.write("corpus/c/p.txt", " ".join(reversed(shared.split())) + "\n")
        with contextlib.redirect_stdout(io.StringIO()) as output:
            shared_runs.main(os.path.join(self.folder, "corpus"))
        # Nine runs, each in three paragraphs of two groups; five more in the third group alone.
        self.assertEqual(output.getvalue().splitlines()[0], "3 groups; runs of 8 words that another paragraph has too: "
                         "84.38%, another group: 84.38%")
        self.assertIn("of all  b\n", output.getvalue())
        self.assertNotIn("of all  c\n", output.getvalue())


if __name__ == "__main__":
    unittest.main()
