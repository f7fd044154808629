"""The options of the programs that train the reference workload in other frameworks."""


def add_options(parser):
    parser.add_argument("--steps", type=int, default=10)
    parser.add_argument("--warmup", type=int, default=2)
    parser.add_argument("--batch-size", type=int, default=128)
    parser.add_argument("--source-length", type=int, default=60)
    parser.add_argument("--target-length", type=int, default=61)
    parser.add_argument("--vocabulary", type=int, default=80)
    parser.add_argument("--embedding-size", type=int, default=512)
    parser.add_argument("--rnn-size", type=int, default=512)
    parser.add_argument("--num-layers", type=int, default=2)
    parser.add_argument("--keep-probability", type=float, default=0.7)
    parser.add_argument("--json", action="store_true", help="print a JSON object instead of a line")
