"""Makes the .npy and .npz files of this folder with NumPy alone. Run in this folder: python3 make_numpy.py

Load of (window, layer, expert) is 100 * window + 10 * layer + expert, over 3 windows, 2 layers and 4 experts.
"""
import numpy as np

window, layer, expert = np.meshgrid(np.arange(3), np.arange(2), np.arange(4), indexing="ij")
loads = 100 * window + 10 * layer + expert

for code in ["i1", "i2", "i4", "i8", "u1", "u2", "u4", "u8", "f2", "f4", "f8"]:
    np.save(f"plain-{code}.npy", loads[0].astype(code))
np.save("windows-i4.npy", loads.astype("<i4"))
np.save("windows-f8-fortran.npy", np.asfortranarray(loads.astype("<f8")))
np.save("object.npy", np.array([[1, "a"]], dtype=object), allow_pickle=True)
np.save("big-endian.npy", loads.astype(">i4"))
np.save("vector.npy", loads[0, 0])
np.savez("parts.npz", a=loads[0], b=loads[1:], names=np.array(["x", "y"]))
np.savez_compressed("logical-count.npz", logical_count=loads.astype("<i4"), rank=np.int64(0))
