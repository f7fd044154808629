"""A folder for a machine with a GPU and little else, laid out as the project is: the scripts, and in programs.tar.gz
the programs, stripped, with the libraries that they need beyond those of the system and of CUDA."""

import argparse
import os
import re
import shutil
import subprocess
import sys
import tarfile
import tempfile

import libraries

# Of the system, or of CUDA and its driver.
LEFT_OUT = re.compile(r"^(ld-linux|lib(c|m|dl|rt|pthread|stdc\+\+|gcc_s)\.so|lib(cu|nv))")
# The programs of a build; its tests are listed in tests/on_device.txt.
PROGRAMS = ["bin/seq2seq", "bin/training_step", "bin/kernels_bench"]


def tests_of(build):
    with open(os.path.join(build, "tests", "on_device.txt")) as lines:
        return [f"tests/{line.strip()}" for line in lines if line.strip()]


def version_of(root):
    """The commit, "+" after it if files differ from it."""
    git = ["git", "-C", root]
    commit = subprocess.run([*git, "rev-parse", "HEAD"], capture_output=True, text=True)
    if commit.returncode != 0:
        return "unknown"
    changed = subprocess.run([*git, "status", "--porcelain", "--untracked-files=no"], capture_output=True).stdout
    return commit.stdout.strip() + ("+" if changed else "")


def copy(source, *target):
    target = os.path.join(*target)
    os.makedirs(os.path.dirname(target), exist_ok=True)
    shutil.copy(source, target)
    return target


def collect_programs(root, build, folder):
    """All of build/ that the report needs. Gives their number."""
    programs = PROGRAMS + tests_of(build)
    for name in programs:
        program = os.path.join(build, name)
        if not os.path.exists(program):
            sys.exit(f"gpu_report.sh: {program} is missing: make the target gpu_report_programs")
        subprocess.run(["strip", copy(program, folder, name)], check=True)
        for library, path in libraries.needed(program).items():
            if path and not LEFT_OUT.match(library):
                copy(path, folder, "lib", library)
    copy(os.path.join(build, "tests", "on_device.txt"), folder, "tests", "on_device.txt")
    with open(os.path.join(folder, "version.txt"), "w") as file:
        file.write(version_of(root) + "\n")
    return len(programs)


def make(root, build, bundle):
    if os.path.exists(bundle) and os.listdir(bundle):
        sys.exit(f"gpu_report.sh: {bundle} is not empty")
    for name in ("scripts/gpu_report.sh", "bench/peers/pytorch_training_step.py", "bench/peers/workload.py"):
        copy(os.path.join(root, name), bundle, name)
    for folder, kind in (("scripts/gpu_report", ".py"), ("tests/fixtures", ".safetensors")):
        for name in sorted(os.listdir(os.path.join(root, folder))):
            if name.endswith(kind):
                copy(os.path.join(root, folder, name), bundle, folder, name)
    with tempfile.TemporaryDirectory() as collected:
        programs = collect_programs(root, build, collected)
        with tarfile.open(os.path.join(bundle, "programs.tar.gz"), "w:gz") as archive:
            archive.add(collected, "build")
    sizes = [os.path.getsize(os.path.join(folder, name)) for folder, _, names in os.walk(bundle) for name in names]
    print(f"{bundle}: {programs} programs, {sum(sizes) / 2**20:.1f} MiB; there: scripts/gpu_report.sh")


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--root", required=True)
    parser.add_argument("--build", required=True)
    parser.add_argument("bundle")
    arguments = parser.parse_args()
    make(arguments.root, arguments.build, arguments.bundle)
