"""Usage: model_python_test.py MODEL.safetensors < LINES. What Python's safetensors finds in a model: names, shapes
and whether all is zero, sorted; then what the equations of nn.LSTM and of attention, written out with numpy, make of each line."""

import json
import math
import sys

import numpy as np
import safetensors

GO, UNK, FIRST_CHARACTER = 1, 3, 4
ENDS = (0, 1, 2)  # EOS; PAD and GO, which no line holds



def to_numpy(tensor):
    """numpy has no bfloat16: the upper half of a float32."""
    if tensor["dtype"] == "BF16":
        values = (np.frombuffer(tensor["data"], np.uint16).astype(np.uint32) << 16).view(np.float32)
    else:
        assert tensor["dtype"] == "F32"
        values = np.frombuffer(tensor["data"], np.float32)
    return values.reshape(tensor["shape"])


with safetensors.safe_open(sys.argv[1], framework="numpy") as file:
    metadata = file.metadata()
with open(sys.argv[1], "rb") as file:
    tensors = {name: to_numpy(tensor) for name, tensor in safetensors.deserialize(file.read())}
for name, tensor in sorted(tensors.items()):
    print(name, list(tensor.shape), "" if tensor.any() else "zero")

configuration = json.loads(metadata["configuration"])
layers, attends = configuration["num_layers"], configuration["architecture"] == "attention"
characters = json.loads(metadata["vocabulary"])["characters"]
weights = {name: tensor.astype(np.float64) for name, tensor in tensors.items()}


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


def cell(part, layer, x, h, c):
    """The new h and c of one layer; `layer` may end in _reverse."""
    w = {kind: weights[f"{part}.lstm.{kind}_l{layer}"] for kind in ("weight_ih", "weight_hh", "bias_ih", "bias_hh")}
    i, f, g, o = np.split(w["weight_ih"] @ x + w["bias_ih"] + w["weight_hh"] @ h + w["bias_hh"], 4)
    c = sigmoid(f) * c + sigmoid(i) * np.tanh(g)
    return sigmoid(o) * np.tanh(c), c


def walk(layer, inputs):
    """What a layer of the encoder writes for each input, and its last h and c."""
    zero = np.zeros(weights[f"encoder.lstm.weight_hh_l{layer}"].shape[1])
    h, c, outputs = zero, zero, []
    for x in inputs:
        h, c = cell("encoder", layer, x, h, c)
        outputs.append(h)
    return outputs, h, c


def encode(tokens):
    """The decoder's first states, and the outputs of the top layer."""
    inputs, states = [weights["encoder.embedding.weight"][token] for token in tokens], []
    for layer in range(layers):
        outputs, h, c = walk(layer, inputs)
        if attends:
            backwards, h_back, c_back = walk(f"{layer}_reverse", inputs[::-1])
            outputs = [np.concatenate(both) for both in zip(outputs, backwards[::-1])]
            h, c = np.concatenate([h, h_back]), np.concatenate([c, c_back])
        inputs = outputs
        states.append((h, c))
    return states, inputs


def attended(h, memory):
    context = np.zeros_like(h)
    if memory:
        rows = np.array(memory)
        scores = rows @ h
        shares = np.exp(scores - scores.max())
        context = shares / shares.sum() @ rows
    return np.tanh(weights["attention.weight"] @ np.concatenate([context, h]) + weights["attention.bias"])


def decode(line):
    places = [characters.find(character) for character in line]
    states, memory = encode([UNK if place < 0 else FIRST_CHARACTER + place for place in places])
    text, token = "", GO
    for _ in range(math.ceil(1.5 * len(line)) + 10):
        x = weights["decoder.embedding.weight"][token]
        for layer, (h, c) in enumerate(states):
            states[layer] = cell("decoder", layer, x, h, c)
            x = states[layer][0]
        if attends:
            x = attended(x, memory)
        token = int(np.argmax(weights["output.weight"] @ x + weights["output.bias"]))
        if token in ENDS:
            break
        text += "\ufffd" if token == UNK else characters[token - FIRST_CHARACTER]
    return text


for line in sys.stdin:
    print(decode(line.rstrip("\n")))
