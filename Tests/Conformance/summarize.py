"""Prints counts of a report of the Autobahn test suite, and every case that did not pass: summarize.py REPORT CASES.

A case passes if it is OK or INFORMATIONAL; NON-STRICT fails, for a violation must be answered as soon as it can be seen.
Exit status 1 if a case failed, or if fewer than CASES ran.
"""
import collections
import json
import sys

report, wanted = sys.argv[1], int(sys.argv[2])
with open(report + "/index.json") as file:
    agents = json.load(file)
failed = not agents
for agent, cases in agents.items():
    sections = collections.defaultdict(collections.Counter)
    for name, case in sorted(cases.items()):
        sections[int(name.split(".")[0])][case["behavior"]] += 1
        good = ("OK", "INFORMATIONAL")
        if case["behavior"] not in good or case["behaviorClose"] not in good:
            failed = True
            print(f"  {name}: {case['behavior']}, close {case['behaviorClose']} ({case.get('remoteCloseCode')})")
    for section in sorted(sections):
        counts = ", ".join(f"{count} {behavior}" for behavior, count in sorted(sections[section].items()))
        print(f"  section {section}: {counts}")
    print(f"{agent}: {len(cases)} cases")
    if len(cases) < wanted:
        failed = True
        print(f"  at least {wanted} were expected")
sys.exit(failed)
