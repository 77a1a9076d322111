using System.Runtime.InteropServices;
using System.Security.Cryptography;

namespace Tongban.Trust;

/// <summary>
/// The functions of a PKCS #11 module (OASIS, 2.40) that signing needs, by their place in <c>CK_FUNCTION_LIST</c>. Types as on Linux and
/// macOS, where CK_ULONG is as wide as a pointer. A module is loaded and initialised once in a process and stays.
/// </summary>
sealed unsafe class Cryptoki
{
    public const nuint Ok = 0;
    public const nuint Token = 0x1, Private = 0x2, Label = 0x3, Class = 0x0, KeyType = 0x100, Id = 0x102, Sensitive = 0x103, Sign = 0x108, Verify = 0x10A, Extractable = 0x162, EcParams = 0x180, EcPoint = 0x181;
    public const nuint PublicKeyClass = 2, PrivateKeyClass = 3;
    public const nuint EcKeyPairGen = 0x1040, Ecdsa = 0x1041, EdwardsKeyPairGen = 0x1055, Eddsa = 0x1057;

    const nuint AlreadyInitialized = 0x191, AlreadyLoggedIn = 0x100, PinIncorrect = 0xA0, PinLocked = 0xA4;
    const nuint SerialSession = 4, ReadWrite = 2, User = 1, OsLocking = 2;

    static readonly Dictionary<string, Cryptoki> Loaded = new(StringComparer.Ordinal);

    readonly IntPtr* functions;

    Cryptoki(IntPtr library)
    {
        var get = (delegate* unmanaged[Cdecl]<IntPtr*, nuint>)NativeLibrary.GetExport(library, "C_GetFunctionList");
        IntPtr list;
        Check(get(&list), "C_GetFunctionList");
        // A version of two bytes comes first, padded to a pointer's width.
        functions = (IntPtr*)(list + IntPtr.Size);
        var arguments = stackalloc nuint[6];
        arguments[4] = OsLocking;
        var initialised = ((delegate* unmanaged[Cdecl]<nuint*, nuint>)functions[0])(arguments);
        if (initialised != AlreadyInitialized)
            Check(initialised, "C_Initialize");
    }

    /// <summary>Null when the file is no module.</summary>
    public static Cryptoki? Load(string path)
    {
        lock (Loaded)
        {
            if (!Loaded.TryGetValue(path, out var module))
            {
                if (!NativeLibrary.TryLoad(path, out var library) || !NativeLibrary.TryGetExport(library, "C_GetFunctionList", out _))
                    return null;
                Loaded[path] = module = new Cryptoki(library);
            }
            return module;
        }
    }

    /// <summary>The slot that holds a token of this label; null when none does.</summary>
    public nuint? Slot(string label)
    {
        var list = (delegate* unmanaged[Cdecl]<byte, nuint*, nuint*, nuint>)functions[4];
        nuint count;
        Check(list(1, null, &count), "C_GetSlotList");
        var slots = new nuint[(int)count];
        fixed (nuint* at = slots)
            Check(list(1, at, &count), "C_GetSlotList");
        // CK_TOKEN_INFO begins with the label: 32 bytes, filled with blanks.
        var info = stackalloc byte[512];
        foreach (var slot in slots[..(int)count])
        {
            Check(((delegate* unmanaged[Cdecl]<nuint, byte*, nuint>)functions[6])(slot, info), "C_GetTokenInfo");
            if (System.Text.Encoding.UTF8.GetString(info, 32).TrimEnd(' ') == label)
                return slot;
        }
        return null;
    }

    public bool Has(nuint slot, nuint mechanism)
    {
        var info = stackalloc nuint[3];
        return ((delegate* unmanaged[Cdecl]<nuint, nuint, nuint*, nuint>)functions[8])(slot, mechanism, info) == Ok;
    }

    public nuint OpenSession(nuint slot)
    {
        nuint session;
        Check(((delegate* unmanaged[Cdecl]<nuint, nuint, void*, void*, nuint*, nuint>)functions[12])(slot, SerialSession | ReadWrite, null, null, &session), "C_OpenSession");
        return session;
    }

    public void CloseSession(nuint session) => ((delegate* unmanaged[Cdecl]<nuint, nuint>)functions[13])(session);

    /// <summary>False when the PIN is wrong or locked. Holds for every session with the token, until the last one closes.</summary>
    public bool Login(nuint session, ReadOnlySpan<byte> pin)
    {
        fixed (byte* at = pin)
        {
            var outcome = ((delegate* unmanaged[Cdecl]<nuint, nuint, byte*, nuint, nuint>)functions[18])(session, User, at, (nuint)pin.Length);
            if (outcome is PinIncorrect or PinLocked)
                return false;
            if (outcome != AlreadyLoggedIn)
                Check(outcome, "C_Login");
            return true;
        }
    }

