"""Pages of HTML: the text of their blocks, without titles, scripts, code and links to other pages of the book."""

import html.parser

from plain import decoded, squeezed

DROPPED = {"head", "script", "style", "pre", "h1", "h2", "h3", "h4", "h5", "h6", "title"}
BLOCKS = {"p", "div", "blockquote", "li", "ul", "ol", "dl", "dt", "dd", "td", "th", "tr", "table", "br", "hr", "center",
          "body"}


class Page(html.parser.HTMLParser):
    def __init__(self):
        super().__init__()
        self.paragraphs, self.text, self.inside = [], [], []

    def end_paragraph(self):
        text = squeezed("".join(self.text))
        self.text = []
        if text:
            self.paragraphs.append(text)

    def handle_starttag(self, tag, attributes):
        is_link = tag == "a" and (dict(attributes).get("class") or "").startswith("page-")
        if tag in DROPPED or is_link:
            self.inside.append(tag)
        if tag in BLOCKS or tag in DROPPED:
            self.end_paragraph()

    def handle_endtag(self, tag):
        if self.inside and self.inside[-1] == tag:
            self.inside.pop()
        if tag in BLOCKS or tag in DROPPED:
            self.end_paragraph()

    def handle_data(self, data):
        if not self.inside:
            self.text.append(data)


def decode(paths):
    for path in paths:
        page = Page()
        with open(path, "rb") as file:
            page.feed(decoded(file.read()))
        page.close()
        page.end_paragraph()
        for paragraph in page.paragraphs:
            yield None, paragraph
