using System.Runtime.InteropServices;
using System.Runtime.Versioning;
using System.Text;
using Nv2.Signing;
using Nv2.Signing.Text;

namespace Nv2.Plugin.KeySources;

/// <summary>
/// A PKCS#11 module (version 2.40, OASIS): the functions that nv2 uses, called through unmanaged function pointers. Structures have the natural
/// alignment of the system, as on every Unix; CK_ULONG is as wide as a pointer. All of this runs only in the process of <see cref="TokenHost"/>.
/// </summary>
[SupportedOSPlatform("linux")]
internal sealed unsafe partial class Pkcs11Module : IDisposable
{
    public const nuint CertificateClass = 1;
    public const nuint PublicKeyClass = 2;
    public const nuint PrivateKeyClass = 3;

    public const nuint User = 1;
    public const nuint ContextSpecific = 2;

    private const int ResolveNow = 2;
    private const nuint SerialSession = 4;
    private const nuint OsLocking = 2;
    private const int MaxObjects = 1024;

    // The positions in CK_FUNCTION_LIST (pkcs11f.h), which begins with a CK_VERSION of two bytes, padded to the width of a pointer.
    private const int Initialize = 0;
    private const int Finalize = 1;
    private const int GetSlotList = 4;
    private const int GetSlotInfo = 5;
    private const int GetTokenInfo = 6;
    private const int GetMechanismList = 7;
    private const int GetMechanismInfo = 8;
    private const int OpenSessionPlace = 12;
    private const int CloseSessionPlace = 13;
    private const int LoginPlace = 18;
    private const int LogoutPlace = 19;
    private const int GetAttributeValue = 24;
    private const int FindObjectsInit = 26;
    private const int FindObjects = 27;
    private const int FindObjectsFinal = 28;
    private const int SignInit = 42;
    private const int SignPlace = 43;

    private readonly void** functions;

    /// <summary>Loads and initializes a module.</summary>
    /// <exception cref="InvalidInputException">It does not exist, is not a PKCS#11 module, or cannot be initialized.</exception>
    public Pkcs11Module(string path)
    {
        RequireLibrary(path);
        var library = dlopen(path, ResolveNow);
        if (library == 0)
            throw new InvalidInputException(
                $"cannot load the PKCS#11 module {Quoted.Text(path)}: {Quoted.Printable(Marshal.PtrToStringUTF8(dlerror()))}"
            );
        var getFunctionList = (delegate* unmanaged<void***, nuint>)dlsym(library, "C_GetFunctionList");
        if (getFunctionList is null)
            throw new InvalidInputException($"{Quoted.Text(path)} is not a PKCS#11 module: it has no function C_GetFunctionList");
        void** list;
        Pkcs11Error.Require(getFunctionList(&list), "C_GetFunctionList");
        functions = list + 1; // Behind the version.

        // CK_C_INITIALIZE_ARGS: four functions and the flags; a pointer that is reserved.
        var arguments = stackalloc nuint[6];
        new Span<nuint>(arguments, 6).Clear();
        arguments[4] = OsLocking;
        Pkcs11Error.Require(((delegate* unmanaged<void*, nuint>)functions[Initialize])(arguments), "C_Initialize");
    }

    /// <summary>The slots that have a token.</summary>
    public nuint[] Slots() =>
        List((slots, count) => ((delegate* unmanaged<byte, nuint*, nuint*, nuint>)functions[GetSlotList])(1, slots, count), "C_GetSlotList");

    /// <summary>The description of a slot and its token.</summary>
    public TokenDescription Describe(nuint slot)
    {
        // CK_SLOT_INFO: description 64, manufacturer 32, flags, two versions.
        var slotInfo = stackalloc byte[128];
        Pkcs11Error.Require(((delegate* unmanaged<nuint, byte*, nuint>)functions[GetSlotInfo])(slot, slotInfo), "C_GetSlotInfo");

        // CK_TOKEN_INFO: label 32, manufacturer 32, model 16, serial number 16, flags, ten numbers, two versions, time 16.
        var tokenInfo = stackalloc byte[256];
        Pkcs11Error.Require(((delegate* unmanaged<nuint, byte*, nuint>)functions[GetTokenInfo])(slot, tokenInfo), "C_GetTokenInfo");
        return new(
            slot,
            Text(slotInfo, 64),
            Text(slotInfo + 64, 32),
            Text(tokenInfo, 32),
            Text(tokenInfo + 32, 32),
            Text(tokenInfo + 64, 16),
            Text(tokenInfo + 80, 16),
            (TokenStates)(ulong)*(nuint*)(tokenInfo + 96)
        );
    }

