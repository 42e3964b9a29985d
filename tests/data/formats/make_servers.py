"""Makes the files of TensorRT-LLM, vLLM, Megatron-core and omni-infer in this folder, from the descriptions of their formats alone,
with NumPy and the Python library. Run in this folder: python3 make_servers.py

Each recording holds the same loads in the end: that of (window, layer, expert) is 100 * window + 10 * layer + expert,
over 3 windows, 2 layers (ids 3 and 4 where the format has ids) and 4 experts.
"""
import json
import os
import numpy as np

window, layer, expert = np.meshgrid(np.arange(3), np.arange(2), np.arange(4), indexing="ij")
loads = 100 * window + 10 * layer + expert
share = [loads // 3, loads - loads // 3]  # of two ranks


def save_safetensors(path, tensors):
    header, data = {"__metadata__": {"format": "pt"}}, b""
    for name, array in tensors.items():
        bytes_ = np.ascontiguousarray(array, "<i8").tobytes()
        header[name] = {"dtype": "I64", "shape": list(array.shape), "data_offsets": [len(data), len(data) + len(bytes_)]}
        data += bytes_
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    with open(path, "wb") as file:
        file.write(len(text).to_bytes(8, "little") + text + data)


os.makedirs("tensorrt-llm", exist_ok=True)
with open("tensorrt-llm/meta_info.json", "w") as file:
    json.dump({"num_experts": 4, "num_experts_per_token": 2, "ep_size": 2, "experts_per_rank": 2}, file)
for rank in range(2):
    save_safetensors(f"tensorrt-llm/rank{rank}.safetensors",
                     {f"{50 + w}_{3 + l}": share[rank][w, l] for w in range(3) for l in range(2)})
save_safetensors("tensorrt-llm/rank0_raw.safetensors", {"50_3": np.arange(12).reshape(3, 4)})

map_ = [[0, 1, 2, 3, 0], [3, 2, 1, 0, 3]]
with open("vllm.jsonl", "w") as file:
    print(json.dumps({"record_type": "eplb_load_meta", "version": 1, "model": "m", "num_ranks": 5, "num_groups": 1, "num_nodes": 1,
                      "num_layers": 2, "num_redundant_experts": 1}), file=file)
    for w in range(3):
        physical = []
        for l in range(2):
            row = [int(loads[w, l, e]) for e in map_[l][:4]]
            row.append(row[0] // 2)
            row[0] -= row[4]
            physical.append(row)
        print(json.dumps({"record_type": "eplb_load_stats", "version": 1, "step": 50 + w, "num_ranks": 5,
                          "expert_load": physical, "p2l_map": map_}), file=file)
    print(json.dumps({"record_type": "something_newer", "version": 9}), file=file)

for rank in range(2):
    # Layer 4 has a forward pass fewer on no rank; the buffer behind the counts holds rubbish.
    buffer = np.full((2, 4, 4), -77, np.int32)
    buffer[:, :3, :] = share[rank].transpose(1, 0, 2)
    np.savez(f"mcore_ep_loads_rank{rank}_0.npz", dump_version=np.asarray("mcore_ep_load_dump_v1"), capture_id=np.asarray("0"), loads=buffer,
             layer_numbers=np.array([3, 4], np.int32), forward_counts=np.array([3, 3], np.int32), ep_rank=np.int32(rank), ep_size=np.int32(2),
             num_global_physical_experts=np.int32(4), num_local_physical_experts=np.int32(2))

os.makedirs("omni-infer", exist_ok=True)
for w in range(3):
    for rank in range(2):
        with open(f"omni-infer/activation_counts_recordstep_{w}_rank_{rank}.txt", "w") as file:
            for l in range(2):
                file.write("\t".join(str(x) for x in loads[w, l, 2 * rank:2 * rank + 2]) + ("\t\n" if rank else "\n"))
