#!/usr/bin/env python3
"""One training step of the reference workload in PyTorch, written as its users would write it for speed:
nn.LSTM(layers=2), fused Adam, autocast for bf16, nothing read back between steps.

What differs from ours, at the same arithmetic:
- nn.LSTM drops out between its layers only; the decoder's top output is dropped by a Dropout of its own. The
  encoder's top output is read by nobody, here as there.
- nn.LSTM has two biases a layer. Masks come from PyTorch's generator, not from counters.
- padded mode runs over the padding of short rows (their encoder states are then those past their ends);
  packed mode honours lengths in the encoder and the decoder, as ours does. With full lengths, the default,
  the two compute the same.
- bf16 is autocast: products in bf16, softmax, loss, master weights and Adam in fp32. PyTorch chooses the LSTMs' type
  (versions differ on CUDA: bf16 or fp16); "lstm_type" says which it was.
- On CUDA, tf32 allows TF32 in products and in cuDNN; fp32 forbids it in both.
"""

import argparse
import json
import platform
import statistics
import time

import torch
import workload
from torch import nn
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence

PAD, GO, FIRST_CHARACTER = 0, 1, 4


class Seq2Seq(nn.Module):
    def __init__(self, options):
        super().__init__()
        dropout = 1.0 - options.keep_probability
        hidden, layers = options.rnn_size, options.num_layers
        between = dropout if layers > 1 else 0.0
        self.encoder_embedding = nn.Embedding(options.vocabulary, options.embedding_size)
        self.encoder = nn.LSTM(options.embedding_size, hidden, layers, dropout=between)
        self.decoder_embedding = nn.Embedding(options.vocabulary, options.embedding_size)
        self.decoder = nn.LSTM(options.embedding_size, hidden, layers, dropout=between)
        self.dropout = nn.Dropout(dropout)
        self.output = nn.Linear(hidden, options.vocabulary)

    def forward(self, batch, packed):
        source = self.encoder_embedding(batch["source"])
        decoder_input = self.decoder_embedding(batch["decoder_input"])
        if packed:
            source = pack_padded_sequence(source, batch["source_lengths"], enforce_sorted=False)
            decoder_input = pack_padded_sequence(decoder_input, batch["target_lengths"], enforce_sorted=False)
        _, states = self.encoder(source)
        y, _ = self.decoder(decoder_input, states)
        self.lstm_type = str((y.data if packed else y).dtype).removeprefix("torch.")
        if packed:
            y, _ = pad_packed_sequence(y, total_length=batch["target"].shape[0])
        return self.output(self.dropout(y))


def parse_options():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--device", choices=("cpu", "cuda"), default="cpu")
    parser.add_argument("--precision", choices=("fp32", "tf32", "bf16"), default="fp32")
    parser.add_argument("--mode", choices=("padded", "packed"), default="padded")
    parser.add_argument("--compile", action="store_true", help="the model by torch.compile")
    parser.add_argument("--lengths", choices=("full", "mixed"), default="full", help="mixed: from 5 to full")
    parser.add_argument("--threads", type=int, default=torch.get_num_threads())
    workload.add_options(parser)
    parser.add_argument("--learning-rate", type=float, default=0.001)
    options = parser.parse_args()
    if options.precision == "tf32" and options.device == "cpu":
        parser.error("--precision tf32 is for --device cuda")
    if options.device == "cuda" and not torch.cuda.is_available():
        parser.error("--device cuda: PyTorch finds no CUDA device")
    return options


def draw_batch(options):
    batch = {}
    for side, length in (("source", options.source_length), ("target", options.target_length)):
        lengths = torch.full((options.batch_size,), length)
        if options.lengths == "mixed":
            lengths = torch.randint(min(5, length), length + 1, (options.batch_size,))
        ids = torch.randint(FIRST_CHARACTER, options.vocabulary, (length, options.batch_size))
        past_the_end = torch.arange(length)[:, None] >= lengths[None]
        batch[side] = ids.masked_fill(past_the_end, PAD).to(options.device)
        batch[f"{side}_lengths"] = lengths  # packing wants them on the host
    batch["decoder_input"] = batch["target"].roll(1, 0)
    batch["decoder_input"][0] = GO
    return batch


def train(options):
    """Seconds of every measured step, the last step's loss, and what type the LSTMs computed in."""
    model = Seq2Seq(options).to(options.device)
    run = torch.compile(model) if options.compile else model
    optimizer = torch.optim.Adam(model.parameters(), options.learning_rate, fused=True)
    batch = draw_batch(options)
    bf16 = options.precision == "bf16"
    marks = []
    for step in range(options.warmup + options.steps):
        if step == options.warmup:
            marks.append(mark(options.device))
        optimizer.zero_grad(set_to_none=True)
        with torch.autocast(options.device, torch.bfloat16, enabled=bf16):
            logits = run(batch, options.mode == "packed")
            loss = nn.functional.cross_entropy(
                logits.flatten(0, 1), batch["target"].flatten(), ignore_index=PAD
            )
        loss.backward()
        nn.utils.clip_grad_value_(model.parameters(), 5.0)
        optimizer.step()
        if step >= options.warmup:
            marks.append(mark(options.device))
    if options.device == "cuda":
        torch.cuda.synchronize()
    return [seconds_between(*pair) for pair in zip(marks, marks[1:])], loss.item(), model.lstm_type


def mark(device):
    if device == "cpu":
        return time.perf_counter()
    event = torch.cuda.Event(enable_timing=True)
    event.record()
    return event


def seconds_between(first, second):
    return second - first if isinstance(first, float) else first.elapsed_time(second) / 1000


def machine(device):
    if device == "cuda":
        return torch.cuda.get_device_name()
    with open("/proc/cpuinfo") as file:
        names = [line.split(":", 1)[1].strip() for line in file if line.startswith("model name")]
    return names[0] if names else platform.machine()


def main():
    options = parse_options()
    torch.manual_seed(1)
    torch.set_num_threads(options.threads)
    allow_tf32 = options.precision == "tf32"
    torch.backends.cuda.matmul.allow_tf32 = torch.backends.cudnn.allow_tf32 = allow_tf32
    seconds, loss, lstm_type = train(options)
    result = {
        "system": f"PyTorch {torch.__version__}",
        "machine": machine(options.device),
        "threads": options.threads,
        **{name: getattr(options, name) for name in ("device", "precision", "mode", "compile", "lengths")},
        "batch_size": options.batch_size,
        "steps": options.steps,
        "seconds_median": statistics.median(seconds),
        "seconds_min": min(seconds),
        "loss": loss,
        "lstm_type": lstm_type,
    }
    if options.device == "cuda":
        result["tf32_allowed"] = allow_tf32
        result["cuda"] = torch.version.cuda
        result["cudnn"] = torch.backends.cudnn.version()
    if options.json:
        print(json.dumps(result))
        return
    tf32 = f", TF32 {'allowed' if allow_tf32 else 'off'}" if options.device == "cuda" else ""
    print(
        f"{result['system']}, {options.device} {options.precision} {options.mode}{tf32}: median "
        f"{result['seconds_median']:.4f} s a step, min {result['seconds_min']:.4f} s ({options.steps} steps, "
        f"{options.threads} threads, {result['machine']}, loss {loss:.4f})"
    )


if __name__ == "__main__":
    main()