    /// <summary>The mechanisms of a token that sign.</summary>
    public HashSet<nuint> SigningMechanisms(nuint slot)
    {
        const nuint CanSign = 0x800;
        var mechanisms = List(
            (types, count) => ((delegate* unmanaged<nuint, nuint*, nuint*, nuint>)functions[GetMechanismList])(slot, types, count),
            "C_GetMechanismList"
        );
        var signing = new HashSet<nuint>();
        var info = stackalloc nuint[3]; // Smallest key, largest key, flags.
        foreach (var mechanism in mechanisms)
        {
            var result = ((delegate* unmanaged<nuint, nuint, nuint*, nuint>)functions[GetMechanismInfo])(slot, mechanism, info);
            if (result == Pkcs11Error.Ok && (info[2] & CanSign) != 0)
                signing.Add(mechanism);
        }

        return signing;
    }

    public nuint OpenSession(nuint slot)
    {
        nuint session;
        Pkcs11Error.Require(
            ((delegate* unmanaged<nuint, nuint, void*, void*, nuint*, nuint>)functions[OpenSessionPlace])(slot, SerialSession, null, null, &session),
            "C_OpenSession"
        );
        return session;
    }

    public void CloseSession(nuint session) =>
        Pkcs11Error.Require(((delegate* unmanaged<nuint, nuint>)functions[CloseSessionPlace])(session), "C_CloseSession");

    /// <summary>Logs in; without a PIN if the token asks for it itself.</summary>
    public void Login(nuint session, nuint user, ReadOnlySpan<byte> pin)
    {
        fixed (byte* pointer = pin)
            Pkcs11Error.Require(
                ((delegate* unmanaged<nuint, nuint, byte*, nuint, nuint>)functions[LoginPlace])(session, user, pointer, (nuint)pin.Length),
                "C_Login"
            );
    }

    public void Logout(nuint session) => Pkcs11Error.Require(((delegate* unmanaged<nuint, nuint>)functions[LogoutPlace])(session), "C_Logout");

    /// <summary>The objects of a class that have a label and an id, if given.</summary>
    public List<nuint> Find(nuint session, nuint objectClass, byte[]? label = null, byte[]? id = null)
    {
        var template = stackalloc nuint[9];
        var count = 0;
        fixed (
            byte* labelPointer = label,
                idPointer = id
        )
        {
            Add(Pkcs11Attribute.Class, &objectClass, (nuint)sizeof(nuint));
            if (label is not null)
                Add(Pkcs11Attribute.Label, labelPointer, (nuint)label.Length);
            if (id is not null)
                Add(Pkcs11Attribute.Id, idPointer, (nuint)id.Length);
            Pkcs11Error.Require(
                ((delegate* unmanaged<nuint, nuint*, nuint, nuint>)functions[FindObjectsInit])(session, template, (nuint)count),
                "C_FindObjectsInit"
            );
        }

        var found = new List<nuint>();
        nuint one,
            number;
        do
        {
            Pkcs11Error.Require(
                ((delegate* unmanaged<nuint, nuint*, nuint, nuint*, nuint>)functions[FindObjects])(session, &one, 1, &number),
                "C_FindObjects"
            );
            if (number > 0)
                found.Add(one);
        } while (number > 0 && found.Count < MaxObjects);
        Pkcs11Error.Require(((delegate* unmanaged<nuint, nuint>)functions[FindObjectsFinal])(session), "C_FindObjectsFinal");
        return found;

        void Add(nuint type, void* value, nuint length)
        {
            (template[3 * count], template[(3 * count) + 1], template[(3 * count) + 2]) = (type, (nuint)value, length);
            count++;
        }
    }

