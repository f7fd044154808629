"""The gates' own tests, and those of scripts/test.sh's last line: what they are there to find, they find."""

import sys
import unittest
import xml.etree.ElementTree
from pathlib import Path

sys.dont_write_bytecode = True
sys.path.append(str(Path(__file__).parents[2] / "scripts"))

from barrier_sites import sites_in, untried
from device_coverage import judge
from kernel_resources import differences, unlaunchable
from summarize_tests import reported, summary

KERNEL = ("op/kernel<float>", "sm_75")


class KernelResources(unittest.TestCase):
    def difference(self, now, before=(256, 40, 128)):
        return list(differences({KERNEL: before} if before else {}, {KERNEL: now} if now else {}))

    def test_the_same_is_right(self):
        self.assertEqual(self.difference((256, 40, 128)), [])

    def test_more_is_named(self):
        self.assertEqual(self.difference((256, 41, 128)), ["op/kernel<float> on sm_75: 41 registers, 40 in the table"])
        self.assertEqual(len(self.difference((128, 41, 129))), 3)

    def test_less_asks_for_a_new_table(self):
        self.assertIn("refresh", self.difference((256, 39, 128))[0])

    def test_kernels_on_one_side_only(self):
        self.assertIn("not in the table", self.difference((256, 40, 128), None)[0])
        self.assertIn("nowhere else", self.difference(None)[0])

    def test_blocks_that_cannot_run(self):
        self.assertEqual(list(unlaunchable({KERNEL: (1024, 64, 0)})), [])
        self.assertEqual(len(list(unlaunchable({KERNEL: (1024, 65, 0)}))), 1)
        self.assertIn("no __launch_bounds__", next(unlaunchable({KERNEL: (None, 8, 0)})))


class BarrierSites(unittest.TestCase):
    def test_sites(self):
        text = "__syncthreads();\n// __syncwarp();\nif (__syncthreads_or (x)) grid.sync();\n__threadfence_block();\n"
        sites, crowded = sites_in("a.cu", text)
        self.assertEqual(sites, {"a.cu:1", "a.cu:3", "a.cu:4"})
        self.assertEqual(len(crowded), 1)
        self.assertEqual(len(untried(sites, {"a.cu:1"})), 2)


class DeviceCoverage(unittest.TestCase):
    SOURCES = {"a.cu": "__global__\n  run\n  lost\n"}

    def test_lines(self):
        percentages, wrong = judge(self.SOURCES, {"a.cu": {2: 1, 3: 0}}, set())
        self.assertEqual(percentages, {"a.cu": 50})
        self.assertEqual(wrong, ["a.cu:3: no test runs this line: lost"])

    def test_exceptions(self):
        lost = {("a.cu", "lost")}
        self.assertEqual(judge(self.SOURCES, {"a.cu": {2: 1, 3: 0}}, lost)[1], [])
        self.assertIn("not needed", judge(self.SOURCES, {"a.cu": {2: 1, 3: 1}}, lost)[1][0])

    def test_a_source_that_no_test_has(self):
        self.assertIn("no line ran", judge(self.SOURCES, {}, set())[1][0])


class Summary(unittest.TestCase):
    def test_counts_and_names(self):
        report = xml.etree.ElementTree.fromstring("""<testsuite>
          <testcase name="good" status="run"><system-out>1\nreport: 2 of 2\n3</system-out></testcase>
          <testcase name="bad" status="fail"/>
          <testcase name="absent" status="notrun"><skipped message="Unable to find executable"/></testcase>
          <testcase name="silent" status="notrun"><skipped message="SKIP_RETURN_CODE=77"/></testcase>
          <testcase name="gpu" status="notrun"><skipped message="SKIP_RETURN_CODE=77"/>
            <system-out>skipped: no GPU\n</system-out></testcase>
        </testsuite>""")
        self.assertEqual(reported(report), ["2 of 2"])
        self.assertEqual(summary(report),
                         "1 passed, 2 failed, 2 skipped; failed: bad, absent; skipped: silent, gpu (no GPU)")


if __name__ == "__main__":
    unittest.main()
