#!/usr/bin/env python3
"""Makes the files under placements/ with other libraries than the module's: json, PyYAML, NumPy, torch, csv.

One placement for a model of 5 hidden layers, the first 2 of them dense: 8 experts in 12 slots on 4 GPUs (2 nodes), no expert twice on a GPU,
a rank's slots in ascending order where the format asks for it. Run it in this folder; equal output every time.
"""
import csv
import json
import random

import numpy
import torch
import yaml

EXPERTS, SLOTS, GPUS, DENSE, MOE = 8, 12, 4, 2, 3
PER_GPU = SLOTS // GPUS
rng = random.Random(7)


def layer():
    """Fills the GPUs until every expert is there and none twice on a GPU."""
    while True:
        slots = list(range(EXPERTS)) + [rng.randrange(EXPERTS) for _ in range(SLOTS - EXPERTS)]
        rng.shuffle(slots)
        ranks = [slots[gpu * PER_GPU:(gpu + 1) * PER_GPU] for gpu in range(GPUS)]
        if all(len(set(rank)) == PER_GPU for rank in ranks):
            return slots


moe = [layer() for _ in range(MOE)]
dense = [[slot % EXPERTS for slot in range(SLOTS)] for _ in range(DENSE)]
loads = [[0] * EXPERTS] * DENSE + [[rng.randrange(1, 1000) for _ in range(EXPERTS)] for _ in range(MOE)]


def write(name, text):
    with open("placements/" + name, "w", encoding="utf-8", newline="\n") as file:
        file.write(text)


write("expected.json", json.dumps({"moe": moe, "dense": dense, "loads": loads}))
write("sglang.json", json.dumps({"physical_to_logical_map": dense + moe}))
torch.save({"physical_to_logical_map": torch.tensor(dense + moe, dtype=torch.int64)}, "placements/sglang.pt")
torch.save({"records": [], "last_physical_to_logical_map": torch.tensor(dense + moe, dtype=torch.int32).t().contiguous().t()},
           "placements/sglang-recording.pt")
torch.save({"physical_to_logical_map": torch.tensor(moe[0])}, "placements/sglang-one-dimension.pt")

assignments = {DENSE + position: row for position, row in enumerate(moe)}
plan = {"num_slots": SLOTS, "layer_updates_per_iter": 0, "initial_global_assignments": assignments}
write("trtllm-block.yaml", "# PyYAML's own layout: a list is a line an element\n---\n" + yaml.dump(plan, sort_keys=False))
write("trtllm-flow.yaml", yaml.dump(plan, sort_keys=False, default_flow_style=None, width=30))
write("trtllm-ep_size.yaml", yaml.dump({"ep_size": GPUS, **plan}, sort_keys=False, default_flow_style=None, width=10000).replace("\n", "\r\n"))

write("vllm-ascend.json", json.dumps({
    "moe_layer_count": MOE,
    "layer_list": [{
        "layer_id": position,
        "device_count": GPUS,
        "device_list": [{"device_id": gpu, "device_expert": row[gpu * PER_GPU:(gpu + 1) * PER_GPU]} for gpu in range(GPUS)],
    } for position, row in enumerate(moe)],
}, indent=1))

write("vllm.jsonl", json.dumps({
    "record_type": "eplb_initial_mapping", "version": 1, "num_redundant_experts": SLOTS - EXPERTS, "num_slots": SLOTS,
    "initial_global_assignments": {str(position): row for position, row in enumerate(moe)},
}) + "\n")
write("vllm-recording.jsonl", "".join(json.dumps(record) + "\n" for record in [
    {"record_type": "eplb_load_meta", "version": 1, "model": "m", "num_ranks": GPUS, "num_groups": 4, "num_nodes": 2, "num_layers": MOE,
     "num_redundant_experts": SLOTS - EXPERTS},
    {"record_type": "eplb_load_stats", "version": 1, "step": 1, "num_ranks": GPUS, "expert_load": [[1] * SLOTS] * MOE, "p2l_map": [dense[0]] * MOE},
    {"record_type": "something_new", "version": 9},
    {"record_type": "eplb_load_stats", "version": 1, "step": 2, "num_ranks": GPUS, "expert_load": [[1] * SLOTS] * MOE, "p2l_map": moe},
]))
write("vllm-array.json", json.dumps(moe))
write("vllm-array-one-layer.json", json.dumps(moe[0]))

most = max(row.count(expert) for row in dense + moe for expert in range(EXPERTS))
where = [[[slot for slot in range(SLOTS) if row[slot] == expert] for expert in range(EXPERTS)] for row in dense + moe]
write("fastdeploy.json", json.dumps({
    "update_timestamp": 0,
    "tokens_per_expert_stats_list": loads,
    "ep_rank_to_expert_id_list": dense + moe,
    "expert_id_to_ep_rank_array": [[slots + [-1] * (most - len(slots)) for slots in row] for row in where],
    "expert_in_rank_num_list": [[len(slots) for slots in row] for row in where],
}))

pattern = numpy.zeros((GPUS, MOE, EXPERTS), dtype="<i4")
for position, row in enumerate(moe):
    for slot, expert in enumerate(row):
        pattern[slot // PER_GPU, position, expert] = 1
numpy.save("placements/omni-infer.npy", pattern)
numpy.save("placements/omni-infer-int64.npy", pattern.astype("<i8"))

# As Export-Csv of Windows PowerShell writes the objects: a type line, quotes, CRLF, a byte order mark.
seen = {}
with open("placements/export-csv.csv", "w", encoding="utf-8-sig", newline="") as file:
    file.write("#TYPE Eplb.PhysicalExpert\r\n")
    rows = csv.writer(file, quoting=csv.QUOTE_ALL)
    rows.writerow(["Layer", "PhysicalExpert", "LogicalExpert", "Replica", "ReplicaCount", "Node", "Gpu", "Slot", "Load"])
    for position, row in enumerate(moe):
        for slot, expert in enumerate(row):
            replica = row[:slot].count(expert)
            rows.writerow([DENSE + position, slot, expert, replica, row.count(expert), slot // (SLOTS // 2), slot // PER_GPU, slot % PER_GPU,
                           loads[DENSE + position][expert] / row.count(expert)])

write("convertto-json.json", json.dumps({
    "Layer": list(range(DENSE, DENSE + MOE)), "ReplicaCount": SLOTS, "GpuCount": GPUS, "NodeCount": 2, "GroupCount": 4, "Policy": 1,
    "PhysicalToLogical": moe,
    "LogicalToPhysical": [[slots + [-1] * (most - len(slots)) for slots in row] for row in where[DENSE:]],
    "ExpertCount": [[len(slots) for slots in row] for row in where[DENSE:]],
    "Load": loads[DENSE:],
}))