    /// <summary>An attribute of an object, or <see langword="null"/> if it is missing or not readable.</summary>
    public byte[]? Attribute(nuint session, nuint handle, nuint type)
    {
        const nuint MaxBytes = 1024 * 1024;
        var template = stackalloc nuint[3];
        (template[0], template[1], template[2]) = (type, 0, 0);
        var get = (delegate* unmanaged<nuint, nuint, nuint*, nuint, nuint>)functions[GetAttributeValue];
        if (get(session, handle, template, 1) != Pkcs11Error.Ok || template[2] > MaxBytes) // Also CK_UNAVAILABLE_INFORMATION.
            return null;
        var value = new byte[template[2]];
        fixed (byte* pointer = value)
        {
            template[1] = (nuint)pointer;
            Pkcs11Error.Require(get(session, handle, template, 1), "C_GetAttributeValue");
        }

        return value;
    }

    /// <summary>Begins a signature, logs in again if <paramref name="authenticate"/> is given, and signs.</summary>
    public byte[] Sign(nuint session, nuint key, nuint mechanism, ReadOnlySpan<nuint> parameters, ReadOnlySpan<byte> data, Action? authenticate)
    {
        const int MaxBytes = 4096; // RSA of 16384 bits needs 2048.
        fixed (nuint* parametersPointer = parameters)
        {
            var description = stackalloc nuint[3];
            (description[0], description[1], description[2]) = (mechanism, (nuint)parametersPointer, (nuint)(parameters.Length * sizeof(nuint)));
            Pkcs11Error.Require(((delegate* unmanaged<nuint, nuint*, nuint, nuint>)functions[SignInit])(session, description, key), "C_SignInit");
        }

        authenticate?.Invoke();
        var signature = new byte[MaxBytes];
        nuint length = MaxBytes;
        fixed (
            byte* dataPointer = data,
                signaturePointer = signature
        )
        {
            Pkcs11Error.Require(
                ((delegate* unmanaged<nuint, byte*, nuint, byte*, nuint*, nuint>)functions[SignPlace])(
                    session,
                    dataPointer,
                    (nuint)data.Length,
                    signaturePointer,
                    &length
                ),
                "C_Sign"
            );
        }

        return signature[..(int)nuint.Min(length, MaxBytes)];
    }

    public void Dispose() => _ = ((delegate* unmanaged<void*, nuint>)functions[Finalize])(null); // The process ends next.

    private delegate nuint Lister(nuint* items, nuint* count);

    private static nuint[] List(Lister list, string function)
    {
        const int MaxItems = 65536;
        nuint count;
        Pkcs11Error.Require(list(null, &count), function);
        var items = new nuint[nuint.Min(count, MaxItems)];
        count = (nuint)items.Length;
        fixed (nuint* pointer = items)
            Pkcs11Error.Require(items.Length == 0 ? Pkcs11Error.Ok : list(pointer, &count), function);
        return items[..(int)nuint.Min(count, (nuint)items.Length)];
    }

    private static string Text(byte* start, int length) => Encoding.UTF8.GetString(start, length).TrimEnd(' ', '\0');

    // The loader's own messages for these are hard to read.
    private static void RequireLibrary(string path)
    {
        if (!Path.IsPathRooted(path))
            return;
        if (!File.Exists(path))
            throw new InvalidInputException(
                $"there is no PKCS#11 module {Quoted.Text(path)}: expected module-path=… with the shared library of the token's vendor"
            );
        using var file = File.OpenRead(path);
        var header = new byte[20]; // The beginning of an ELF header: a mark, the width, and at 18 the machine.
        if (
            file.ReadAtLeast(header, header.Length, throwOnEndOfStream: false) < header.Length
            || !header.AsSpan().StartsWith("\x7f"u8)
            || header[1] != 'E'
        )
            throw new InvalidInputException($"{Quoted.Text(path)} is not a shared library: expected a PKCS#11 module");
        var (machine, own) = (header[18] | (header[19] << 8), RuntimeInformation.ProcessArchitecture == Architecture.Arm64 ? 183 : 62);
        if (machine != own)
            throw new InvalidInputException($"the PKCS#11 module {Quoted.Text(path)} is for {Describe(machine)}: expected one for {Describe(own)}");
    }

