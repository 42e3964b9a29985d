"""Makes the .pt files of this folder with PyTorch alone. Run in this folder: python3 make_torch.py

Load of (window, layer, expert) is 100 * window + 10 * layer + expert, over 3 windows, 2 layers and 4 experts, as in make_numpy.py.
"""
import collections
import torch

window, layer, expert = torch.meshgrid(torch.arange(3), torch.arange(2), torch.arange(4), indexing="ij")
loads = (100 * window + 10 * layer + expert).int()

# SGLang, mode stat: a ring buffer of five steps of which the first and the last were never used.
ring = torch.zeros(5, 2, 4, dtype=torch.int32)
ring[1:4] = loads
torch.save({"rank": 0, "logical_count": ring, "average_utilization_rate_over_window": 0.5}, "sglang-stat.pt")
torch.save({"rank": 0, "logical_count": ring, "average_utilization_rate_over_window": None}, "sglang-stat-approx.pt")

# SGLang, modes per_pass and per_token: six slots, the experts 0 and 3 have two replicas; two ranks with three slots each.
map_ = torch.tensor([[0, 1, 2, 3, 0, 3], [3, 2, 1, 0, 3, 0]])
for rank in range(2):
    records = []
    for forward_pass in (7, 8, 9):
        count = torch.zeros(2, 6, dtype=torch.int32)
        for layer_id in range(2):
            for slot in range(3 * rank, 3 * rank + 3):
                count[layer_id, slot] = 100 * (forward_pass - 7) + 10 * layer_id + slot
        records.append({"forward_pass_id": forward_pass, "rank": rank, "gatherer_key": "primary", "global_physical_count": count})
    torch.save({"records": records, "last_physical_to_logical_map": map_}, f"sglang-per-pass-{rank}.pt")
    for record in records:
        record["metadata"] = [{"input_ids": [1, 2, 3], "positions": [0, 1, 2], "extend_seq_lens": [3], "forward_mode": 1}]
        record["topk_ids_of_layer"] = torch.zeros(2, 3, 2, dtype=torch.int64)
    torch.save({"records": records, "last_physical_to_logical_map": map_}, f"sglang-per-token-{rank}.pt")

torch.save({"logical_count": loads[:1].long()}, "ktransformers.pt")
torch.save(loads, "tensor-windows.pt")
for name in ["uint8", "int8", "int16", "int32", "int64", "float16", "bfloat16", "float32", "float64"]:
    torch.save(loads[0].to(getattr(torch, name)), f"tensor-{name}.pt")

# Views: an offset into the storage, and strides that are not in row-major order.
torch.save(loads[1], "tensor-offset.pt")
torch.save(loads.permute(2, 1, 0).contiguous().permute(2, 1, 0), "tensor-strides.pt")

# Not loads, or more than tensors.
torch.save({"physical_to_logical_map": map_}, "placement.pt")
torch.save({"logical_count": loads, "path": collections.Counter()}, "foreign-global.pt")
torch.save(loads[0], "legacy.pt", _use_new_zipfile_serialization=False)
torch.save(torch.ones(1, dtype=torch.int32).expand(100, 1000), "expanded.pt")
