"""Turns the containers of one package into plain text: main.py KIND GROUP PACKAGE VERSION LICENCE OUTPUT FILE...

KIND names the module whose decode(paths) gives (document, paragraph); document is None where the package holds one,
else a book, a chapter, or a bucket of what is said about the same words. The text goes to OUTPUT/GROUP/PACKAGE.txt or
OUTPUT/GROUP-DOCUMENT/PACKAGE.txt, a paragraph a line, and what was written to OUTPUT/.sources/PACKAGE.tsv, last, so
that this file says that all the others are whole."""

import contextlib
import glob
import importlib
import os
import re
import shutil
import sys

sys.dont_write_bytecode = True
SPACED_DOTS = re.compile(r" ?\.(?: \.)+")


class Text:
    def __init__(self, folder, group, package):
        self.group, self.lines, self.characters, self.bytes = group, 0, 0, 0
        os.makedirs(os.path.join(folder, group), exist_ok=True)
        self.file = open(os.path.join(folder, group, package + ".txt"), "wb")

    def write(self, paragraph):
        line = SPACED_DOTS.sub("...", paragraph) + "\n"
        data = line.encode()
        self.file.write(data)
        self.lines += 1
        self.characters += len(line)
        self.bytes += len(data)


def write_texts(documents, folder, group, package):
    texts = {}
    for document, paragraph in documents:
        if document not in texts:
            texts[document] = Text(folder, f"{group}-{document}" if document else group, package)
        texts[document].write(paragraph)
    for text in texts.values():
        text.file.close()
    return list(texts.values())


def remove_old(output, package, record, groups):
    """The record first, then what is in other groups, whose folders go if they hold nothing else. Folders of these
    groups stay: another package may be decoded into them at the same time."""
    if os.path.exists(record):
        os.remove(record)
    for old in glob.glob(os.path.join(glob.escape(output), "*", package + ".txt")):
        folder = os.path.dirname(old)
        if os.path.basename(folder) not in groups:
            os.remove(old)
            with contextlib.suppress(OSError):  # not empty
                os.rmdir(folder)


def main(kind, group, package, version, licence, output, *paths):
    part = os.path.join(output, ".part-" + package)
    record = os.path.join(output, ".sources", package + ".tsv")
    shutil.rmtree(part, ignore_errors=True)
    texts = write_texts(importlib.import_module(kind).decode(paths), part, group, package)
    if not texts:
        sys.exit(f"{package}: no text in {' '.join(paths)}")
    remove_old(output, package, record, {text.group for text in texts})
    for text in texts:
        os.makedirs(os.path.join(output, text.group), exist_ok=True)
        name = os.path.join(text.group, package + ".txt")
        os.replace(os.path.join(part, name), os.path.join(output, name))
    os.makedirs(os.path.dirname(record), exist_ok=True)
    with open(os.path.join(part, "record"), "w") as rows:
        for text in sorted(texts, key=lambda text: text.group):
            print(text.group, package, version, licence, text.lines, text.characters, text.bytes, sep="\t", file=rows)
    os.replace(os.path.join(part, "record"), record)
    shutil.rmtree(part)


if __name__ == "__main__":
    main(*sys.argv[1:])
