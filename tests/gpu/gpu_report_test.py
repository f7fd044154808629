"""scripts/gpu_report on a machine made of shell scripts: programs that pass, fail, hang, crash and are missing."""

import ast
import json
import os
import shutil
import subprocess
import sys
import tempfile
import unittest

PROJECT = os.path.abspath(os.path.join(os.path.dirname(__file__), "..", ".."))
sys.path.insert(0, os.path.join(PROJECT, "scripts", "gpu_report"))

import bundle  # noqa: E402
import document  # noqa: E402
import libraries  # noqa: E402
import main  # noqa: E402
import runner  # noqa: E402
import stages  # noqa: E402

DEVICES = {"cpu": "A CPU", "cores_usable": 2, "cuda_built_in": True, "cuda_devices": [
    {"name": "NVIDIA Fake 9000 |x|", "compute_capability": "9.0", "multiprocessors": 132, "memory_bytes": 2**36}]}
BENCH = {"context": {"card": "NVIDIA Fake 9000", "ceiling cpu/copy": "1e10", "ceiling cuda/copy": "2e12",
                     "ceiling cuda/fp32": "5e13", "ceiling cuda/bf16": "6e14"},
         "benchmarks": [
             {"run_name": "adam/cuda/fp32/size:8/iterations:3/manual_time", "aggregate_name": "mean", "real_time": 7.0},
             {"run_name": "adam/cuda/fp32/size:8/iterations:3/manual_time", "aggregate_name": "median",
              "real_time": 100.0, "bytes": 1e8, "operations": 0, "GB/s": 1000.0, "of_copy": 0.5},
             {"run_name": "gemm_logits/cuda/bf16/m:1/n:2/k:3/iterations:3/manual_time", "aggregate_name": "median",
              "real_time": 10.0, "bytes": 1e6, "operations": 3e9, "GB/s": 100.0, "of_copy": 0.05, "GFLOP/s": 3e5,
              "of_product": 0.5}]}
# Writes the file that Google Benchmark is asked for.
KERNELS = """for word; do case $word in --benchmark_out=*) echo '{json}' >"${{word#*=}}";; esac; done"""
XML = ('<TestResult><TestSuite name="x" result="{result}" assertions_passed="9" test_cases_passed="{passed}" '
       'test_cases_failed="{failed}" test_cases_skipped="1" test_cases_aborted="0"></TestSuite></TestResult>')
# Writes the report that Boost.Test is asked for.
BOOST = 'for word; do case $word in --report_sink=*) echo \'{xml}\' >"${{word#*=}}";; esac; done; exit {status}'
TRAINING = """case "$*" in
  *--help*) echo "{help}";;
  *bf16*) echo broken >&2; exit 3;;
  *) echo '{{"seconds_median": 0.002, "peak_mib": 600.0, "loss": 4.0}}';;
esac"""
PYTHON = """case "$*" in
  -c*) echo '{"version": "2.15", "cuda": "13.0", "cudnn": 91000, "device": true}';;
  *) echo '{"system": "PyTorch", "seconds_median": 0.006, "tf32_allowed": false}';;
esac"""


