"""That the tests leave out every barrier of kernels/ in turn: PROGRAM, the emulated kernels' tests, says which it
tries (tests/simt/every_barrier.h); the sources say which there are."""

import argparse
import re
import subprocess
import sys
from pathlib import Path

BARRIER = re.compile(r"__syncthreads\w*\s*\(|__syncwarp\s*\(|\.sync\s*\(|__threadfence\w*\s*\(")


def sites_in(name, text):
    """The barriers of a source, as "name:line", and lines that hold more than one."""
    sites, crowded = set(), []
    for number, line in enumerate(text.splitlines(), 1):
        found = BARRIER.findall(line.split("//")[0])
        if found:
            sites.add(f"{name}:{number}")
        if len(found) > 1:
            crowded.append(f"{name}:{number}: the emulation cannot tell barriers on one line apart")
    return sites, crowded


def untried(sites, tried):
    return [f"{site}: no test tries to leave this barrier out" for site in sorted(sites - tried)]


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--root", required=True, type=Path, help="the project's")
    parser.add_argument("program")
    arguments = parser.parse_args()

    sites, wrong = set(), []
    for source in sorted((arguments.root / "kernels").rglob("*")):
        if source.suffix in (".cu", ".h"):
            found, crowded = sites_in(source.relative_to(arguments.root).as_posix(), source.read_text())
            sites |= found
            wrong += crowded
    # Only the test cases named after a barrier.
    run = subprocess.run([arguments.program, "--run_test=*barrier*", "--log_level=message"], capture_output=True,
                         text=True)
    if run.returncode != 0:
        wrong.append(f"{arguments.program} fails\n{run.stdout}{run.stderr}")
    tried = set(re.findall(rf"tried to leave out {re.escape(str(arguments.root))}/(kernels/\S+:\d+)", run.stdout))
    wrong += untried(sites, tried)
    wrong += [f"{site}: left out by a test, but no barrier is there" for site in sorted(tried - sites)]
    for what in wrong:
        print(what)
    print(f"report: {len(sites)} barrier sites in kernels/, {len(sites & tried)} left out in turn by tests")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
