"""The report as a page for people and as JSON."""

import json
import os
import re
import statistics

import runner
import stages


def table(head, rows):
    lines = ["| " + " | ".join(head) + " |", "|" + "---|" * len(head)]
    return lines + ["| " + " | ".join(str(cell).replace("|", "\\|") for cell in row) + " |" for row in rows] + [""]


def heading(machine):
    gpu, smi = machine["devices"][0], machine["nvidia_smi"]
    pytorch = machine.get("pytorch")
    memory = f"{gpu['memory_bytes'] / 2**30:.1f} GiB"
    facts = [f"compute capability {gpu['compute_capability']}, {gpu['multiprocessors']} multiprocessors, {memory}"]
    facts += [f"{what} {smi[key]}" for what, key in (("driver", "driver_version"), ("power limit", "power.limit"),
                                                     ("highest clock", "clocks.max.sm")) if smi.get(key)]
    facts += [f"MIG {smi['mig.mode.current']}"] if smi.get("mig.mode.current") == "Enabled" else []
    facts += [f"nvcc {machine['nvcc']}"] if machine.get("nvcc") else []
    facts += [f"PyTorch {pytorch['version']} with CUDA {pytorch['cuda']}, cuDNN {pytorch['cudnn']}" if pytorch else
              "no PyTorch", f"{machine['cores']} cores of {machine['cpu']}", machine["system"]]
    return [f"# Measured on one {gpu['name']}", "",
            f"`scripts/gpu_report.sh`, {machine['date']}, commit {machine['commit'][:12]}.", "",
            "; ".join(facts) + ".", ""]


def summary(record):
    why = f" ({record['why']})" if record["why"] else ""
    return f"{record['status']}{why}, {record['seconds']} s"


def tests(record):
    rows, sums = [], [0, 0, 0]
    for run in record["runs"]:
        cases = run.get("cases") or {}
        numbers = [cases.get(key, "") for key in ("passed", "failed", "skipped")]
        sums = [total + (number or 0) for total, number in zip(sums, numbers)]
        rows.append([run.get("test", run["command"]), run["status"], *numbers, run["seconds"], run["note"]])
    rows.append(["all", "", *sums, "", ""])
    return table(["program", "", "cases passed", "failed", "skipped", "s", ""], rows) + [
        "The engine's tests run each case on the CPU and on the GPU. Cases about the emulation alone are disabled, and "
        "not counted.", ""]


def kernels(record):
    measured = record.get("measured")
    if not measured:
        return failures(record)
    ceilings = measured["ceilings"]
    lines = [f"Reached in the same run: {ceilings['copy'] / 1e9:.0f} GB/s by a copy of 1 GiB (read and written); "
             "products of 8192 x 8192 x 8192: " +
             ", ".join(f"{ceilings[name] / 1e12:.0f} TFLOP/s in {name}" for name in stages.PRECISIONS
                       if name in ceilings) + ".",
             "Medians of five repetitions of three calls; bytes are each input once and each output once. Products and "
             "the LSTM find a warm L2 cache, the others a cold one.", ""]
    rows = []
    for kernel in measured["kernels"]:
        name, _, precision, *point = kernel["run_name"].split("/")
        product = "GFLOP/s" in kernel
        rows.append([name, precision, " ".join(word for word in point if word.split(":")[0] not in ("iterations",
                                                                                                   "manual_time")),
                     f"{kernel['real_time']:.1f}", f"{kernel['bytes'] / 1e6:.2f}", f"{kernel['GB/s']:.0f}",
                     f"{100 * kernel['of_copy']:.0f} %", f"{kernel['GFLOP/s'] / 1000:.1f}" if product else "",
                     f"{100 * kernel['of_product']:.0f} %" if "of_product" in kernel else ""])
    return lines + table(["kernel", "", "shape", "us", "MB", "GB/s", "of the copy", "TFLOP/s", "of the large product"],
                         rows)


def training_step(record):
    lines = [f"Left out: {'; '.join(record['left_out'])}.", ""] if record.get("left_out") else []
    contenders = record.get("contenders", [])
    base = {line["precision"]: line["seconds"] for line in contenders if line["name"] == "favras"}
    rows = []
    for line in contenders:
        tells = line["tells"] or {}
        ratio = stages.median_ratio(line["seconds"], base.get(line["precision"], []))
        rows.append([
            line["name"], line["precision"],
            f"{1000 * statistics.median(line['seconds']):.2f}" if line["seconds"] else "failed",
            " .. ".join(f"{number:.2f}" for number in ratio) if ratio else "",
            len(line["seconds"]), f"{tells['peak_mib']:.0f}" if "peak_mib" in tells else "",
            {True: "allowed", False: "off"}.get(tells.get("tf32_allowed"), ""),
            tells.get("lstm_type", "")])
    return lines + table(["", "products in", "ms, median of the rounds", "times favras: lowest .. median .. highest",
                          "rounds", "peak MiB", "TF32", "PyTorch's LSTM in"], rows) + [
        "Each figure is the median of 50 steps after 10; the contenders took turns. All lines have full length, so that "
        "padded and packed compute the same.", ""] + failures(record)


def whole_program(record):
    return table(["command", "", "s", "says"],
                 [[f"`{run['command']}`", run["status"], run["seconds"], run["note"]] for run in record["runs"]])


def sanitizer(record):
    return table(["looked at", "", "s", "says"],
                 [[run.get("looked_at", ""), run["status"], run["seconds"], run["note"]] for run in record["runs"]]
                 ) if record["runs"] else []


def failures(record):
    bad = [run for run in record["runs"] if run["status"] not in ("ok", "skipped")]
    return table(["command", "", "says"], [[f"`{run['command']}`", run["status"], run["note"]] for run in bad]
                 ) if bad else []


SECTIONS = {"tests": ("Tests on the GPU", tests), "program": ("The program", whole_program), "kernels": ("Kernels", kernels),
            "training step": ("The reference training step", training_step),
            "memcheck": ("compute-sanitizer, memcheck", sanitizer),
            "racecheck": ("compute-sanitizer, racecheck", sanitizer)}


def commands(machine, records):
    seen = dict.fromkeys(run["command"] for record in records for run in record["runs"])
    path = [f"# LD_LIBRARY_PATH={machine['library_path']}"] if machine["library_path"] else []
    return ["## Commands", "", "```sh", *path, *seen, "```", ""]


def page(machine, records):
    lines = heading(machine)
    lines += table(["stage", ""], [[record["stage"], summary(record)] for record in records])
    for record in records:
        if record["stage"] in SECTIONS:
            title, body = SECTIONS[record["stage"]]
            lines += [f"## {title}", "", f"{summary(record)}.", "", *body(record)]
    return "\n".join(lines + commands(machine, records))


def write(machine, records, out):
    """Both files; their paths."""
    card = re.sub(r"[^a-z0-9]+", "-", machine["devices"][0]["name"].lower().replace("nvidia", "")).strip("-")
    path = os.path.join(out, f"gpu-{card}")
    runner.write(path + ".json", json.dumps({"machine": machine, "stages": records}, indent=1) + "\n")
    runner.write(path + ".md", page(machine, records))
    return path + ".md", path + ".json"
