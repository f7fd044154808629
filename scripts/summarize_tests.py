"""From what ctest --output-junit wrote: the figures that tests report, then one line that counts the tests which
passed, failed and were skipped, and names them."""

import re
import sys
import xml.etree.ElementTree


def reported(report):
    return re.findall(r"^report: (.*)", "\n".join(case.findtext("system-out", "") for case in report.iter("testcase")),
                      re.M)


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
    results = xml.etree.ElementTree.parse(sys.argv[1])
    print(*reported(results), summary(results), sep="\n")