class Machine:
    """A build and the tools beside it."""

    def __init__(self, folder, help_text="  --lstm arg  ours or cudnn"):
        self.root, self.build = os.path.join(folder, "root"), os.path.join(folder, "root", "build")
        self.out, self.tools = os.path.join(folder, "out"), os.path.join(folder, "tools")
        self.write("root/build/tests/on_device.txt", "cuda_kernels_gpu_test\ngood_test\nbad_test\nhanging_test\n"
                   "crashing_test\nmissing_test\nidle_test\n", folder)
        self.write("root/build/version.txt", "0123456789abcdef\n", folder)
        self.script("seq2seq", f"""case "$1" in
          train) mkdir -p "$5"; echo weights > "$5/model.safetensors";;
          evaluate) echo '{{"sentence_accuracy": 0.5}}';;
          *) echo '{json.dumps(DEVICES)}';;
        esac""", "build/bin")
        self.script("training_step", TRAINING.format(help=help_text), "build/bin")
        self.script("kernels_bench", KERNELS.format(json=json.dumps(BENCH)), "build/bin")
        passing = BOOST.format(xml=XML.format(result="passed", passed=12, failed=0), status=0)
        self.script("cuda_kernels_gpu_test", passing, "build/tests")
        self.script("good_test", passing, "build/tests")
        self.script("bad_test", BOOST.format(xml=XML.format(result="failed", passed=3, failed=2), status=201),
                    "build/tests")
        self.script("hanging_test", "exec sleep 100", "build/tests")
        self.script("crashing_test", "kill -SEGV $$", "build/tests")
        self.script("idle_test", "echo skipped: no CUDA device; exit 77", "build/tests")
        self.script("nvidia-smi", "echo 'NVIDIA Fake 9000, 580.1, 80000 MiB, 9.0, 700 W, 1980 MHz'")
        self.script("python", PYTHON)
        self.script("compute-sanitizer", """case "$*" in
          *racecheck*norm*) echo '========= RACECHECK SUMMARY: 1 hazard displayed (1 error, 0 warnings)'; exit 99;;
          *racecheck*) echo '========= RACECHECK SUMMARY: 0 hazards displayed (0 errors, 0 warnings)';;
          *top_k*) echo says nothing;;
          *) echo '========= ERROR SUMMARY: 0 errors';;
        esac""")

    def write(self, name, text, folder):
        path = os.path.join(folder, name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "w") as file:
            file.write(text)
        return path

    def script(self, name, text, place=None):
        folder = os.path.join(self.root, place) if place else self.tools
        os.chmod(self.write(name, f"#!/bin/bash\n{text}\n", folder), 0o755)

    def report(self, seconds=60, limits=None):
        """Exit status, page, JSON."""
        saved = os.environ["PATH"], stages.PYTHON, stages.SECONDS
        os.environ["PATH"] = f"{self.tools}:{saved[0]}"
        stages.PYTHON = os.path.join(self.tools, "python")
        stages.SECONDS = {**stages.SECONDS, "tests": 6, **(limits or {})}
        try:
            status = main.report(self.root, self.build, self.out, seconds)
        finally:
            os.environ["PATH"], stages.PYTHON, stages.SECONDS = saved
        found = [name for name in os.listdir(self.out) if name.startswith("gpu-")] if os.path.isdir(self.out) else []
        texts = {}
        for name in found:
            with open(os.path.join(self.out, name)) as file:
                texts[name] = file.read()
        return status, texts.get("gpu-fake-9000-x.md"), json.loads(texts.get("gpu-fake-9000-x.json", "null"))


def stage_of(records, name):
    return next(stage for stage in records["stages"] if stage["stage"] == name)


