"""What the report asks of the machine."""

import datetime
import filecmp
import json
import os
import platform
import shutil
import statistics
import time
import xml.etree.ElementTree

import bundle

PYTHON = os.environ.get("FAVRAS_PYTHON", "python3")
SECONDS = {"machine": 60, "tests": 110, "program": 30, "kernels": 40, "training step": 150, "memcheck": 80,
           "racecheck": 60}
ROUNDS = 3
PRECISIONS = ("fp32", "tf32", "bf16")


def last_json(text):
    """The last line that holds an object; None if there is none."""
    for line in reversed(text.splitlines()):
        if line.startswith("{"):
            try:
                return json.loads(line)
            except ValueError:
                return None
    return None


def first_line(text):
    return text.strip().splitlines()[0].strip() if text.strip() else ""


NVIDIA_SMI = ("name", "driver_version", "memory.total", "compute_cap", "power.limit", "clocks.max.sm", "clocks.max.mem",
              "clocks.sm", "temperature.gpu", "mig.mode.current")
PYTORCH = ("import json, torch; print(json.dumps({'version': torch.__version__, 'cuda': torch.version.cuda, "
           "'cudnn': torch.backends.cudnn.version(), 'device': torch.cuda.is_available()}))")


def commit_of(runner):
    copied = runner.program("version.txt")
    if os.path.exists(copied):
        with open(copied) as file:
            return file.read().strip()
    return bundle.version_of(runner.root)


def look_at_machine(runner, missing_libraries):
    """What the report says of the machine. `devices` are those that our program sees: empty if it sees none, and
    then no_device says what it and nvidia-smi said."""
    stage = runner.stage("machine", SECONDS["machine"])
    smi, smi_text, _ = stage.run(["nvidia-smi", f"--query-gpu={','.join(NVIDIA_SMI)}", "--format=csv,noheader"], 20,
                                 ours=False)
    seen, text, _ = stage.run([runner.program("bin/seq2seq"), "devices", "--json"], 20)
    described = last_json(text) or {}
    machine = {
        "date": datetime.date.today().isoformat(),
        "commit": commit_of(runner),
        "system": platform.platform(),
        "cpu": described.get("cpu", platform.machine()),
        "cores": described.get("cores_usable", os.cpu_count()),
        "nvidia_smi": dict(zip(NVIDIA_SMI, (word.strip() for word in first_line(smi_text).split(",")))),
        "devices": described.get("cuda_devices", []),
        "missing_libraries": missing_libraries,
        "library_path": runner.our_environment.get("LD_LIBRARY_PATH", ""),
    }
    if not machine["devices"]:
        built = "" if described.get("cuda_built_in", True) else " (built without CUDA)"
        machine["no_device"] = (f"nvidia-smi: {smi['note'] or first_line(smi_text) or 'says nothing'}; "
                                f"seq2seq devices: {seen['note'] or 'lists none' + built}")
        stage.end("failed", machine["no_device"])
        return machine
    _, text, _ = stage.run([PYTHON, "-c", PYTORCH], 40, ours=False)
    machine["pytorch"] = last_json(text)
    nvcc = shutil.which("nvcc") or "/usr/local/cuda/bin/nvcc"
    if os.path.exists(nvcc):
        _, text, _ = stage.run([nvcc, "--version"], 10, ours=False)
        machine["nvcc"] = next((line.split("release ")[1] for line in text.splitlines() if "release " in line), "")
    for entry in stage.record["runs"]:
        if entry["status"] == "failed":
            entry["status"] = "skipped"  # no need for nvidia-smi, PyTorch or nvcc
    stage.record["machine"] = machine
    stage.end()
    return machine


def counted(path):
    """Of a Boost.Test report: passed, failed and skipped test cases; None if there is no report."""
    try:
        suite = xml.etree.ElementTree.parse(path).getroot().find("TestSuite")
        number = {name: int(value) for name, value in suite.attrib.items() if value.isdigit()}
    except (OSError, AttributeError, xml.etree.ElementTree.ParseError):
        return None
    return {"passed": number["test_cases_passed"],
            "failed": number["test_cases_failed"] + number.get("test_cases_aborted", 0) +
            number.get("test_cases_timed_out", 0),
            "skipped": number["test_cases_skipped"]}


def tests(runner):
    """Every test program that knows the GPU."""
    stage = runner.stage("tests", SECONDS["tests"])
    programs = bundle.tests_of(runner.build)
    for done, name in enumerate(programs):
        report = os.path.join(runner.folder, os.path.basename(name) + ".xml")
        if os.path.exists(report):
            os.remove(report)
        # The kernels' tests come first, and may take half of the time.
        limit = max(stage.left() / 2, stage.left() / (len(programs) - done))
        entry, output, _ = stage.run([runner.program(name), "--log_level=error", "--color_output=no",
                                      "--report_format=XML", "--report_level=short", f"--report_sink={report}"],
                                     limit)
        entry["command"] = entry["command"].split(" --log_level")[0]
        entry["test"] = os.path.basename(name)
        if entry.get("exit") == 77:  # it found no GPU where there is one
            entry.update(status="failed", note=first_line(output))
        else:
            entry["cases"] = counted(report)
            if entry["status"] == "ok" and not entry["cases"]:
                entry.update(status="failed", note="left no report")
        stage.save()
    stage.end()


