"""Prints counts of a report of the Autobahn test suite, and every case that did not pass: summarize.py REPORT CASES [AGAIN].

A case passes if it is OK or INFORMATIONAL; NON-STRICT fails, for a violation must be answered as soon as it can be seen.
Exit status 1 if a case failed, or if fewer than CASES ran. The file AGAIN gets the list of the cases that failed, and is
empty if none did, or so many that running them once more would be no answer, or too few ran.
"""
import collections
import json
import sys

report, wanted = sys.argv[1], int(sys.argv[2])
again = sys.argv[3] if len(sys.argv) > 3 else None
AGAIN_MAX = 5
with open(report + "/index.json") as file:
    agents = json.load(file)
failed = not agents
bad = []
for agent, cases in agents.items():
    sections = collections.defaultdict(collections.Counter)
    for name, case in sorted(cases.items()):
        sections[int(name.split(".")[0])][case["behavior"]] += 1
        good = ("OK", "INFORMATIONAL")
        if case["behavior"] not in good or case["behaviorClose"] not in good:
            failed = True
            bad.append(name)
            print(f"  {name}: {case['behavior']}, close {case['behaviorClose']} ({case.get('remoteCloseCode')})")
    for section in sorted(sections):
        counts = ", ".join(f"{count} {behavior}" for behavior, count in sorted(sections[section].items()))
        print(f"  section {section}: {counts}")
    print(f"{agent}: {len(cases)} cases")
    if len(cases) < wanted:
        failed = True
        bad.clear()
        print(f"  at least {wanted} were expected")
if again:
    with open(again, "w") as file:
        file.write(json.dumps(bad) if 0 < len(bad) <= AGAIN_MAX else "")
sys.exit(failed)
