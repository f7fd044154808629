"""Data that are made in no time and a network that trains as fast, for tests of what goes on around a training."""

import os
import subprocess

SEQ2SEQ = os.environ["FAVRAS_SEQ2SEQ"]


def prepare(folder, strings=300, letters=3):
    """Makes folder/data, so many strings of letters to sort, and gives its path."""
    pairs, data = os.path.join(folder, "pairs.tsv"), os.path.join(folder, "data")
    with open(pairs, "w") as file:
        for n in range(strings):
            word = "".join("abcdef"[n // 6**k % 6] for k in range(letters))
            file.write(f"{word}\t{''.join(sorted(word))}\n")
    subprocess.run([SEQ2SEQ, "prepare", "--pairs", pairs, "--output", data], check=True, capture_output=True)
    return data


def train(data, run):
    """The first words of a command that trains on the data."""
    return [SEQ2SEQ, "train", "--data", data, "--run", run, "--rnn-size", "8", "--encoding-embedding-size", "4",
            "--decoding-embedding-size", "4", "--batch-size", "16", "--threads", "1"]
