using System.Reflection;
using System.Runtime.Versioning;

namespace Nv2.Testing;

/// <summary>The calls of an assembly to libraries of the system. Each says which systems have it, so that the compiler finds a call that another
/// system can reach (CA1416).</summary>
public static class NativeCalls
{
    private const BindingFlags All =
        BindingFlags.Static | BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.DeclaredOnly;

    /// <summary>Every call, as <c>Type.method</c>.</summary>
    public static IReadOnlyList<string> Of(Assembly assembly) => [.. Find(assembly).Select(Name).Order(StringComparer.Ordinal)];

    /// <summary>Those that do not say it, themselves or by their type.</summary>
    public static IReadOnlyList<string> WithoutSystem(Assembly assembly) =>
        [
            .. Find(assembly)
                .Where(call => !SaysSystem(call.DeclaringType!) && !Declarations(call).Any(SaysSystem))
                .Select(Name)
                .Order(StringComparer.Ordinal),
        ];

    private static IEnumerable<MethodInfo> Find(Assembly assembly) =>
        assembly.GetTypes().SelectMany(type => type.GetMethods(All)).Where(method => method.Attributes.HasFlag(MethodAttributes.PinvokeImpl));

    // What is generated around a call is a method of its own, <name>g____PInvoke|…, inside the one that is declared.
    private static IEnumerable<MemberInfo> Declarations(MethodInfo call) =>
        call.DeclaringType!.GetMethods(All).Where(method => method == call || call.Name.StartsWith($"<{method.Name}>", StringComparison.Ordinal));

    private static bool SaysSystem(MemberInfo member) =>
        member.IsDefined(typeof(SupportedOSPlatformAttribute)) || member.IsDefined(typeof(UnsupportedOSPlatformAttribute));

    private static string Name(MethodInfo call) => $"{call.DeclaringType!.Name}.{call.Name.TrimStart('<').Split('>')[0]}";
}
