"""Dictionaries of dictd: X.dict.dz, which is gzip, beside X.index, a line an entry: word, offset, size. Documents are
buckets of words."""

import gzip
import re

from plain import bucket, decoded, paragraphs, squeezed

BUCKETS = {"gcide": 64}  # as many as WordNet has
OTHER_BUCKETS = 16
DIGITS = {digit: value for value, digit in
          enumerate("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/")}
SOURCE = re.compile(r"\[[^\[\]]*(?:Webster|WordNet|PJC|Century Dict\.)[^\[\]]*\]|\[[A-Z]{2,4}\]")
LETTERS = {"['e]": "é", "[`e]": "è", "[^e]": "ê", "['a]": "á", "[`a]": "à", "[^a]": "â", "[^o]": "ô", "[^i]": "î",
           '["o]': "ö", '["u]': "ü", '["a]': "ä", '["e]': "ë", '["i]': "ï", "[~n]": "ñ", "[,c]": "ç", "[ae]": "ae",
           "[oe]": "oe", "[AE]": "AE", "[OE]": "OE", "[deg]": "°"}
LETTER = re.compile(r"\[[^\[\]]{2,3}\]")
SOUND = re.compile(r"\[[^\[\]\w]?[A-Za-z]{1,2}[^\[\]\w]?\]|\w\[|\]\w|\\|[*`]\w")  # left over: how a word is spoken
# "[Obs.]", "[Colloq., U. S.]", "[2]", and "(Bot.)", "(Eng. Law)": of usage, sense and field.
REMARK = re.compile(r"\s*\[(?:\d+|[A-Z][^\[\]]*\.|[Ss]lang|[A-Z][a-z]+)\]|"
                    r"\s*\((?=[^()]*\.)(?:[A-Z][a-z]*\.?(?: (?:& )?|(?=\))))+\)")
NOTE = re.compile(r"\[[^\[\]]*\]\.?")  # where it is a whole paragraph: references
# At the end: "--Shak.", "-- {Dichotomously}, adv."
AUTHOR = re.compile(r"\s*--\s?(?:(?:\d )?[A-Z][^\"]{0,40}|\{[^}]*\}, [a-z. ]+)$")
LABELS = re.compile(r"(?:\d+\. |\d (?=[a-z])|\([a-z]\) |\([A-Z][A-Za-z.,& ]*\) |<[a-z, -]+> |\([A-Z0-9]+\) |/[^/]+/ |"
                    r"(?:Note|Usage|Hence|Fig|Specif|pl|n|a|v\. [it])(?:\.|[:,;]|\.:) )+")
SENSE = re.compile(r"\s*(?:\([a-h]\) (?=[A-Z\"'(])|-- (?:n|a|adv|v)\.(?: [it]\.)?(?: sing\. & pl\.)? )")
LIST = re.compile(r"(?:Syn|Compare|Ant): |"
                  r"(?:obs\. )?(?:p\. p|imp|compar|superl|pl|pres|p\. pr)\. .{0,40}\bof [A-Z]\w+\.$|"
                  r"[^a-z]*\(Narrower terms|\([^)]*\), [a-z]{1,3}\.")
REFERENCE = re.compile(r"(?:^|(?<=[.?!\"']) )(?:See|Same as|Cf\.) [^.]{1,60}\.$")
DATE = re.compile(r"\(\d{4}(?:-\d\d)+\)|\(\d{4}\)")


def number(text):
    value = 0
    for digit in text:
        value = value * 64 + DIGITS[digit]
    return value


def entries(path):
    """Each entry once, though several words may lead to it."""
    with gzip.open(path) as file:
        data = file.read()
    with open(path.removesuffix(".dict.dz") + ".index", encoding="utf-8", errors="replace") as index:
        fields = [line.rstrip("\n").split("\t") for line in index]
    about = {(number(at), number(size)) for word, at, size in fields if word.startswith("00")}
    for at, size in sorted({(number(at), number(size)) for word, at, size in fields} - about):
        yield decoded(data[at:at + size]).strip("\n")


def body(entry):
    """Without the words explained, which start a line, and what stands in brackets about them."""
    lines = entry.split("\n")
    at, depth = 0, 0
    while at < len(lines) and (lines[at][:1].strip() or depth > 0):
        depth += lines[at].count("[") - lines[at].count("]")
        at += 1
        if at < len(lines) and not lines[at].strip():
            break
    return "\n".join(lines[at:])


def senses(lines):
    """The parts of a paragraph that stand for themselves, cleaned."""
    text = SOURCE.sub(" ", squeezed(" ".join(lines))).strip()
    text = LETTER.sub(lambda match: LETTERS.get(match[0], match[0]), text)
    for sense in SENSE.split(REMARK.sub("", text).replace(",,", ",")):
        sense = AUTHOR.sub("", squeezed(sense))
        sense = LABELS.sub("", sense, count=1) if LABELS.match(sense) else sense
        sense = REFERENCE.sub("", squeezed(DATE.sub(" ", re.sub(r"[{}]", "", sense))))
        if sense and not (SOUND.search(sense) or LIST.match(sense) or NOTE.fullmatch(sense)):
            yield sense


def decode(paths):
    for path in paths:
        count = BUCKETS.get(path.rpartition("/")[2].removesuffix(".dict.dz"), OTHER_BUCKETS)
        for entry in entries(path):
            word = entry.partition("\n")[0].partition(" \\")[0]
            for lines in paragraphs(body(entry)):
                for text in senses(lines):
                    yield bucket(word, count), text
