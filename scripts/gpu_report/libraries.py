"""Where the shared libraries of programs are: those that a bundle brings, and CUDA's of a toolkit or of Python's
nvidia packages."""

import glob
import os
import re
import site
import subprocess
import sys


def needed(program, environment=None):
    """The libraries of a program by name: their paths, None for those not found."""
    listing = subprocess.run(["ldd", program], capture_output=True, text=True, env=environment).stdout
    found = {}
    for name, path in re.findall(r"^\s*(\S+) => (not found|/\S+)", listing, re.MULTILINE):
        found[name] = None if path == "not found" else path
    return found


def folders(build):
    """Where to look, best first."""
    toolkits = [os.environ.get("CUDA_HOME"), os.environ.get("CUDA_PATH"), "/usr/local/cuda"]
    toolkits = [folder for folder in toolkits if folder] + sorted(glob.glob("/usr/local/cuda-*"), reverse=True)
    places = [os.path.join(build, "lib")]
    for folder in toolkits:
        places += [os.path.join(folder, "lib64"), os.path.join(folder, "targets/x86_64-linux/lib")]
    for packages in site.getsitepackages() + [site.getusersitepackages()] + sys.path:
        places += sorted(glob.glob(os.path.join(packages, "nvidia", "*", "lib")))
    return [place for place in dict.fromkeys(places) if os.path.isdir(place)]


def search_path(programs, build):
    """(LD_LIBRARY_PATH under which the programs find their libraries, the names of those that none of the folders
    holds)."""
    path = [place for place in os.environ.get("LD_LIBRARY_PATH", "").split(":") if place]
    places = folders(build)
    while True:  # what is found may need more
        environment = dict(os.environ, LD_LIBRARY_PATH=":".join(path))
        absent = {name for program in programs for name, found in needed(program, environment).items() if not found}
        holders = [next((place for place in places if os.path.exists(os.path.join(place, name))), None)
                   for name in sorted(absent)]
        new = [place for place in dict.fromkeys(holders) if place and place not in path]
        if not new:
            return ":".join(path), sorted(absent)
        path += new
