"""One line from what ctest --output-junit wrote: how many tests passed, failed and were skipped, and which."""

import re
import sys
import xml.etree.ElementTree


def summary(report):
    passed, failed, skipped = 0, [], []
    for case in report.iter("testcase"):
        name, skip = case.get("name"), case.find("skipped")
        if case.get("status") == "run":
            passed += 1
        elif skip is not None and skip.get("message").startswith("SKIP_"):  # SKIP_RETURN_CODE=77
            why = re.search(r"skipped: (.*)", case.findtext("system-out", ""))
            skipped.append(f"{name} ({why[1]})" if why else name)
        else:  # tests without their program are not run, and failures to ctest, too
            failed.append(name)
    named = [f"; {what}: {', '.join(names)}" for what, names in (("failed", failed), ("skipped", skipped)) if names]
    return f"{passed} passed, {len(failed)} failed, {len(skipped)} skipped{''.join(named)}"


if __name__ == "__main__":
    print(summary(xml.etree.ElementTree.parse(sys.argv[1])))
