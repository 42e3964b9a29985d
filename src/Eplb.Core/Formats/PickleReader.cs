using System.Buffers.Binary;
using System.Text;

namespace Eplb;

/// <summary>What a pickle may refer to; everything that is not decided here is refused.</summary>
internal interface IPickleObjects
{
    /// <summary>The object that a global name stands for.</summary>
    /// <param name="module">Python module.</param>
    /// <param name="name">Name in the module.</param>
    /// <exception cref="EplbException">The name is not allowed.</exception>
    object FindGlobal(string module, string name);

    /// <summary>The result of calling a global.</summary>
    /// <param name="global">What FindGlobal returned.</param>
    /// <param name="arguments">Arguments of the call.</param>
    /// <exception cref="EplbException">The call is not allowed, or its arguments are wrong.</exception>
    object Call(object global, object?[] arguments);

    /// <summary>The object that a persistent id stands for.</summary>
    /// <param name="id">The id.</param>
    /// <exception cref="EplbException">The id is unknown.</exception>
    object Load(object? id);
}

/// <summary>Reads the plain data of a Python pickle. Nothing is ever executed or constructed from the file.</summary>
/// <remarks>
/// Yields long, double, string, bool, null, object?[] (tuple), List (list), Dictionary (dict) and what <see cref="IPickleObjects"/> returns.
/// The reader is a loop without recursion, so nesting cannot exhaust the stack; every object costs at least a byte of the file.
/// </remarks>
internal sealed class PickleReader(byte[] data, IPickleObjects objects)
{
    /// <summary>Longest pickle that is read, in bytes.</summary>
    public const int MaxLength = 1 << 25;

    private const int MaxMarks = 1000;

    private readonly List<object?> _stack = [];
    private readonly Stack<int> _marks = [];
    private readonly Dictionary<uint, object?> _memo = [];
    private int _position;

    /// <summary>Reads the pickle.</summary>
    /// <exception cref="EplbException">An opcode, name or structure that is not allowed, or a file that ends too early.</exception>
    public object? Read()
    {
        while (true)
        {
            byte opcode = Take(1)[0];
            if (opcode == '.') break;
            if (!ReadValue(opcode) && !ReadContainer(opcode) && !ReadReference(opcode))
                throw Invalid($"the opcode 0x{opcode:X2} is not allowed in files of tensors");
        }

        if (_stack.Count != 1 || _marks.Count != 0 || _position != data.Length) throw Invalid("the data does not end where it should");
        return _stack[0];
    }

    private bool ReadValue(byte opcode)
    {
        switch (opcode)
        {
            case 0x80:
                byte version = Take(1)[0];
                if (version > 5) throw Invalid($"protocol {version} is unknown");
                break;
            case 0x95:
                Take(8);
                break;
            case (byte)'N':
                _stack.Add(null);
                break;
            case 0x88 or 0x89:
                _stack.Add(opcode == 0x88);
                break;
            case (byte)'J':
                _stack.Add((long)BinaryPrimitives.ReadInt32LittleEndian(Take(4)));
                break;
            case (byte)'K':
                _stack.Add((long)Take(1)[0]);
                break;
            case (byte)'M':
                _stack.Add((long)BinaryPrimitives.ReadUInt16LittleEndian(Take(2)));
                break;
            case 0x8A:
                _stack.Add(ReadLong(Take(Take(1)[0])));
                break;
            case (byte)'G':
                _stack.Add(BitConverter.Int64BitsToDouble(BinaryPrimitives.ReadInt64BigEndian(Take(8))));
                break;
            case (byte)'X':
                _stack.Add(ReadText(BinaryPrimitives.ReadUInt32LittleEndian(Take(4))));
                break;
            case 0x8C:
                _stack.Add(ReadText(Take(1)[0]));
                break;
            default:
                return false;
        }

        return true;
    }

    private bool ReadContainer(byte opcode)
    {
        switch (opcode)
        {
            case (byte)'(':
                if (_marks.Count == MaxMarks) throw Invalid($"more than {MaxMarks} nested marks are beyond the limit");
                _marks.Push(_stack.Count);
                break;
            case (byte)')':
                _stack.Add(Array.Empty<object?>());
                break;
            case (byte)'t':
                _stack.Add(PopToMark());
                break;
            case 0x85 or 0x86 or 0x87:
                _stack.Add(Pop(opcode - 0x84));
                break;
            case (byte)']':
                _stack.Add(new List<object?>());
                break;
            case (byte)'a':
                Append(Pop(1));
                break;
            case (byte)'e':
                Append(PopToMark());
                break;
            case (byte)'}':
                _stack.Add(new Dictionary<object, object?>());
                break;
            case (byte)'s':
                SetItems(Pop(2));
                break;
            case (byte)'u':
                SetItems(PopToMark());
                break;
            default:
                return false;
        }

        return true;
    }

