"""What a process takes."""

import os
import subprocess
import sys
import time


def measure(command, env=None, cpus=None):
    """CPU seconds, wall seconds and peak MiB of a process, on these processors; its output goes to stderr when it fails."""
    pin = (lambda: os.sched_setaffinity(0, cpus)) if cpus else None
    start = time.monotonic()
    with open(os.devnull, "wb") as nowhere:
        process = subprocess.Popen(command, stdout=nowhere, stderr=subprocess.PIPE, env=env,
                                   preexec_fn=pin)
        complaint = process.stderr.read()
        _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode != 0:
        sys.exit(f"{command} ended with {process.returncode}: {complaint.decode(errors='replace')[-2000:]}")
    return usage.ru_utime + usage.ru_stime, time.monotonic() - start, usage.ru_maxrss / 1024