def program(runner):
    """The program itself: trained on the GPU twice to the same bits, gone on with on the CPU and back on the GPU, and
    measured on both."""
    stage = runner.stage("program", SECONDS["program"])
    folder, seq2seq = os.path.join(runner.folder, "program"), runner.program("bin/seq2seq")
    shutil.rmtree(folder, ignore_errors=True)
    data, first, second = (os.path.join(folder, name) for name in ("data", "first", "second"))
    stage.run([seq2seq, "prepare", "--task", "sort", "--output", data], 20)
    for run, device, epochs in ((first, "cuda", 2), (second, "cuda", 2), (first, "cpu", 3), (first, "cuda", 10)):
        entry, _, _ = stage.run([seq2seq, "train", "--data", data, "--run", run, "--device", device, "--epochs",
                                 str(epochs)], 20)
        if run == second and entry["status"] == "ok":
            models = [os.path.join(path, "model.safetensors") for path in (first, second)]
            same = all(map(os.path.exists, models)) and filecmp.cmp(*models, shallow=False)
            entry.update({"note": "the same bits"} if same else {"status": "failed", "note": "other bits"})
    accuracies = []
    for device in ("cpu", "cuda"):
        entry, output, _ = stage.run([seq2seq, "evaluate", "--run", first, "--device", device, "--json"], 20)
        if entry["status"] == "ok":
            accuracies.append(json.loads(output)["sentence_accuracy"])
            entry["note"] = f"{100 * accuracies[-1]:.1f} % of the lines exact"
    if len(accuracies) == 2 and abs(accuracies[0] - accuracies[1]) > 0.01:
        entry["status"] = "failed"
    stage.end()


def kernels(runner):
    stage = runner.stage("kernels", SECONDS["kernels"])
    path = os.path.join(runner.folder, "kernels_bench.json")
    if os.path.exists(path):
        os.remove(path)
    entry, _, _ = stage.run([runner.program("bin/kernels_bench"), "--benchmark_filter=/cuda/",
                             f"--benchmark_out={path}"], SECONDS["kernels"])
    try:
        with open(path) as file:
            found = json.load(file)
        stage.record["measured"] = {
            "ceilings": {name.removeprefix("ceiling cuda/"): float(rate) for name, rate in found["context"].items()
                         if name.startswith("ceiling cuda/")},
            "kernels": [run for run in found["benchmarks"] if run.get("aggregate_name") == "median"]}
    except (OSError, ValueError, KeyError) as error:
        if entry["status"] == "ok":
            entry.update(status="failed", note=f"left no results: {error}")
    stage.end()


def contenders(runner, stage):
    """Name, precision, command and whether it is ours, in the order of a round."""
    program = runner.program("bin/training_step")
    peer = os.path.join(runner.root, "bench", "peers", "pytorch_training_step.py")
    _, usage, _ = stage.run([program, "--help"], 10)
    has_cudnn = "--lstm" in usage and "cudnn" in usage
    if not has_cudnn:
        stage.record["left_out"] = ["favras with cuDNN's LSTM: training_step --help lists none"]
    try:
        has_pytorch = (last_json(stage.run([PYTHON, "-c", PYTORCH], 40, ours=False)[1]) or {})["device"]
    except KeyError:
        has_pytorch = False
    if not has_pytorch:
        stage.record["runs"].pop()
        stage.record.setdefault("left_out", []).append(f"PyTorch: {PYTHON} has none that sees the GPU")
    ours = [program, "--device", "cuda", "--json", "--warmup", "10", "--steps", "50", "--precision"]
    theirs = [PYTHON, peer, "--device", "cuda", "--json", "--warmup", "10", "--steps", "50", "--precision"]
    for precision in PRECISIONS:
        yield "favras", precision, [*ours, precision], True
        if has_cudnn:
            yield "favras, cuDNN's LSTM", precision, [*ours, precision, "--lstm", "cudnn"], True
        if has_pytorch:
            for mode in ("padded", "packed"):
                yield f"PyTorch, {mode}", precision, [*theirs, precision, "--mode", mode], False


