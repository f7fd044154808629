"""Usage: safetensors_python_test.py FROM TO. Copies a safetensors file by way of Python's safetensors, and prints
what it saw in it: a line of metadata or of a tensor each, sorted, texts as JSON."""

import json
import sys

import safetensors
import safetensors.numpy

source, target = sys.argv[1:]
lines = []
with safetensors.safe_open(source, framework="numpy") as file:
    metadata = file.metadata() or {}
    lines += [f"metadata {json.dumps([key, text])}" for key, text in metadata.items()]
    tensors = {name: file.get_tensor(name) for name in file.keys()}
with open(source, "rb") as file:
    for name, entry in safetensors.deserialize(file.read()):
        data = bytes(entry["data"])
        lines.append(f"tensor {json.dumps([name, entry['dtype'], entry['shape'], data.hex()])}")
        assert tensors[name].tobytes() == data and list(tensors[name].shape) == list(entry["shape"])
safetensors.numpy.save_file(tensors, target, metadata)
sys.stdout.write("".join(sorted(line + "\n" for line in lines)))
