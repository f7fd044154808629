"""Line coverage of the device code, which is each source of kernels/ that says __global__ or __device__: runs
PROGRAM, the emulated kernels' tests built with --coverage into OBJECTS, and fails where a line did not run and
EXCEPTIONS does not say why. A line of EXCEPTIONS is `source | the line | reason`."""

import argparse
import json
import re
import subprocess
import sys
from pathlib import Path


def read_exceptions(path):
    rows = [line.split(" | ") for line in path.read_text().splitlines() if line and not line.startswith("#")]
    return {(source.strip(), line.strip()) for source, line, reason in rows if reason.strip()}


def count_lines(objects, root):
    """{source: {line: times run}} for the sources below root/kernels; of a template's instances, any counts."""
    counts = {}
    for data in sorted(objects.rglob("*.gcda")):
        report = subprocess.run(["gcov", "--json-format", "--stdout", data], capture_output=True, text=True,
                                check=True, cwd=objects).stdout
        for file in json.loads(report)["files"]:
            path = Path(objects, file["file"]).resolve()
            if path.is_relative_to(root / "kernels"):
                lines = counts.setdefault(path.relative_to(root).as_posix(), {})
                for line in file["lines"]:
                    number = line["line_number"]
                    lines[number] = max(lines.get(number, 0), line["count"])
    return counts


def judge(sources, counts, exceptions):
    """The percentage of each source's lines that ran, and what is wrong."""
    percentages, wrong, used = {}, [], set()
    for name, text in sources.items():
        lines = counts.get(name, {})
        if not lines:
            if "__global__" in text:
                wrong.append(f"{name}: no line ran; is it among the sources of the emulated tests?")
            continue
        percentages[name] = 100 * sum(count > 0 for count in lines.values()) / len(lines)
        for number in sorted(number for number, count in lines.items() if count == 0):
            line = text.splitlines()[number - 1].strip()
            if (name, line) in exceptions:
                used.add((name, line))
            else:
                wrong.append(f"{name}:{number}: no test runs this line: {line}")
    wrong += [f"{name}: the exception is not needed: {line}" for name, line in sorted(exceptions - used)]
    return percentages, wrong


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--root", required=True, type=Path, help="the project's")
    parser.add_argument("--exceptions", required=True, type=Path)
    parser.add_argument("--objects", required=True, type=Path)
    parser.add_argument("program")
    arguments = parser.parse_args()

    root = arguments.root.resolve()
    for data in arguments.objects.rglob("*.gcda"):
        data.unlink()
    run = subprocess.run([arguments.program], capture_output=True, text=True)
    sources = {}
    for path in sorted((root / "kernels").rglob("*")):
        if path.suffix in (".cu", ".h") and re.search("__global__|__device__", path.read_text()):
            sources[path.relative_to(root).as_posix()] = path.read_text()
    counts = count_lines(arguments.objects.resolve(), root)
    percentages, wrong = judge(sources, counts, read_exceptions(arguments.exceptions))
    if run.returncode != 0:
        wrong.append(f"{arguments.program} fails\n{run.stdout}{run.stderr}")
    lines = [count for name in percentages for count in counts[name].values()]
    print(f"report: {sum(count > 0 for count in lines)} of {len(lines)} lines of device code ran")
    for name, percentage in percentages.items():
        print(f"{percentage:6.1f} %  {name}")
    for what in wrong:
        print(what)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
