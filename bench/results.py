"""What a run of the benchmarks found: rows of seconds, as a table, as a file, and beside an older file's."""

import json
import statistics


class Results:
    """machine: facts by name. rows: dictionaries with `part`, `name`, `seconds` (of every repetition or round), and
    where they apply `operations`, `of_copy`, `of_product`, `peak_mib`, `lines`, `against` (the row that its ratios are
    to) and `note`."""

    def __init__(self, machine, rows):
        self.machine, self.rows = machine, rows

    def save(self, path):
        with open(path, "w", encoding="utf-8") as file:
            json.dump({"machine": self.machine, "rows": self.rows}, file, indent=1)
            file.write("\n")


def load(path):
    """Raises ValueError that names the file if it is not one of ours."""
    try:
        with open(path, encoding="utf-8") as file:
            found = json.load(file)
        results = Results(dict(found["machine"]), list(found["rows"]))
        for row in results.rows:
            statistics.median(row["seconds"] or [0]), row["part"] + row["name"]
    except (OSError, ValueError, TypeError, KeyError) as error:
        raise ValueError(f"{path}: is not a file that bench.sh --out wrote: {error}") from None
    return results


def seconds(value):
    """1.23 s, 45.6 ms, 78.9 us."""
    for unit, size in (("s", 1), ("ms", 1e-3)):
        if value >= size:
            return f"{value / size:.3g} {unit}"
    return f"{value * 1e6:.3g} us"


def spread(values, show):
    """lowest .. highest, or nothing of a single value."""
    return f"{show(min(values))} .. {show(max(values))}" if len(values) > 1 else ""


def table(head, rows):
    """In Markdown, columns aligned for those who read it as it is."""
    widths = [max(len(str(row[i])) for row in [head, *rows]) for i in range(len(head))]
    lines = [[*head], ["-" * width for width in widths], *rows]
    return "\n".join("| " + " | ".join(str(cell).ljust(width) for cell, width in zip(line, widths)) + " |"
                     for line in lines)


def ratios(row, base):
    """Times base's seconds round by round where both have as many, else of the medians."""
    if len(row["seconds"]) == len(base["seconds"]):
        return [value / other for value, other in zip(row["seconds"], base["seconds"])]
    return [statistics.median(row["seconds"]) / statistics.median(base["seconds"])]


def times(value):
    return f"{value:.2f}"


def shown(results):
    """The table of all rows, part by part."""
    by_name = {(row["part"], row["name"]): row for row in results.rows}
    texts = []
    for part in dict.fromkeys(row["part"] for row in results.rows):
        lines = []
        for row in results.rows:
            if row["part"] != part:
                continue
            if not row["seconds"]:
                lines.append([row["name"], "failed", "", "", "", "", row.get("note", "")])
                continue
            median = statistics.median(row["seconds"])
            base = by_name.get((part, row.get("against")))
            ratio = ratios(row, base) if base and base["seconds"] else []
            shares = [f"{100 * row[key]:.0f} % of the {what}" for key, what in
                      (("of_product", "product"), ("of_copy", "copy")) if row.get(key)]
            rate = f"{row['operations'] / median / 1e9:.0f} GFLOP/s" if row.get("operations") else ""
            if row.get("lines"):
                rate = f"{row['lines'] / median:.0f} lines/s"
            ratio_text = f"{statistics.median(ratio):.2f} ({spread(ratio, times)})" if len(ratio) > 1 else \
                "".join(map(times, ratio))
            # A product is held against products, all else against the copy.
            lines.append([row["name"], seconds(median), spread(row["seconds"], seconds), rate, "".join(shares[:1]),
                          ratio_text, row.get("note", "")])
        texts.append(f"{part}\n" + without_empty_columns(
            ["", "median", "lowest .. highest", "rate", "share", "times ours", "note"], lines))
    return "\n\n".join(texts)


def without_empty_columns(head, rows):
    kept = [i for i in range(len(head)) if i == 0 or any(row[i] for row in rows)]
    return table([head[i] for i in kept], [[row[i] for i in kept] for row in rows])


def verdict(new, old):
    """"faster" or "slower" only where every repetition of one lies below every one of the other, at three or more
    each; else nothing can be said."""
    if min(len(new), len(old)) < 3:
        return "too few"
    if max(new) < min(old):
        return "faster"
    return "slower" if min(new) > max(old) else ""


def compared(new, old):
    """A table of the rows that both have, and what each has alone."""
    old_rows = {(row["part"], row["name"]): row for row in old.rows if row["seconds"]}
    new_rows = {(row["part"], row["name"]): row for row in new.rows if row["seconds"]}
    lines = []
    for key, row in new_rows.items():
        if key in old_rows:
            before = old_rows[key]["seconds"]
            now, then = statistics.median(row["seconds"]), statistics.median(before)
            lines.append([" ".join(key), seconds(then), seconds(now), f"{now / then:.2f}",
                          verdict(row["seconds"], before)])
    text = table(["", "before", "now", "now / before", ""], lines) if lines else "no row is in both"
    for what, rows, others in (("only before", old_rows, new_rows), ("only now", new_rows, old_rows)):
        alone = [" ".join(key) for key in rows if key not in others]
        text += f"\n{what}: {', '.join(alone)}" if alone else ""
    differing = [f"{name}: {old.machine.get(name)} before, {value} now" for name, value in new.machine.items()
                 if name not in ("date", "commit", "command") and old.machine.get(name) != value]
    return "\n".join([text, *differing])
