using System.IO.Compression;

namespace Eplb;

/// <summary>Reads files of torch.save: plain data and tensors of numbers, and nothing else.</summary>
/// <remarks>The allowed globals are exactly those that tensors need; any other name in the file is an error. Entries must be stored as they are, as torch.save does, so that the file cannot unfold.</remarks>
internal sealed class TorchFile : IPickleObjects, IDisposable
{
    private const string DataPickle = "data.pkl";
    private const int MaxStorageLength = int.MaxValue / 2;

    private static readonly Dictionary<string, object> Globals = new()
    {
        ["collections OrderedDict"] = Callable.OrderedDict,
        ["torch._utils _rebuild_tensor_v2"] = Callable.RebuildTensor,
        ["torch._utils _rebuild_tensor_v3"] = Callable.RebuildTypedTensor,
        ["torch.storage UntypedStorage"] = new StorageType(null),
        ["torch UntypedStorage"] = new StorageType(null),
        ["torch BoolStorage"] = new StorageType(NumericType.UInt8),
        ["torch ByteStorage"] = new StorageType(NumericType.UInt8),
        ["torch CharStorage"] = new StorageType(NumericType.Int8),
        ["torch ShortStorage"] = new StorageType(NumericType.Int16),
        ["torch IntStorage"] = new StorageType(NumericType.Int32),
        ["torch LongStorage"] = new StorageType(NumericType.Int64),
        ["torch HalfStorage"] = new StorageType(NumericType.Float16),
        ["torch BFloat16Storage"] = new StorageType(NumericType.BFloat16),
        ["torch FloatStorage"] = new StorageType(NumericType.Float32),
        ["torch DoubleStorage"] = new StorageType(NumericType.Float64),
        ["torch bool"] = NumericType.UInt8,
        ["torch uint8"] = NumericType.UInt8,
        ["torch int8"] = NumericType.Int8,
        ["torch int16"] = NumericType.Int16,
        ["torch uint16"] = NumericType.UInt16,
        ["torch int32"] = NumericType.Int32,
        ["torch uint32"] = NumericType.UInt32,
        ["torch int64"] = NumericType.Int64,
        ["torch uint64"] = NumericType.UInt64,
        ["torch float16"] = NumericType.Float16,
        ["torch bfloat16"] = NumericType.BFloat16,
        ["torch float32"] = NumericType.Float32,
        ["torch float64"] = NumericType.Float64,
    };

    private readonly CheckedArchive _archive;
    private readonly string _folder;
    private string? _storage;
    private byte[] _bytes = [];
    private long _decoded;

    private TorchFile(CheckedArchive archive, ZipArchiveEntry pickle)
    {
        _archive = archive;
        _folder = pickle.FullName.Substring(0, pickle.FullName.Length - DataPickle.Length);
    }

    private enum Callable
    {
        OrderedDict,
        RebuildTensor,
        RebuildTypedTensor,
    }

    /// <summary>The object that was saved.</summary>
    public object? Root { get; private set; }

    /// <summary>Whether an archive was made by torch.save.</summary>
    /// <param name="archive">The archive.</param>
    public static bool IsTorch(CheckedArchive archive) => archive.Entries.Any(IsPickle);

    /// <summary>Reads the plain data; the elements of the tensors are read when they are asked for.</summary>
    /// <param name="stream">The file; it stays open.</param>
    /// <param name="cancellation">Cancels the reading, also of the tensors.</param>
    /// <exception cref="EplbException">The file is not one of torch.save, is damaged, or refers to anything that is not allowed.</exception>
    public static TorchFile Open(Stream stream, CancellationToken cancellation = default)
    {
        var archive = new CheckedArchive(stream, cancellation);
        ZipArchiveEntry[] pickles = [.. archive.Entries.Where(IsPickle)];
        if (pickles.Length != 1)
            throw new EplbException(EplbError.FormatInvalid, $"The archive has {pickles.Length} entries {DataPickle}; torch.save writes one.");
        var file = new TorchFile(archive, pickles[0]);
        file.CheckByteOrder();
        file.Root = new PickleReader(file.ReadEntry(pickles[0], PickleReader.MaxLength), file).Read();
        return file;
    }

    /// <summary>All elements of a tensor in row-major order.</summary>
    /// <param name="tensor">Tensor of this file.</param>
    /// <exception cref="EplbException">The tensors that were read are together larger than the file: they overlap.</exception>
    public double[] ReadDoubles(TorchTensor tensor)
    {
        double[] values = new double[tensor.Count];
        Read(tensor, values);
        return values;
    }

    /// <summary>Reads all elements of a tensor in row-major order.</summary>
    /// <param name="tensor">Tensor of this file.</param>
    /// <param name="values">Takes the elements, one each.</param>
    /// <exception cref="EplbException">The tensors that were read are together larger than the file: they overlap.</exception>
    public void Read(TorchTensor tensor, double[] values)
    {
        _decoded += tensor.Count;
        if (_decoded > _archive.Length)
            throw new EplbException(EplbError.ShapeTooLarge, "The tensors are views of the same few elements: together they are larger than the file.");
        ReadOnlySpan<byte> bytes = ReadStorage(tensor.Storage);
        int size = tensor.Type.Size();
        if (tensor.IsContiguous)
        {
            tensor.Type.Decode(bytes.Slice((int)(tensor.Offset * size)), values);
            return;
        }

        for (int i = 0; i < values.Length; i++)
            tensor.Type.Decode(bytes.Slice((int)(tensor.PlaceOf(i) * size), size), values.AsSpan(i, 1));
    }

