"""Pages of HTML: the text of their blocks, without titles, scripts, code and links to other pages of the book. A page
is a document, together with earlier versions of it."""

import html.parser
import os
import re

from plain import decoded, squeezed

# In the book on anarchism: "append136" is what "secF6" once was.
EARLIER = [(re.compile("append13"), "secF"), (re.compile("append41"), "secH5"), (re.compile("append43"), "secH6")]
LISTS = {"alinks", "arlinks", "biblio"}  # of links and books
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
        name = os.path.basename(path).removesuffix(".html")
        if name in LISTS:
            continue
        for earlier, later in EARLIER:
            name = earlier.sub(later, name)
        page = Page()
        with open(path, "rb") as file:
            page.feed(decoded(file.read()))
        page.close()
        page.end_paragraph()
        for paragraph in page.paragraphs:
            yield name.lower(), paragraph
