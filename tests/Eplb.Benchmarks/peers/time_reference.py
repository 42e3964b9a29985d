"""Times the NumPy reference on the same loads: time_reference.py LOADS.json REPLICAS GROUPS NODES GPUS [RUNS]; one JSON line."""
import json
import sys
import time

import numpy as np

import eplb_reference

loads = np.array(json.load(open(sys.argv[1]))["logical_count"], dtype=np.float64)
replicas, groups, nodes, gpus = map(int, sys.argv[2:6])
if groups % nodes:
    groups = nodes = 1
runs = int(sys.argv[6]) if len(sys.argv) > 6 else 7
ms = []
for _ in range(runs):
    start = time.perf_counter()
    plan = eplb_reference.rebalance_experts(loads, replicas, groups, nodes, gpus)[0]
    ms.append((time.perf_counter() - start) * 1e3)
checksum = 1469598103934665603
for value in plan.ravel().tolist():
    checksum = ((checksum ^ value) * 1099511628211) & 0xFFFFFFFFFFFFFFFF
print(json.dumps(dict(peer="numpy-reference", layers=loads.shape[0], experts=loads.shape[1], replicas=replicas, groups=groups,
                      nodes=nodes, gpus=gpus, best_ms=round(min(ms), 4), median_ms=round(sorted(ms)[runs // 2], 4),
                      map_fnv1a=f"{checksum:016x}")))