    /// <summary>Reads the elements of a contiguous tensor as they lie in the file.</summary>
    /// <param name="tensor">Tensor of this file.</param>
    /// <param name="read">Reads the bytes from the first element on.</param>
    /// <exception cref="EplbException">The storage is damaged.</exception>
    public void ReadElements(TorchTensor tensor, Action<Stream> read) => _archive.Read(_archive.Find(tensor.Storage.Entry)!, (stream, _) =>
    {
        byte[] skipped = new byte[1 << 16];
        for (long rest = tensor.Offset * tensor.Type.Size(); rest > 0;)
        {
            int count = (int)Math.Min(rest, skipped.Length);
            stream.ReadExactly(skipped, count, "a tensor");
            rest -= count;
        }

        read(stream);
        return true;
    });

    public void Dispose() => _archive.Dispose();

    object IPickleObjects.FindGlobal(string module, string name) => Globals.TryGetValue($"{module} {name}", out object? found)
        ? found
        : throw new EplbException(EplbError.FormatInvalid,
            $"The file refers to '{module}.{name}', which tensors do not need: it is refused, and nothing of it was executed.");

    object IPickleObjects.Call(object global, object?[] arguments) => (global, arguments.Length) switch
    {
        (Callable.OrderedDict, 0) => new Dictionary<object, object?>(),
        (Callable.RebuildTensor, 5 or 6 or 7) => Rebuild(arguments, null),
        (Callable.RebuildTypedTensor, 7 or 8) when arguments[6] is NumericType type => Rebuild(arguments, type),
        _ => throw new EplbException(EplbError.FormatInvalid, "The file calls something that tensors do not need."),
    };

    object IPickleObjects.Load(object? id)
    {
        if (id is not object?[] { Length: 5 } parts || parts[0] is not "storage" || parts[1] is not StorageType type || parts[2] is not string key || parts[4] is not long count)
            throw new EplbException(EplbError.FormatInvalid, "A storage of the file is not described as torch.save does.");
        string name = $"{_folder}data/{key}";
        ZipArchiveEntry entry = _archive.Find(name) ?? throw new EplbException(EplbError.FormatInvalid, $"The archive has no entry {name}.");
        long length = CheckedLength(entry);
        if (count < 0 || count > length / (type.Type?.Size() ?? 1))
        {
            throw new EplbException(EplbError.ShapeTooLarge,
                $"Storage {key} claims {count} elements, but the entry {name} has {length} bytes.");
        }

        return new TorchStorage(name, type.Type, length);
    }

    private static TorchTensor Rebuild(object?[] arguments, NumericType? type)
    {
        if (arguments[0] is not TorchStorage storage || arguments[1] is not long offset || Longs(arguments[2]) is not { } size || Longs(arguments[3]) is not { } stride)
            throw new EplbException(EplbError.FormatInvalid, "A tensor of the file is not described as torch.save does.");
        type ??= storage.Type ?? throw new EplbException(EplbError.FormatInvalid, "A tensor of the file has no element type.");
        return new TorchTensor(storage, type.Value, offset, size, stride);
    }

    private static long[]? Longs(object? tuple)
    {
        if (tuple is not object?[] { Length: <= 8 } items || !Array.TrueForAll(items, item => item is long)) return null;
        return Array.ConvertAll(items, item => (long)item!);
    }

    private static bool IsPickle(ZipArchiveEntry entry) =>
        entry.Name == DataPickle && entry.FullName.Length > DataPickle.Length && entry.FullName.IndexOf('/') == entry.FullName.Length - DataPickle.Length - 1;

    private void CheckByteOrder()
    {
        ZipArchiveEntry? entry = _archive.Find(_folder + "byteorder");
        if (entry is null) return;
        byte[] order = ReadEntry(entry, 16);
        if (!order.AsSpan().SequenceEqual("little"u8))
            throw new EplbException(EplbError.FormatInvalid, "The file was written on a big-endian machine; save it again on a little-endian one.");
    }

    private ReadOnlySpan<byte> ReadStorage(TorchStorage storage)
    {
        // The records of a recording are often views of one storage, one after another, or storages of one length.
        if (_storage != storage.Entry)
        {
            ZipArchiveEntry entry = _archive.Find(storage.Entry)!;
            int length = CheckedLength(entry, MaxStorageLength);
            if (length > _bytes.Length) _bytes = new byte[length];
            // Not the former storage any more, even where this one turns out to be damaged.
            _storage = null;
            _archive.Read(entry, (stream, _) =>
            {
                stream.ReadExactly(_bytes, length, $"the entry {entry.FullName}");
                return true;
            });
            _storage = storage.Entry;
        }

        return _bytes.AsSpan(0, (int)storage.Length);
    }

    private byte[] ReadEntry(ZipArchiveEntry entry, int limit)
    {
        int length = CheckedLength(entry, limit);
        return _archive.Read(entry, (stream, _) => stream.ReadExactly(length, $"the entry {entry.FullName}"));
    }

    private int CheckedLength(ZipArchiveEntry entry, int limit)
    {
        long length = CheckedLength(entry);
        if (length <= limit) return (int)length;
        throw new EplbException(EplbError.ShapeTooLarge, $"The archive's entry {entry.FullName} has {length} bytes; the limit is {limit}.");
    }

    private long CheckedLength(ZipArchiveEntry entry)
    {
        long length = _archive.LengthOf(entry);
        if (entry.CompressedLength != length)
            throw new EplbException(EplbError.FormatInvalid, $"The archive's entry {entry.FullName} is compressed; torch.save stores entries as they are.");
        return length;
    }

    private sealed record StorageType(NumericType? Type);
}
