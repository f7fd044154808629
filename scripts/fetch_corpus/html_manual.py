"""A program's manual as pages of HTML: the sentences of their paragraphs and lists. Code among them becomes a "#", and
`prepare` leaves out the pieces of sentences that have one. Documents are buckets of the pages' names."""

import os
import re

from html_pages import Page
from plain import bucket, decoded, squeezed

BUCKETS = 16
CODE = {"code", "tt", "samp", "kbd", "var"}
SPOKEN = re.compile(r"[a-z]+(?: [a-z]+)*")  # "read committed": reads like any other words
SENTENCE_END = re.compile(r"[.?!:;][\"'”’)]*$")
NAME_OF_CODE = re.compile(r"\S*(?:_|\(\)|::)\S*")


class ManualPage(Page):
    def __init__(self):
        super().__init__()
        self.code_tag, self.code = None, []

    def end_code(self):
        if self.code_tag:
            code, self.code_tag, self.code = squeezed("".join(self.code)), None, []
            self.handle_data(code if SPOKEN.fullmatch(code) else "#")

    def end_paragraph(self):
        self.end_code()  # what nobody ended
        super().end_paragraph()

    def handle_starttag(self, tag, attributes):
        super().handle_starttag(tag, attributes)
        if tag in CODE and not self.code_tag:
            self.code_tag = tag

    def handle_endtag(self, tag):
        if tag == self.code_tag:
            self.end_code()
        super().handle_endtag(tag)

    def handle_data(self, data):
        if self.code_tag:
            self.code.append(data)
        else:
            super().handle_data(data)


def decode(paths):
    for path in paths:
        page = ManualPage()
        with open(path, "rb") as file:
            page.feed(decoded(file.read()))
        page.close()
        page.end_paragraph()
        name = os.path.basename(path).removesuffix(".html")
        for paragraph in page.paragraphs:
            paragraph = paragraph.rstrip("¶")  # a link to itself
            if SENTENCE_END.search(paragraph):  # neither a heading nor a list of links
                yield bucket(name, BUCKETS), NAME_OF_CODE.sub("#", paragraph)