    private bool ReadReference(byte opcode)
    {
        switch (opcode)
        {
            case (byte)'q':
                _memo[Take(1)[0]] = Top();
                break;
            case (byte)'r':
                _memo[BinaryPrimitives.ReadUInt32LittleEndian(Take(4))] = Top();
                break;
            case 0x94:
                _memo[(uint)_memo.Count] = Top();
                break;
            case (byte)'h':
                _stack.Add(Recall(Take(1)[0]));
                break;
            case (byte)'j':
                _stack.Add(Recall(BinaryPrimitives.ReadUInt32LittleEndian(Take(4))));
                break;
            case (byte)'c':
                _stack.Add(objects.FindGlobal(ReadLine(), ReadLine()));
                break;
            case 0x93:
                object?[] names = Pop(2);
                if (names[0] is not string module || names[1] is not string name) throw Invalid("a global has no name");
                _stack.Add(objects.FindGlobal(module, name));
                break;
            case (byte)'R':
                object?[] call = Pop(2);
                if (call[0] is null || call[1] is not object?[] arguments) throw Invalid("a call has no arguments");
                _stack.Add(objects.Call(call[0]!, arguments));
                break;
            case (byte)'Q':
                _stack.Add(objects.Load(Pop(1)[0]));
                break;
            default:
                return false;
        }

        return true;
    }

    private void Append(object?[] items)
    {
        if (Top() is not List<object?> list) throw Invalid("items are appended to something that is no list");
        list.AddRange(items);
    }

    private void SetItems(object?[] items)
    {
        if (Top() is not Dictionary<object, object?> dictionary || items.Length % 2 != 0) throw Invalid("items are set on something that is no dict");
        for (int i = 0; i < items.Length; i += 2)
        {
            if (items[i] is not (string or long or double or bool)) throw Invalid("a key of a dict is neither text nor a number");
            dictionary[items[i]!] = items[i + 1];
        }
    }

    private object?[] PopToMark()
    {
        if (_marks.Count == 0) throw Invalid("a mark is missing");
        int count = _stack.Count - _marks.Pop();
        return PopUnmarked(count);
    }

    private object?[] Pop(int count)
    {
        if (_marks.Count > 0 && _stack.Count - count < _marks.Peek()) throw Invalid("values are taken from beyond a mark");
        return PopUnmarked(count);
    }

    private object?[] PopUnmarked(int count)
    {
        if (count < 0 || count > _stack.Count) throw Invalid("values are taken that are not there");
        object?[] items = new object?[count];
        _stack.CopyTo(_stack.Count - count, items, 0, count);
        _stack.RemoveRange(_stack.Count - count, count);
        return items;
    }

    private object? Top() => _stack.Count > 0 ? _stack[_stack.Count - 1] : throw Invalid("a value is used that is not there");

    private object? Recall(uint index) => _memo.TryGetValue(index, out object? value) ? value : throw Invalid($"the memo has no entry {index}");

    private long ReadLong(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length > 8) throw Invalid("a whole number has more than 64 bits");
        long value = 0;
        for (int i = 0; i < bytes.Length; i++) value |= (long)bytes[i] << (8 * i);
        int unused = 64 - (8 * bytes.Length);
        return bytes.Length == 0 ? 0 : value << unused >> unused;
    }

    private string ReadText(uint length) => length <= data.Length - _position
        ? Encoding.UTF8.GetString(Take((int)length).ToArray())
        : throw Invalid($"a text claims {length} bytes");

    private string ReadLine()
    {
        int length = data.AsSpan(_position).IndexOf((byte)'\n');
        if (length < 0) throw Invalid("the data ends too early");
        string line = Encoding.UTF8.GetString(Take(length).ToArray());
        _position++;
        return line;
    }

    private ReadOnlySpan<byte> Take(int count)
    {
        if (count > data.Length - _position) throw Invalid("the data ends too early");
        ReadOnlySpan<byte> bytes = data.AsSpan(_position, count);
        _position += count;
        return bytes;
    }

    private EplbException Invalid(string what) => new(EplbError.FormatInvalid, $"The pickle cannot be read at byte {_position}: {what}.");
}
