"""The dictionary of trans-de-en: 'German | German :: English; English | English', remarks in brackets of all kinds.
Documents are buckets of the first German word."""

import re

from plain import bucket, squeezed

BUCKETS = 16
REMARK = re.compile(r"\([^()]*\)|\[[^\[\]]*\]|\{[^{}]*\}|<[^<>]*>|(?<!\S)/[^/]*/")
ARTICLE = re.compile(r"(?:der|die|das|ein|eine|einen|etw\.|jdn?m?\.|sich|zu|in|im|\W)+ (?=.)", re.I)
# "sb.", "sth./sb.'s", "rake/haul/drag": written out, of several words the first.
SHORT = re.compile(r"\b(?:sth|sb)\.")
CHOICE = re.compile(r"(?<!\S)(?!and/or\b)([\w'.-]+)(?:/[\w'.-]*[\w'-])+")


def written_out(phrase):
    phrase = SHORT.sub(lambda match: "something" if match[0].startswith("sth") else "somebody", phrase)
    return CHOICE.sub(r"\1", phrase)


def phrases(english):
    previous = None
    while previous != english:  # brackets within brackets
        previous, english = english, REMARK.sub("", english)
    for phrase in re.split(r"[|;]", english):
        phrase = written_out(squeezed(phrase))
        if phrase.count(" ") >= 2 and "/" not in phrase.replace("and/or", ""):
            yield phrase


def decode(paths):
    for path in paths:
        with open(path, encoding="utf-8", errors="replace") as lines:
            for line in lines:
                german, separator, english = line.partition("::")
                if separator and not german.startswith("#"):
                    document = bucket(ARTICLE.sub("", german, count=1), BUCKETS)
                    for phrase in phrases(english):
                        yield document, phrase
