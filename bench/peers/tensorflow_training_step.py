#!/usr/bin/env python3
"""One training step of the reference workload in TensorFlow, as keras' users would write it for speed: keras' LSTM
layers, the whole step one tf.function, with --xla compiled by XLA.

What differs from ours, at the same arithmetic: dropout has layers of its own, masks come from TensorFlow's generator,
and --precision bf16 is keras' mixed_bfloat16. All lines have full length.
"""

import argparse
import json
import os
import statistics
import time

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")

import keras  # noqa: E402
import tensorflow as tf  # noqa: E402
import workload  # noqa: E402

PAD, GO, FIRST_CHARACTER = 0, 1, 4


class Seq2Seq(keras.Model):
    def __init__(self, options):
        super().__init__()
        self.encoder_embedding, self.decoder_embedding = (
            keras.layers.Embedding(options.vocabulary, options.embedding_size) for _ in range(2))
        self.encoder_stack, self.decoder_stack = (
            [keras.layers.LSTM(options.rnn_size, return_sequences=True, return_state=True)
             for _ in range(options.num_layers)] for _ in range(2))
        self.dropout = keras.layers.Dropout(1.0 - options.keep_probability)
        self.output_layer = keras.layers.Dense(options.vocabulary, dtype="float32")

    def call(self, source, decoder_input):
        x, states = self.encoder_embedding(source), []
        for number, lstm in enumerate(self.encoder_stack):
            x, *state = lstm(self.dropout(x, training=True) if number else x)
            states.append(state)
        y = self.decoder_embedding(decoder_input)
        for number, (lstm, state) in enumerate(zip(self.decoder_stack, states)):
            y, *_ = lstm(self.dropout(y, training=True) if number else y, initial_state=state)
        return self.output_layer(self.dropout(y, training=True))


def parse_options():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--precision", choices=("fp32", "bf16"), default="fp32")
    parser.add_argument("--xla", action="store_true")
    workload.add_options(parser)
    return parser.parse_args()


def draw(options, length):
    return tf.random.uniform((options.batch_size, length), FIRST_CHARACTER, options.vocabulary, tf.int32, seed=1)


def train(options):
    """Seconds of every measured step, and the last step's loss."""
    model = Seq2Seq(options)
    optimizer = keras.optimizers.Adam(0.001, clipvalue=5.0)
    loss_of = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    source, target = draw(options, options.source_length), draw(options, options.target_length)
    decoder_input = tf.concat([tf.fill((options.batch_size, 1), GO), target[:, :-1]], axis=1)

    @tf.function(jit_compile=options.xla)
    def step():
        with tf.GradientTape() as tape:
            loss = loss_of(target, model(source, decoder_input))
        gradients = tape.gradient(loss, model.trainable_variables)
        optimizer.apply_gradients(zip(gradients, model.trainable_variables))
        return loss

    model(source, decoder_input)
    optimizer.build(model.trainable_variables)
    seconds = []
    for _ in range(options.warmup + options.steps):
        start = time.perf_counter()
        loss = float(step())
        seconds.append(time.perf_counter() - start)
    return seconds[options.warmup:], loss


def main():
    options = parse_options()
    keras.utils.set_random_seed(1)
    if options.precision == "bf16":
        keras.mixed_precision.set_global_policy("mixed_bfloat16")
    seconds, loss = train(options)
    result = {
        "system": f"TensorFlow {tf.__version__}",
        "precision": options.precision,
        "xla": options.xla,
        "steps": options.steps,
        "seconds_median": statistics.median(seconds),
        "seconds_min": min(seconds),
        "loss": loss,
    }
    if options.json:
        print(json.dumps(result))
        return
    print(f"{result['system']}, {options.precision}{', XLA' if options.xla else ''}: median "
          f"{result['seconds_median']:.4f} s a step, min {result['seconds_min']:.4f} s, loss {loss:.4f}")


if __name__ == "__main__":
    main()