def training_step(runner):
    """The reference step in rounds, each contender once a round; as many rounds as there is time for."""
    stage = runner.stage("training step", SECONDS["training step"])
    lines = [{"name": name, "precision": precision, "command": command, "ours": ours, "seconds": [], "broken": False}
             for name, precision, command, ours in contenders(runner, stage)]
    stage.record["contenders"] = shown = [
        {"name": line["name"], "precision": line["precision"], "command": runner.shown(line["command"]),
         "seconds": line["seconds"], "tells": None} for line in lines]
    longest = 0.0
    for done in range(ROUNDS):
        start = time.monotonic()
        if done > 0 and stage.left() < 1.2 * longest:
            break
        for line, entry_shown in zip(lines, shown):
            if line["broken"]:
                continue
            entry, output, _ = stage.run(line["command"], 45, ours=line["ours"], folder=runner.root)
            result = last_json(output)
            if entry["status"] == "ok" and (not result or "seconds_median" not in result):
                entry.update(status="failed", note="printed no seconds")
            if entry["status"] != "ok":
                line["broken"] = True
                continue
            line["seconds"].append(result["seconds_median"])
            entry_shown["tells"] = {key: result[key] for key in
                                    ("system", "peak_mib", "loss", "tf32_allowed", "cudnn", "lengths", "precision", "lstm_type")
                                    if key in result}
            stage.save()
        longest = max(longest, time.monotonic() - start)
    stage.end()


def median_ratio(values, base):
    """Of the rounds that both ran: lowest, median, highest; None if there is none."""
    ratios = sorted(value / other for value, other in zip(values, base))
    return (ratios[0], statistics.median(ratios), ratios[-1]) if ratios else None


# What compute-sanitizer looks at: test cases of cuda_kernels_gpu_test by kernel; those that use shared memory first,
# which are all that racecheck knows about. cuBLASLt's own kernels are left out where they can be.
SHARED = {"adam": "adam*,clipping_on*", "argmax": "argmax*", "bias": "bias_backward*", "norm": "norm*",
          "softmax": "softmax_on*,minus_infinity*,ignored_rows*", "top_k": "top_k*", "embedding": "embedding*"}
OTHERS = {"bias, forward": "bias_forward*", "dropout": "dropout*,dropped*", "elementwise": "fills*,adds*,converts*",
          "lstm": "lstm_in_a_graph*,lstm_takes_any*,lstm_of_nothing*"}
SMALL_STEP = ["--device", "cuda", "--batch", "6", "--source", "5", "--target", "4", "--shortest", "2", "--rnn-size",
              "32", "--encoding-embedding-size", "16", "--decoding-embedding-size", "16", "--warmup", "3", "--steps",
              "2"]


def sanitize(runner, tool, groups, summary, programs=()):
    """compute-sanitizer on groups of test cases and on whole programs, each with a share of the time. `summary` is
    how the line begins that it writes at its end."""
    stage = runner.stage(tool, SECONDS[tool])
    sanitizer = next((path for path in (shutil.which("compute-sanitizer"), "/usr/local/cuda/bin/compute-sanitizer",
                                        os.path.join(os.environ.get("CUDA_HOME", "/"), "bin/compute-sanitizer"))
                      if path and os.path.exists(path)), None)
    if not sanitizer:
        return stage.end("not run", "there is no compute-sanitizer")
    # NVIDIA's libraries try calls that may fail; ours are all checked.
    options = ["--tool", tool] + (["--report-api-errors", "no"] if tool == "memcheck" else [])
    tests_program = runner.program("tests/cuda_kernels_gpu_test")
    # A case named after --run_test= runs even if it is disabled: those that leave out barriers must not.
    jobs = [(name, [tests_program, f"--run_test={cases}:!*needs_its*", "--log_level=error", "--color_output=no"])
            for name, cases in groups.items()] + list(programs)
    for done, (name, command) in enumerate(jobs):
        share = max(15, stage.left() / (len(jobs) - done) * 1.5)
        entry, output, errors = stage.run([sanitizer, *options, "--error-exitcode", "99", *command], share)
        entry["looked_at"] = name
        found = next((line for line in (output + errors).splitlines() if summary in line), None)
        if found:
            entry["note"] = found.split(summary)[1].strip(" :")
        elif entry["status"] == "ok":
            entry.update(status="failed", note=f"no {summary} at the end")
        stage.save()
    stage.end()


def memcheck(runner):
    step = runner.program("bin/training_step")
    sanitize(runner, "memcheck", {**SHARED, **OTHERS}, "ERROR SUMMARY",
             [(f"training step, {precision}", [step, *SMALL_STEP, "--precision", precision])
              for precision in ("bf16", "fp32")])


def racecheck(runner):
    sanitize(runner, "racecheck", SHARED, "RACECHECK SUMMARY")


ALL = [("Tests on the GPU", tests), ("The program", program), ("Kernels", kernels), ("Training step", training_step), ("memcheck", memcheck),
       ("racecheck", racecheck)]
