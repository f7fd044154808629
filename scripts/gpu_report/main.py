"""The report of scripts/gpu_report.sh, stage after stage."""

import argparse
import os
import sys
import traceback

import bundle
import document
import libraries
import stages
from runner import Runner

SECONDS = 530  # for all


def report(root, build, out, seconds=SECONDS):
    """The exit status: 0 if nothing failed."""
    runner = Runner(root, build, out, seconds)
    programs = [os.path.join(build, name) for name in bundle.PROGRAMS + bundle.tests_of(build)]
    path, missing = libraries.search_path([name for name in programs if os.path.exists(name)], build)
    runner.our_environment = dict(os.environ, FAVRAS_FIXTURES=os.path.join(root, "tests", "fixtures"))
    if path:
        runner.our_environment["LD_LIBRARY_PATH"] = path
    if missing:
        print(f"gpu_report.sh: nowhere to be found: {', '.join(missing)}; going on", file=sys.stderr)
    machine = stages.look_at_machine(runner, missing)
    if not machine["devices"]:
        print(f"gpu_report.sh: no CUDA device: {machine['no_device']}", file=sys.stderr)
        return 1
    for name, stage in stages.ALL:
        print(f"{name} ...", file=sys.stderr, flush=True)
        try:
            stage(runner)
        except Exception:  # the next stage may do better
            traceback.print_exc()
            runner.records[-1].update(status="failed", why=traceback.format_exc().splitlines()[-1])
        written = document.write(machine, runner.records, out)
        print(f"  {runner.records[-1]['status']}, {runner.records[-1]['seconds']} s", file=sys.stderr, flush=True)
    print(f"Wrote {' and '.join(written)}")
    return 0 if all(record["status"] in ("ok", "not run") for record in runner.records) else 1


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--root", required=True)
    parser.add_argument("--build", required=True)
    parser.add_argument("--out", required=True)
    arguments = parser.parse_args()
    sys.exit(report(arguments.root, arguments.build, arguments.out))