    private static string Describe(int machine) =>
        machine switch
        {
            3 => "x86 of 32 bits",
            40 => "arm of 32 bits",
            62 => "x86-64",
            183 => "arm64",
            _ => $"another architecture ({machine})",
        };

    [LibraryImport("libc", StringMarshalling = StringMarshalling.Utf8)]
    private static partial nint dlopen(string path, int flags);

    [LibraryImport("libc", StringMarshalling = StringMarshalling.Utf8)]
    private static partial void* dlsym(nint library, string name);

    [LibraryImport("libc")]
    private static partial nint dlerror();
}

/// <summary>Types of attributes (pkcs11t.h).</summary>
internal static class Pkcs11Attribute
{
    public const nuint Class = 0;
    public const nuint Label = 3;
    public const nuint Value = 0x11;
    public const nuint KeyType = 0x100;
    public const nuint Id = 0x102;
    public const nuint Sign = 0x108;
    public const nuint Modulus = 0x120;
    public const nuint PublicExponent = 0x122;
    public const nuint EcParameters = 0x180;
    public const nuint EcPoint = 0x181;
    public const nuint AlwaysAuthenticate = 0x202;
    public const nuint AllowedMechanisms = 0x40000600;
}

/// <summary>The state of a token, as far as nv2 uses it (CKF_… of CK_TOKEN_INFO).</summary>
[Flags]
internal enum TokenStates : ulong
{
    None = 0,
    LoginRequired = 0x4,
    UserPinInitialized = 0x8,
    ProtectedAuthenticationPath = 0x100,
    TokenInitialized = 0x400,
    UserPinCountLow = 0x10000,
    UserPinFinalTry = 0x20000,
    UserPinLocked = 0x40000,
}

/// <summary>A slot and the token in it.</summary>
internal sealed record TokenDescription(
    nuint Slot,
    string SlotDescription,
    string SlotManufacturer,
    string Label,
    string Manufacturer,
    string Model,
    string Serial,
    TokenStates States
);

/// <summary>A function of a module failed.</summary>
internal sealed class Pkcs11Error(nuint code, string function) : InvalidInputException($"{Describe(code)} ({function})")
{
    public const nuint Ok = 0;
    public const nuint PinIncorrect = 0xa0;
    public const nuint PinLengthRange = 0xa2;
    public const nuint PinLocked = 0xa4;
    public const nuint AlreadyLoggedIn = 0x100;

    public nuint Code => code;

    /// <summary>Throws unless a function succeeded.</summary>
    /// <exception cref="Pkcs11Error">It failed.</exception>
    public static void Require(nuint code, string function)
    {
        if (code != Ok)
            throw new Pkcs11Error(code, function);
    }

    private static string Describe(nuint code) =>
        (uint)code switch
        {
            0x5 => "the module failed without a reason (CKR_GENERAL_ERROR)",
            0x6 => "the token failed without a reason (CKR_FUNCTION_FAILED)",
            0x30 => "the token has a device error (CKR_DEVICE_ERROR)",
            0x32 or 0xb0 or 0xb3 or 0xe0 => "the token was removed",
            0x50 => "the operation was cancelled at the token (CKR_FUNCTION_CANCELED)",
            0x68 => "the key is not permitted to sign (CKR_KEY_FUNCTION_NOT_PERMITTED)",
            0x70 or 0x71 => "the token does not support the mechanism (CKR_MECHANISM_INVALID)",
            0xa0 => "the PIN is wrong",
            0xa1 or 0xa2 => "the PIN is wrong: its length or characters are not accepted by the token",
            0xa3 => "the PIN has expired: set a new one with the token's own tool",
            0xa4 => "the PIN is locked",
            0xe1 => "the token is not recognized",
            0x101 => "the token requires a PIN (CKR_USER_NOT_LOGGED_IN)",
            0x102 => "the token has no user PIN yet: set one with its own tool",
            _ => $"PKCS#11 error 0x{code:x}",
        };
}