class GpuReport(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = folder.name
        self.machine = Machine(self.folder)

    def test_every_stage_is_reported_whatever_befalls_the_others(self):
        status, page, records = self.machine.report()
        self.assertEqual(status, 1)
        tests = {run["test"]: run for run in stage_of(records, "tests")["runs"]}
        self.assertEqual({name: run["status"] for name, run in tests.items()},
                         {"cuda_kernels_gpu_test": "ok", "good_test": "ok", "bad_test": "failed",
                          "hanging_test": "out of time", "crashing_test": "failed", "missing_test": "failed",
                          "idle_test": "failed"})
        self.assertEqual(tests["bad_test"]["cases"], {"passed": 3, "failed": 2, "skipped": 1})
        self.assertIn("SIGSEGV", tests["crashing_test"]["note"])
        self.assertIn("no CUDA device", tests["idle_test"]["note"])
        self.assertEqual(document.summary(stage_of(records, "tests")).split(",")[0], "failed (5 of 7 commands)")
        self.assertIn("| all |  | 27 | 2 | 3 |", page)
        self.assertIn("| adam | fp32 | size:8 | 100.0 | 100.00 | 1000 | 50 % |  |  |", page)
        self.assertIn("| gemm_logits | bf16 | m:1 n:2 k:3 | 10.0 | 1.00 | 100 | 5 % | 300.0 | 50 % |", page)
        self.assertIn("# Measured on one NVIDIA Fake 9000", page)
        self.assertIn("PyTorch 2.15 with CUDA 13.0, cuDNN 91000", page)
        self.assertIn("commit 0123456789ab", page)

    def test_contenders_take_turns_and_a_broken_one_leaves_the_others(self):
        _, page, records = self.machine.report()
        stage = stage_of(records, "training step")
        runs = [run["command"] for run in stage["runs"] if "--precision" in run["command"]]
        first_round = [line["command"] for line in stage["contenders"]]
        self.assertEqual(len(first_round), 12)
        self.assertEqual(runs[:12], first_round)
        self.assertEqual(runs[12:22], [command for command in first_round
                                       if "training_step --" not in command or "bf16" not in command])
        self.assertIn("| PyTorch, packed | tf32 | 6.00 | 3.00 .. 3.00 .. 3.00 | 3 |  | off |", page)
        self.assertIn("| favras | fp32 | 2.00 | 1.00 .. 1.00 .. 1.00 | 3 | 600 |  |", page)
        self.assertIn("| favras | bf16 | failed |", page)
        self.assertIn("exit status 3: broken", page)

    def test_what_sanitizers_find_or_do_not_say_is_a_failure(self):
        _, page, records = self.machine.report()
        by_name = {run["looked_at"]: run for run in stage_of(records, "racecheck")["runs"]}
        self.assertEqual(by_name["norm"]["status"], "failed")
        self.assertIn("1 hazard", by_name["norm"]["note"])
        self.assertEqual(by_name["adam"]["status"], "ok")
        by_name = {run["looked_at"]: run for run in stage_of(records, "memcheck")["runs"]}
        self.assertEqual(by_name["top_k"]["status"], "failed")
        self.assertEqual((by_name["lstm"]["status"], by_name["lstm"]["note"]), ("ok", "0 errors"))

    def test_a_sound_machine_is_a_success(self):
        self.machine.write("root/build/tests/on_device.txt", "cuda_kernels_gpu_test\ngood_test\n", self.folder)
        self.machine.script("training_step", "echo '{\"seconds_median\": 0.002}'", "build/bin")
        self.machine.script("compute-sanitizer", "echo ERROR SUMMARY: 0 errors; echo RACECHECK SUMMARY: 0 hazards")
        status, page, records = self.machine.report()
        self.assertEqual({stage["status"] for stage in records["stages"]}, {"ok"})
        self.assertEqual(status, 0)
        self.assertIn("cuDNN's LSTM: training_step --help lists none", page)

    def test_two_trainings_with_other_bits_are_a_failure(self):
        self.machine.script("seq2seq", f"""case "$1" in
          train) mkdir -p "$5"; echo $$ > "$5/model.safetensors";;
          evaluate) echo '{{"sentence_accuracy": 0.5}}';;
          *) echo '{json.dumps(DEVICES)}';;
        esac""", "build/bin")
        _, page, records = self.machine.report()
        self.assertEqual(stage_of(records, "program")["status"], "failed")
        self.assertIn("other bits", page)

    def test_a_stage_leaves_its_runs_even_if_the_report_is_killed(self):
        made = runner.Runner(self.machine.root, self.machine.build, self.machine.out, 60)
        made.stage("tests", 10).run(["true"], 5)
        with open(os.path.join(self.machine.out, "stages", "1-tests.json")) as file:
            left = json.load(file)
        self.assertEqual((left["status"], left["runs"][0]["status"]), ("died", "ok"))

    def test_an_exception_in_a_stage_does_not_stop_the_next(self):
        self.machine.script("kernels_bench", KERNELS.format(json='{"context": 1'), "build/bin")
        os.remove(os.path.join(self.machine.root, "build", "bin", "training_step"))
        status, page, records = self.machine.report()
        self.assertEqual(status, 1)
        self.assertIn("left no results", stage_of(records, "kernels")["runs"][0]["note"])
        self.assertEqual(stage_of(records, "racecheck")["runs"][0]["status"], "ok")

    def test_the_whole_keeps_to_its_time(self):
        self.machine.script("kernels_bench", "exec sleep 60", "build/bin")
        _, _, records = self.machine.report(seconds=4)
        notes = [run["note"] for run in stage_of(records, "racecheck")["runs"]]
        self.assertEqual(set(notes), {"no time was left for it"})

    def test_without_a_device_nothing_is_written_but_why(self):
        self.machine.script("seq2seq", "echo '{\"cuda_built_in\": true, \"cuda_devices\": []}'", "build/bin")
        self.machine.script("nvidia-smi", "echo No devices were found >&2; exit 6")
        status, page, _ = self.machine.report()
        self.assertEqual((status, page), (1, None))
        with open(os.path.join(self.machine.out, "stages", "1-machine.json")) as file:
            self.assertIn("No devices were found; seq2seq devices: lists none", json.load(file)["why"])

    def test_the_script_refuses_what_it_does_not_know(self):
        script = os.path.join(PROJECT, "scripts", "gpu_report.sh")
        for arguments in (["--nonsense"], ["--out"], ["--build", self.folder]):
            run = subprocess.run([script, *arguments], capture_output=True, text=True)
            self.assertEqual(run.returncode, 2, run.stderr)
            self.assertIn("Usage: ", run.stderr)

    def test_missing_libraries_are_looked_for_and_named(self):
        program = os.path.join(self.folder, "program")
        # libcudnn needs libmore, which is seen only once libcudnn is found.
        self.machine.script("ldd", """echo ' libc.so.6 => /lib/libc.so.6 (0x0)'; echo ' libx.so => not found'
        case $LD_LIBRARY_PATH in
          *more*cudnn* | *cudnn*more*) echo ' libmore.so => /more/libmore.so (0x0)';;
          *cudnn*) echo ' libmore.so => not found';;
          *) echo ' libcudnn.so.9 => not found';;
        esac""")
        packages = os.path.join(self.folder, "packages")
        self.machine.write("nvidia/cudnn/lib/libcudnn.so.9", "", packages)
        self.machine.write("nvidia/more/lib/libmore.so", "", packages)
        saved = os.environ["PATH"]
        sys.path.append(packages)
        os.environ["PATH"] = f"{self.machine.tools}:{saved}"
        try:
            places = libraries.folders
            libraries.folders = lambda build: [place for place in places(build) if place.startswith(self.folder)]
            path, missing = libraries.search_path([program], self.machine.build)
        finally:
            libraries.folders = places
            sys.path.remove(packages)
            os.environ["PATH"] = saved
        self.assertEqual(path.split(":")[-2:], [f"{packages}/nvidia/{name}/lib" for name in ("cudnn", "more")])
        self.assertEqual(missing, ["libx.so"])

    def test_a_bundle_leaves_the_systems_and_cudas_libraries_out(self):
        for name in ("libc.so.6", "libstdc++.so.6", "libcublasLt.so.13", "libcudnn.so.9", "libnvJitLink.so.13",
                     "ld-linux-x86-64.so.2", "libpthread.so.0"):
            self.assertTrue(bundle.LEFT_OUT.match(name), name)
        for name in ("libcrypto.so.3", "libdnnl.so.2", "libgomp.so.1", "libfmt.so.9", "libboost_json.so.1.81.0"):
            self.assertFalse(bundle.LEFT_OUT.match(name), name)

    def test_a_bundle_works_by_itself(self):
        build, made = os.path.join(self.folder, "built"), os.path.join(self.folder, "bundle")
        self.machine.write("tests/on_device.txt", "a_test\n", build)
        os.makedirs(os.path.join(build, "bin"))
        for name in bundle.PROGRAMS + ["tests/a_test"]:
            shutil.copy("/bin/true", os.path.join(build, name))
        bundle.make(PROJECT, build, made)
        run = subprocess.run([os.path.join(made, "scripts", "gpu_report.sh"), "--out", self.machine.out],
                             capture_output=True, text=True)
        self.assertEqual(run.returncode, 1)
        self.assertIn("no CUDA device", run.stderr)
        self.assertIn("seq2seq devices: lists none", run.stderr)
        for name in ("build/tests/a_test", "build/version.txt", "bench/peers/pytorch_training_step.py",
                     "tests/fixtures/lstm_dropout.safetensors"):
            self.assertTrue(os.path.exists(os.path.join(made, name)), name)
        with open(os.path.join(made, "bench/peers/pytorch_training_step.py")) as file:
            imports = [node for node in ast.walk(ast.parse(file.read())) if isinstance(node, ast.Import)]
        for name in (f"bench/peers/{alias.name}.py" for node in imports for alias in node.names):
            self.assertEqual(*(os.path.exists(os.path.join(root, name)) for root in (made, PROJECT)), name)
        self.assertRaises(SystemExit, bundle.make, PROJECT, build, made)  # it is not empty

    def test_ratios_are_of_one_round(self):
        self.assertEqual(stages.median_ratio([2, 6, 4], [1, 2, 4]), (1, 2, 3))
        self.assertIsNone(stages.median_ratio([], [1]))
        self.assertEqual(document.table(["a"], [["b|c"]])[2], "| b\\|c |")


if __name__ == "__main__":
    unittest.main()
