namespace Eplb;

/// <summary>Where the elements of a tensor lie in its storage. Checked: every element is inside.</summary>
internal sealed class TorchTensor
{
    private readonly long[] _stride;

    /// <summary>Checks the tensor against its storage.</summary>
    /// <param name="storage">Storage that holds the elements.</param>
    /// <param name="type">Element type.</param>
    /// <param name="offset">Element of the storage that comes first.</param>
    /// <param name="size">Length of each dimension.</param>
    /// <param name="stride">Distance of neighbours in each dimension, in elements.</param>
    /// <exception cref="EplbException">An element would lie outside of the storage, or several in one place.</exception>
    public TorchTensor(TorchStorage storage, NumericType type, long offset, long[] size, long[] stride)
    {
        Storage = storage;
        Type = type;
        Offset = offset;
        Size = size;
        _stride = stride;
        long capacity = storage.Length / type.Size();
        long last = offset;
        long count = 1;
        bool fits = size.Length == stride.Length && offset >= 0 && offset <= capacity;
        if (fits && size.Where((length, i) => length > 1 && stride[i] == 0).Any())
        {
            // A few bytes could stand for any number of loads.
            throw new EplbException(EplbError.FormatInvalid,
                $"A tensor of {SizeText} is an expanded view, in which one stored element stands in several places; save it with .contiguous(), which stores every one.");
        }

        IsContiguous = true;
        for (int i = size.Length - 1; i >= 0 && fits; i--)
        {
            fits = size[i] >= 0 && stride[i] >= 0 && size[i] <= capacity && stride[i] <= capacity;
            if (size[i] > 1 && stride[i] != count) IsContiguous = false;
            // Both factors are at most the capacity, which is a file's length: the products stay within 128 bits, as doubles within their range.
            fits = fits && (double)count * size[i] <= capacity && last + ((double)Math.Max(0, size[i] - 1) * stride[i]) <= capacity;
            if (!fits) break;
            count *= size[i];
            last += Math.Max(0, size[i] - 1) * stride[i];
        }

        Count = count;
        if (!fits || (count > 0 && last >= capacity))
        {
            throw new EplbException(EplbError.ShapeTooLarge,
                $"A tensor of {SizeText} does not fit into its storage of {capacity} elements.");
        }
    }

    /// <summary>Storage that holds the elements.</summary>
    public TorchStorage Storage { get; }

    /// <summary>Element type.</summary>
    public NumericType Type { get; }

    /// <summary>Element of the storage that comes first.</summary>
    public long Offset { get; }

    /// <summary>Length of each dimension.</summary>
    public IReadOnlyList<long> Size { get; }

    /// <summary>Number of elements.</summary>
    public long Count { get; }

    /// <summary>Whether the elements lie one behind the other in row-major order.</summary>
    public bool IsContiguous { get; }

    /// <summary>The size as PyTorch prints it.</summary>
    public string SizeText => $"[{string.Join(", ", Size)}]";

    /// <summary>Place of an element in the storage.</summary>
    /// <param name="index">Index of the element in row-major order.</param>
    public long PlaceOf(long index)
    {
        long place = Offset;
        for (int i = Size.Count - 1; i >= 0; i--)
        {
            place += index % Size[i] * _stride[i];
            index /= Size[i];
        }

        return place;
    }
}

/// <summary>The raw bytes that tensors are views of: an entry of the archive.</summary>
/// <param name="Entry">Name of the entry.</param>
/// <param name="Type">Element type, or null for bytes of any type.</param>
/// <param name="Length">Length in bytes.</param>
internal sealed record TorchStorage(string Entry, NumericType? Type, long Length);
