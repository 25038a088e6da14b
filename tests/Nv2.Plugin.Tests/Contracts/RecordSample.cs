using System.Reflection;
using System.Runtime.CompilerServices;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;
using Nv2.Plugin.Docker;
using Nv2.Plugin.Reports;

namespace Nv2.Plugin.Tests.Contracts;

/// <summary>Records with made-up values, and what the platform's serializer makes of them.</summary>
internal static class RecordSample
{
    private static readonly JsonSerializerOptions Options = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        TypeInfoResolver = new DefaultJsonTypeInfoResolver(),
    };

    private static readonly JsonSerializerOptions AsInGo = new(Options) { PropertyNamingPolicy = null };

    /// <summary>A record.</summary>
    /// <param name="type">Its type.</param>
    /// <param name="isFull">Whether properties that may be <see langword="null"/> have a value.</param>
    public static object Of(Type type, bool isFull)
    {
        var nullability = new NullabilityInfoContext();
        var record = RuntimeHelpers.GetUninitializedObject(type);
        for (var declaring = type; declaring != typeof(object); declaring = declaring!.BaseType)
        {
            foreach (var field in declaring!.GetFields(BindingFlags.Instance | BindingFlags.NonPublic | BindingFlags.DeclaredOnly))
            {
                var mayBeNull = nullability.Create(field).WriteState == NullabilityState.Nullable;
                if (!mayBeNull || isFull)
                    field.SetValue(record, ValueOf(field.FieldType, field.Name, isFull));
            }
        }

        return record;
    }

    /// <summary>A record as the platform writes it. Docker's contract names properties as Go does.</summary>
    public static string Serialize(IJsonRecord record) =>
        JsonSerializer.Serialize(record, record.GetType(), record is PluginMetadata ? AsInGo : Options);

    // Text with what JSON must escape, what the default encoder would escape, and what is more than ASCII.
    private static object ValueOf(Type type, string name, bool isFull)
    {
        if (type == typeof(string))
            return $"{name} \"\\ \n+<>&' é 🐇";
        if (type == typeof(bool))
            return true;
        if (type == typeof(int))
            return 7;
        if (type == typeof(long))
            return 1L << 40;
        if (type == typeof(decimal))
            return 1.500m;
        if (type == typeof(byte[]))
            return new byte[] { 0xfb, 0xff, 0xfe };
        if (type == typeof(IReadOnlyDictionary<string, string>))
            return new Dictionary<string, string> { ["a+b"] = "c\"d", ["é"] = "" };
        if (type.IsGenericType && type.GetGenericTypeDefinition() == typeof(IReadOnlyList<>))
        {
            var items = Array.CreateInstance(type.GetGenericArguments()[0], 2);
            for (var index = 0; index < items.Length; index++)
                items.SetValue(ValueOf(type.GetGenericArguments()[0], name, isFull), index);
            return items;
        }

        Assert.True(type.IsAssignableTo(typeof(IJsonRecord)), $"{name} is of the type {type}, which no record writes");
        return Of(type, isFull);
    }
}
