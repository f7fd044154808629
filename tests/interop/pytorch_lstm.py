#!/usr/bin/env python3
"""PyTorch takes our models: opens a model.safetensors with Python's safetensors, loads its LSTM weights into
torch.nn.LSTM as they are, and decodes lines greedily.

    pytorch_lstm.py MODEL.safetensors < LINES

A line of output for a line of input. Each line goes through the model whole; `seq2seq correct` does the same
with lines that are no longer than the model's and hold only its characters.
"""

import argparse
import json
import math
import sys
import unicodedata

import torch
from safetensors import safe_open

GO, UNK, FIRST_CHARACTER = 1, 3, 4
ENDS = (0, 1, 2)  # EOS, and PAD and GO, which no line holds


class Model:
    def __init__(self, path):
        with safe_open(path, framework="pt") as file:
            metadata = file.metadata()
            self.tensors = {name: file.get_tensor(name).float() for name in file.keys()}
        configuration = json.loads(metadata["configuration"])
        self.characters = json.loads(metadata["vocabulary"])["characters"]
        self.id_of = {character: FIRST_CHARACTER + i for i, character in enumerate(self.characters)}
        hidden, layers = configuration["rnn_size"], configuration["num_layers"]
        self.attends = configuration.get("architecture") == "attention"
        self.encoder = self.lstm("encoder", configuration["encoding_embedding_size"],
                                 hidden // 2 if self.attends else hidden, layers, bidirectional=self.attends)
        self.decoder = self.lstm("decoder", configuration["decoding_embedding_size"], hidden, layers)

    def lstm(self, part, input_size, hidden, layers, bidirectional=False):
        prefix = f"{part}.lstm."
        module = torch.nn.LSTM(input_size, hidden, layers, bidirectional=bidirectional)
        state = {name.removeprefix(prefix): t for name, t in self.tensors.items() if name.startswith(prefix)}
        module.load_state_dict(state, strict=True)
        return module.eval()

    def embed(self, part, ids):
        return self.tensors[f"{part}.embedding.weight"][torch.tensor(ids)]

    def encode(self, source):
        """The outputs [T, hidden] and the decoder's first states [layers, hidden]."""
        memory, states = self.encoder(self.embed("encoder", source))
        if self.attends:  # both ways of a layer side by side
            states = tuple(s.reshape(s.shape[0] // 2, -1) for s in states)
        return memory, states

    def next_id(self, previous, memory, states):
        y, states = self.decoder(self.embed("decoder", [previous]), states)
        if self.attends:
            context = torch.softmax(y @ memory.T, dim=1) @ memory
            both = torch.cat([context, y], dim=1)
            y = torch.tanh(both @ self.tensors["attention.weight"].T + self.tensors["attention.bias"])
        logits = y[-1] @ self.tensors["output.weight"].T + self.tensors["output.bias"]
        return int(logits.argmax()), states

    def decode(self, line):
        source = [self.id_of.get(c, UNK) for c in unicodedata.normalize("NFC", line)]
        if not source:
            return ""
        memory, states = self.encode(source)
        text, previous = "", GO
        for _ in range(math.ceil(1.5 * len(source)) + 10):
            previous, states = self.next_id(previous, memory, states)
            if previous in ENDS:
                break
            text += "\ufffd" if previous == UNK else self.characters[previous - FIRST_CHARACTER]
        return text


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("model")
    options = parser.parse_args()
    sys.stdin.reconfigure(encoding="utf-8")
    sys.stdout.reconfigure(encoding="utf-8")
    model = Model(options.model)
    with torch.no_grad():
        for line in sys.stdin:
            print(model.decode(line.rstrip("\n")))


if __name__ == "__main__":
    main()
