#!/usr/bin/env python3
"""The letter-sorting run in PyTorch: `seq2seq train` on `--task sort` data, as a PyTorch user would write it.

    pytorch_sort.py DIR        DIR holds train.tsv and validation.tsv (prepare --task sort --output DIR)

The small hyper-parameters: 60 epochs, batch 128, LSTM 50 x 2 in the encoder and the decoder, embeddings 15,
keep 0.7 on every layer's output, Adam 0.001, gradient elements clipped to [-5, 5]. The initial weights are
PyTorch's own.
The encoder reads packed rows; the decoder runs over padding, which the loss ignores. Reports the seconds of
training (reading, loading PyTorch and evaluating are not in them) and the exact share of the held-out lines.
"""

import argparse
import json
import math
import os
import time

import torch
from torch import nn
from torch.nn.utils.rnn import pack_padded_sequence

PAD, GO, EOS, UNK, FIRST_CHARACTER = 0, 1, 2, 3, 4
RNN_SIZE, NUM_LAYERS, EMBEDDING_SIZE = 50, 2, 15
BATCH_SIZE, KEEP_PROBABILITY, LEARNING_RATE, CLIP = 128, 0.7, 0.001, 5.0


class Seq2Seq(nn.Module):
    def __init__(self, vocabulary):
        super().__init__()
        dropout = 1.0 - KEEP_PROBABILITY
        self.encoder_embedding = nn.Embedding(vocabulary, EMBEDDING_SIZE)
        self.encoder = nn.LSTM(EMBEDDING_SIZE, RNN_SIZE, NUM_LAYERS, dropout=dropout)
        self.decoder_embedding = nn.Embedding(vocabulary, EMBEDDING_SIZE)
        self.decoder = nn.LSTM(EMBEDDING_SIZE, RNN_SIZE, NUM_LAYERS, dropout=dropout)
        self.dropout = nn.Dropout(dropout)
        self.output = nn.Linear(RNN_SIZE, vocabulary)

    def encode(self, source, lengths):
        packed = pack_padded_sequence(self.encoder_embedding(source), lengths, enforce_sorted=False)
        return self.encoder(packed)[1]

    def decode(self, ids, states):
        y, states = self.decoder(self.decoder_embedding(ids), states)
        return self.output(self.dropout(y)), states


class Pairs:
    """The lines of a file as padded, time-major ids."""

    def __init__(self, path, id_of):
        with open(path, encoding="utf-8") as file:
            self.lines = [line.rstrip("\n").split("\t") for line in file]
        sources = [[id_of.get(c, UNK) for c in source] for source, _ in self.lines]
        targets = [[id_of.get(c, UNK) for c in target] for _, target in self.lines]
        self.lengths = torch.tensor([len(ids) for ids in sources])
        self.source = padded(sources)
        self.target = padded([ids + [EOS] for ids in targets])
        self.decoder_input = padded([[GO] + ids for ids in targets])


def padded(rows):
    return nn.utils.rnn.pad_sequence([torch.tensor(row) for row in rows], padding_value=PAD)


def characters_of(path):
    with open(path, encoding="utf-8") as file:
        return sorted(set(file.read()) - {"\t", "\n"})


def train(model, pairs, epochs):
    optimizer = torch.optim.Adam(model.parameters(), LEARNING_RATE, fused=True)
    model.train()
    for epoch in range(epochs):
        for rows in torch.randperm(len(pairs.lines)).split(BATCH_SIZE):
            optimizer.zero_grad(set_to_none=True)
            states = model.encode(pairs.source[:, rows], pairs.lengths[rows])
            logits, _ = model.decode(pairs.decoder_input[:, rows], states)
            loss = nn.functional.cross_entropy(
                logits.flatten(0, 1), pairs.target[:, rows].flatten(), ignore_index=PAD
            )
            loss.backward()
            nn.utils.clip_grad_value_(model.parameters(), CLIP)
            optimizer.step()
    return loss.item()


@torch.no_grad()
def greedy(model, source, lengths, characters):
    """One line for each column of source."""
    model.eval()
    states = model.encode(source, lengths)
    ids = torch.full((1, source.shape[1]), GO)
    lines, done = [""] * source.shape[1], set()
    for _ in range(math.ceil(1.5 * int(lengths.max())) + 10):
        logits, states = model.decode(ids, states)
        ids = logits.argmax(-1)
        for row, character in enumerate(ids[0].tolist()):
            if character == EOS:
                done.add(row)
            elif row not in done and character >= FIRST_CHARACTER:
                lines[row] += characters[character - FIRST_CHARACTER]
        if len(done) == len(lines):
            break
    return lines


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("data")
    parser.add_argument("--epochs", type=int, default=60)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--threads", type=int, default=torch.get_num_threads())
    parser.add_argument("--json", action="store_true", help="print a JSON object instead of a line")
    options = parser.parse_args()
    torch.manual_seed(options.seed)
    torch.set_num_threads(options.threads)

    train_path = os.path.join(options.data, "train.tsv")
    characters = characters_of(train_path)
    id_of = {character: FIRST_CHARACTER + i for i, character in enumerate(characters)}
    pairs = Pairs(train_path, id_of)
    held_out = Pairs(os.path.join(options.data, "validation.tsv"), id_of)
    model = Seq2Seq(FIRST_CHARACTER + len(characters))
    start = time.perf_counter()
    loss = train(model, pairs, options.epochs)
    seconds = time.perf_counter() - start
    answers = greedy(model, held_out.source, held_out.lengths, characters)
    exact = sum(answer == target for answer, (_, target) in zip(answers, held_out.lines)) / len(answers)

    result = {"system": f"PyTorch {torch.__version__}", "threads": options.threads, "seed": options.seed}
    result |= {"epochs": options.epochs, "training_lines": len(pairs.lines), "held_out_lines": len(answers)}
    result |= {"seconds": seconds, "loss": loss, "sentence_accuracy": exact}
    if options.json:
        print(json.dumps(result))
    else:
        print(
            f"{result['system']}, {options.threads} threads, seed {options.seed}: {options.epochs} epochs of "
            f"{len(pairs.lines)} lines in {seconds:.1f} s; {exact:.1%} of {len(answers)} held-out lines exact"
        )


if __name__ == "__main__":
    main()
