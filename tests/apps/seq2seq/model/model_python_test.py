"""Usage: model_python_test.py MODEL.safetensors < LINES. What Python's safetensors finds in a model: names, shapes
and whether all is zero, sorted; then what the equations of nn.LSTM, written out with numpy, make of each line."""

import json
import math
import sys

import numpy as np
import safetensors

GO, UNK, FIRST_CHARACTER = 1, 3, 4
ENDS = (0, 1, 2)  # EOS; PAD and GO, which no line holds

with safetensors.safe_open(sys.argv[1], framework="numpy") as file:
    metadata = file.metadata()
    tensors = {name: file.get_tensor(name) for name in file.keys()}
for name, tensor in sorted(tensors.items()):
    assert tensor.dtype == np.float32
    print(name, list(tensor.shape), "" if tensor.any() else "zero")

layers = json.loads(metadata["configuration"])["num_layers"]
characters = json.loads(metadata["vocabulary"])["characters"]
weights = {name: tensor.astype(np.float64) for name, tensor in tensors.items()}


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


def step(part, token, states):
    """One character through the layers of encoder or decoder: h of the top one, and the new states."""
    x, new_states = weights[f"{part}.embedding.weight"][token], []
    for layer, (h, c) in enumerate(states):
        w = {kind: weights[f"{part}.lstm.{kind}_l{layer}"] for kind in ("weight_ih", "weight_hh", "bias_ih", "bias_hh")}
        i, f, g, o = np.split(w["weight_ih"] @ x + w["bias_ih"] + w["weight_hh"] @ h + w["bias_hh"], 4)
        c = sigmoid(f) * c + sigmoid(i) * np.tanh(g)
        x = sigmoid(o) * np.tanh(c)
        new_states.append((x, c))
    return x, new_states


def decode(line):
    zero = np.zeros(weights["encoder.lstm.weight_hh_l0"].shape[1])
    states = [(zero, zero)] * layers
    for character in line:
        place = characters.find(character)
        _, states = step("encoder", UNK if place < 0 else FIRST_CHARACTER + place, states)
    text, token = "", GO
    for _ in range(math.ceil(1.5 * len(line)) + 10):
        h, states = step("decoder", token, states)
        token = int(np.argmax(weights["output.weight"] @ h + weights["output.bias"]))
        if token in ENDS:
            break
        text += "\ufffd" if token == UNK else characters[token - FIRST_CHARACTER]
    return text


for line in sys.stdin:
    print(decode(line.rstrip("\n")))
