#!/usr/bin/env python3
"""Times `mtlsmith bundle check` on inputs made to break parsers, and looks at its memory.

Usage: scripts/hostile.py MTLSMITH GENERATOR [--big]

GENERATOR writes the inputs and an index with a limit for each (milliseconds, MiB, verdict). Prints what went over a limit and the worst
figures; ends with 1 when anything did. Times are wall times of whole processes: run it on a machine that is otherwise idle.
"""
import json
import os
import subprocess
import sys
import tempfile
import time


def run(program, path):
    """Exit code, milliseconds and peak memory in MiB of one check."""
    start = time.monotonic()
    arguments = [program, "bundle", "check", "--at", "2026-06-15T00:00:00Z", "--quiet", path]
    child = subprocess.Popen(arguments, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    _, status, usage = os.wait4(child.pid, 0)
    child.returncode = os.waitstatus_to_exitcode(status)
    return child.returncode, (time.monotonic() - start) * 1000, usage.ru_maxrss / 1024


def main():
    program, generator, *rest = sys.argv[1:]
    wrong, worst = [], {"ms": (0, ""), "mb": (0, "")}
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run([sys.executable, generator, folder, *rest], check=True, stdout=subprocess.DEVNULL)
        cases = [json.loads(line) for line in open(os.path.join(folder, "index.jsonl"))]
        cases = [case for case in cases if case["file"].endswith(".pem")]
        for case in cases:
            code, milliseconds, mebibytes = run(program, os.path.join(folder, case["file"]))
            worst["ms"] = max(worst["ms"], (milliseconds, case["file"]))
            # The file itself is held in memory, so what counts is what comes on top of it.
            mebibytes = max(0.0, mebibytes - case["bytes"] / 2**20)
            worst["mb"] = max(worst["mb"], (mebibytes, case["file"]))
            expected = {"accept": (0,), "reject": (1,), "any": (0, 1)}[case["expect"]]
            if code not in expected:
                wrong.append(f"{case['file']}: exit {code}, expected {case['expect']}")
            if milliseconds > case["limit_ms"] or mebibytes > case["limit_mb"]:
                wrong.append(f"{case['file']}: {milliseconds:.0f} ms, {mebibytes:.1f} MiB, allowed {case['limit_ms']} ms, {case['limit_mb']} MiB")
    print(f"{len(cases)} inputs; slowest {worst['ms'][0]:.1f} ms ({worst['ms'][1]}); "
          f"most memory beside the file {worst['mb'][0]:.1f} MiB ({worst['mb'][1]})")
    print("\n".join(wrong) or "all within their limits")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