    public nuint? FindOne(nuint session, params ReadOnlySpan<(nuint Type, byte[] Value)> wanted)
    {
        using var template = new Template(wanted);
        Check(((delegate* unmanaged[Cdecl]<nuint, Attribute*, nuint, nuint>)functions[26])(session, template.At, template.Count), "C_FindObjectsInit");
        nuint found, count;
        var outcome = ((delegate* unmanaged[Cdecl]<nuint, nuint*, nuint, nuint*, nuint>)functions[27])(session, &found, 1, &count);
        ((delegate* unmanaged[Cdecl]<nuint, nuint>)functions[28])(session);
        Check(outcome, "C_FindObjects");
        return count == 1 ? found : null;
    }

    public byte[] Attributes(nuint session, nuint item, nuint type)
    {
        var get = (delegate* unmanaged[Cdecl]<nuint, nuint, Attribute*, nuint, nuint>)functions[24];
        var asked = new Attribute { Type = type };
        Check(get(session, item, &asked, 1), "C_GetAttributeValue");
        var value = new byte[(int)asked.Length];
        fixed (byte* at = value)
        {
            asked.Value = at;
            Check(get(session, item, &asked, 1), "C_GetAttributeValue");
        }
        return value;
    }

    public (nuint Public, nuint Private) GeneratePair(nuint session, nuint mechanism, ReadOnlySpan<(nuint, byte[])> open, ReadOnlySpan<(nuint, byte[])> secret)
    {
        using var first = new Template(open);
        using var second = new Template(secret);
        var how = new Mechanism { Type = mechanism };
        nuint made, hidden;
        Check(((delegate* unmanaged[Cdecl]<nuint, Mechanism*, Attribute*, nuint, Attribute*, nuint, nuint*, nuint*, nuint>)functions[59])(
            session, &how, first.At, first.Count, second.At, second.Count, &made, &hidden), "C_GenerateKeyPair");
        return (made, hidden);
    }

    /// <summary>PKCS #11's own code; <see cref="Ok"/> when the signature was made, of exactly the room given.</summary>
    public nuint SignWith(nuint session, nuint mechanism, nuint key, ReadOnlySpan<byte> data, Span<byte> signature)
    {
        var how = new Mechanism { Type = mechanism };
        var begun = ((delegate* unmanaged[Cdecl]<nuint, Mechanism*, nuint, nuint>)functions[42])(session, &how, key);
        if (begun != Ok)
            return begun;
        var length = (nuint)signature.Length;
        fixed (byte* from = data, to = signature)
        {
            var outcome = ((delegate* unmanaged[Cdecl]<nuint, byte*, nuint, byte*, nuint*, nuint>)functions[43])(session, from, (nuint)data.Length, to, &length);
            return outcome == Ok && length != (nuint)signature.Length ? throw new CryptographicException("The token's signature has another length than its suite's") : outcome;
        }
    }

    public static void Check(nuint outcome, string function)
    {
        if (outcome != Ok)
            throw new CryptographicException($"The token refused {function} (PKCS #11 code 0x{outcome:X})");
    }

    [StructLayout(LayoutKind.Sequential)]
    struct Mechanism
    {
        public nuint Type;
        public void* Parameter;
        public nuint Length;
    }

    [StructLayout(LayoutKind.Sequential)]
    internal struct Attribute
    {
        public nuint Type;
        public void* Value;
        public nuint Length;
    }

    /// <summary>Attributes with their values held in place while a call reads them.</summary>
    readonly ref struct Template
    {
        readonly GCHandle[] held;
        readonly GCHandle list;

        public Template(ReadOnlySpan<(nuint Type, byte[] Value)> from)
        {
            held = new GCHandle[from.Length];
            var attributes = new Attribute[from.Length];
            for (var i = 0; i < from.Length; i++)
            {
                held[i] = GCHandle.Alloc(from[i].Value, GCHandleType.Pinned);
                attributes[i] = new Attribute { Type = from[i].Type, Value = (void*)held[i].AddrOfPinnedObject(), Length = (nuint)from[i].Value.Length };
            }
            Count = (nuint)from.Length;
            list = GCHandle.Alloc(attributes, GCHandleType.Pinned);
        }

        public Attribute* At => (Attribute*)list.AddrOfPinnedObject();

        public nuint Count { get; }

        public void Dispose()
        {
            foreach (var handle in held)
                handle.Free();
            list.Free();
        }
    }
}
