"""That CUDA sources are CUDA: nvcc compiles them for two architectures without a warning and no kernel spills
registers. With --table, also that each kernel has the registers and the shared memory which the table says."""

import argparse
import os
import re
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

ARCHITECTURES = ("75", "90")
REGISTERS = 65536  # of a multiprocessor: what one block can have
HEADER = """\
# What each kernel takes of a multiprocessor: threads of its launch bounds, registers a thread, bytes of static
# shared memory. Written by `cmake --build build --target refresh_kernel_resources`.
"""


def short_name(source, mangled):
    """lstm_cuda.cu's void favras::kernels::cuda::(anonymous namespace)::gates<float, 4>(...) is lstm/gates<float,4>."""
    name = subprocess.run(["c++filt", mangled], capture_output=True, text=True, check=True).stdout.strip()
    name = re.sub(r"^void |\(anonymous namespace\)::|favras::(kernels::)?(cuda::)?", "", name)
    depth = 0
    for at, character in enumerate(name):
        depth += {"<": 1, ">": -1}.get(character, 0)
        if character == "(" and depth == 0:
            name = name[:at]
            break
    return source.stem.removesuffix("_cuda") + "/" + name.replace(" ", "")


def number(pattern, text, default=None):
    found = re.search(pattern, text)
    return int(found[1]) if found else default


def launch_bounds(folder, mangled, architecture):
    """Threads of __launch_bounds__, None without: the report does not say, the PTX does."""
    for ptx in folder.glob(f"*compute_{architecture}.ptx"):
        head = re.search(rf"\.entry {mangled}\(.*?{{", ptx.read_text(), re.S)
        return number(r"\.maxntid (\d+)", head[0])


def compile_kernels(nvcc, root, source):
    """{(kernel, architecture): (threads, registers, shared bytes)} of a source, and what is wrong with it."""
    with tempfile.TemporaryDirectory() as folder:
        command = [nvcc, "-std=c++20", "-Werror", "all-warnings", "--expt-relaxed-constexpr", f"-I{root}"]
        for architecture in ARCHITECTURES:
            command += ["-gencode", f"arch=compute_{architecture},code=sm_{architecture}"]
        command += ["-Xptxas", "-v", "-keep", "-keep-dir", folder, "-c", source, "-o", os.devnull]
        run = subprocess.run(command, capture_output=True, text=True)
        if run.returncode != 0:
            return {}, [f"{source}: nvcc fails\n{run.stdout}{run.stderr}"]
        kernels, wrong = {}, []
        for report in run.stderr.split("Compiling entry function ")[1:]:
            mangled, architecture = re.match(r"'(\w+)' for 'sm_(\d+)'", report).groups()
            name = short_name(Path(source), mangled)
            registers = number(r"Used (\d+) registers", report)
            if registers is None or "bytes spill" not in report:
                wrong.append(f"{name}: no word of registers or spills in nvcc's report")
                continue
            for spilled in re.findall(r"([1-9]\d*) bytes spill \w+", report):
                wrong.append(f"{name} on sm_{architecture} spills registers: {spilled} bytes")
            figures = (launch_bounds(Path(folder), mangled, architecture), registers,
                       number(r"(\d+) bytes smem", report, 0))
            kernels[name, "sm_" + architecture] = figures
    if not kernels and "__global__" in Path(source).read_text():
        wrong.append(f"{source}: no kernel in nvcc's report")
    return kernels, wrong


def read_table(path):
    """nvcc's version and the kernels' figures."""
    version, kernels = None, {}
    for line in path.read_text().splitlines() if path.exists() else ():
        if line.startswith("nvcc "):
            version = line.removeprefix("nvcc ")
        elif line and not line.startswith("#"):
            name, architecture, *figures = line.split()
            kernels[name, architecture] = tuple(map(int, figures))
    return version, kernels


def write_table(path, version, kernels):
    width = max(len(name) for name, _ in kernels)
    lines = [f"{'# kernel':{width}}  arch   threads  registers  shared"]
    for (name, architecture), (threads, registers, shared) in sorted(kernels.items()):
        lines.append(f"{name:{width}}  {architecture}  {threads:7}  {registers:9}  {shared:6}")
    path.write_text(f"{HEADER}nvcc {version}\n" + "\n".join(lines) + "\n")


def unlaunchable(kernels):
    """Kernels without launch bounds, and those that a block of so many threads cannot run."""
    for (name, architecture), (threads, registers, _) in kernels.items():
        if threads is None:
            yield f"{name} has no __launch_bounds__"
        elif threads * registers > REGISTERS:
            yield f"{name} on {architecture}: {threads} threads of {registers} registers are too many for a block"


def differences(table, kernels):
    for kernel in sorted(table.keys() | kernels.keys()):
        name = f"{kernel[0]} on {kernel[1]}"
        if kernel not in table:
            yield f"{name} is not in the table: refresh it (threads, registers, shared bytes {kernels[kernel]})"
        elif kernel not in kernels:
            yield f"{name} is in the table and nowhere else: refresh it"
        elif kernels[kernel] != table[kernel]:
            for what, before, now in zip(("threads", "registers", "bytes of shared memory"), table[kernel],
                                         kernels[kernel]):
                if now != before:
                    better = now < before and what != "threads"
                    yield f"{name}: {now} {what}, {before} in the table{': refresh it' if better else ''}"


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--nvcc", required=True)
    parser.add_argument("--root", required=True, help="the project's")
    parser.add_argument("--table", type=Path)
    parser.add_argument("--refresh", action="store_true", help="write the table")
    parser.add_argument("sources", nargs="+")
    arguments = parser.parse_args()

    version = subprocess.run([arguments.nvcc, "--version"], capture_output=True, text=True, check=True).stdout
    version = re.search(r"release [\d.]+, V([\d.]+)", version)[1]
    with ThreadPoolExecutor(max_workers=2) as pool:
        results = list(pool.map(lambda source: compile_kernels(arguments.nvcc, arguments.root, source),
                                arguments.sources))
    kernels = {kernel: figures for found, _ in results for kernel, figures in found.items()}
    wrong = [what for _, found in results for what in found]
    if arguments.table:
        wrong += unlaunchable(kernels)
    if arguments.refresh:
        if not wrong:
            write_table(arguments.table, version, kernels)
    elif arguments.table:
        of_table, table = read_table(arguments.table)
        if version == of_table:
            wrong += differences(table, kernels)
        else:
            print(f"The table is nvcc {of_table}'s, this is {version}: only spills and launch bounds are checked.")
    print(f"report: {len({name for name, _ in kernels})} kernels of {len(arguments.sources)} sources, nvcc {version}")
    for what in wrong:
        print(what)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
