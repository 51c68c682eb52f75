#!/usr/bin/env bash
# Prints a loopback port that nobody has just now, for a server that wants to be told its port: scripts/verify/port.sh
# Below those that the system takes for connections that go out: until its server is there, or while it is killed and started again, nobody gets it.
set -euo pipefail

python3 - <<'PYTHON'
import random
import socket

for port in random.sample(range(15000, 32000), 1000):
    with socket.socket() as tried:
        try:
            tried.bind(("127.0.0.1", port))
        except OSError:
            continue
    print(port)
    break
else:
    raise SystemExit("no free loopback port")
PYTHON
