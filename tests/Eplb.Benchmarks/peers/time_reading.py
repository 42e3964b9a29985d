"""Times what Python users read a recording with: time_reading.py FILE; one JSON line."""
import json
import sys
import time

import numpy as np


def read_csv(path):
    try:
        import pandas
    except ImportError:
        return np.loadtxt(path, delimiter=",", skiprows=1)[:, 3]
    return pandas.read_csv(path)["load"]


def read_json(path):
    with open(path) as file:
        return json.load(file)["logical_count"]


read = dict(npy=np.load, csv=read_csv, json=read_json)[sys.argv[1].rsplit(".", 1)[1]]
ms = []
for _ in range(2):
    start = time.perf_counter()
    loads = read(sys.argv[1])
    ms.append((time.perf_counter() - start) * 1e3)
print(json.dumps(dict(best_ms=round(min(ms), 4), total=str(int(np.sum(loads))))))
