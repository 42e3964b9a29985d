"""Times what Python users read a recording with: time_reading.py FILE; one JSON line."""
import json
import sys
import time

import numpy as np


def read_npy(path):
    return np.load(path).sum()


def read_csv(path):
    try:
        import pandas
    except ImportError:
        return np.loadtxt(path, delimiter=",", skiprows=1, usecols=3).sum()
    return pandas.read_csv(path)["load"].sum()


def read_json(path):
    with open(path) as file:
        return np.array(json.load(file)["logical_count"]).sum()


read = dict(npy=read_npy, csv=read_csv, json=read_json)[sys.argv[1].rsplit(".", 1)[1]]
ms = []
for _ in range(4):
    start = time.perf_counter()
    total = read(sys.argv[1])
    ms.append((time.perf_counter() - start) * 1e3)
print(json.dumps(dict(best_ms=round(min(ms), 4), total=str(int(total)))))
