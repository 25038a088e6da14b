using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Schema;
using System.Text.Json.Serialization.Metadata;
using Nv2.Plugin.Reports;

namespace Nv2.Plugin.Tests.Contracts;

/// <summary>
/// What a JSON Schema says of structure: the names of properties, which of them are required, and the types of values. Constraints and descriptions
/// are left out.
/// </summary>
internal sealed record JsonShape(string Type)
{
    private const string Alternatives = "alternatives";
    private const string Recursion = "the same again";

    // The implementations of the interface, which has no properties itself.
    private static readonly Type[] InspectedSignatures =
    [
        typeof(ClaimsReport<ClaimedTimestamp>),
        typeof(ClaimsReport<DamagedTimestamp>),
        typeof(DamagedSignature),
    ];

    private static readonly JsonSerializerOptions Options = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
        TypeInfoResolver = new DefaultJsonTypeInfoResolver(),
    };

    // The exporter takes a property that can only be read for nullable, whatever its type says.
    private static readonly JsonSchemaExporterOptions Exporter = new()
    {
        TransformSchemaNode = (context, schema) =>
        {
            if (context.TypeInfo.Type == typeof(IInspectedSignature))
                return new JsonObject { ["type"] = "object", [Alternatives] = true };
            if (context.PropertyInfo is { IsGetNullable: false } && schema["type"] is JsonArray types)
                schema["type"] = (string)types.Single(type => (string)type! != "null")!;
            return schema;
        },
    };

    private SortedDictionary<string, (JsonShape Shape, bool IsRequired)> Properties { get; } = new(StringComparer.Ordinal);

    private JsonShape? Items { get; init; }

    /// <summary>The shape of a record. A property is required where its type is not nullable; of several records, where all require it.</summary>
    public static JsonShape OfRecords(params IReadOnlyList<Type> records) => records.Select(OfRecord).Aggregate(Merge);

    /// <summary>The shape that a schema in docs/schemas describes.</summary>
    public static JsonShape OfSchema(string name)
    {
        var root = JsonSchemas.Read(name).AsObject();
        return OfDocument(root, root);
    }

    /// <summary>A line for each value: <c>$.checks[].reason?: string</c>. A question mark follows a property that is not required.</summary>
    public IReadOnlyList<string> Lines() => [.. Lines("$")];

    private static JsonShape OfRecord(Type type) => OfExport(Options.GetJsonSchemaAsNode(type, Exporter).AsObject());

    // The exporter uses references only for types that hold themselves.
    private static JsonShape OfExport(JsonObject schema)
    {
        if (schema["$ref"] is not null)
            return new JsonShape(Recursion);
        if (schema[Alternatives] is not null)
            return OfRecords(InspectedSignatures);
        if (schema["additionalProperties"] is JsonObject values)
            return new JsonShape("map") { Items = OfExport(values) };
        var shape = new JsonShape(TypesOf(schema).Single(type => type != "null"))
        {
            Items = schema["items"] is { } items ? OfExport(items.AsObject()) : null,
        };
        foreach (var (name, property) in schema["properties"]?.AsObject() ?? [])
            shape.Properties.Add(name, (OfExport(property!.AsObject()), !TypesOf(property.AsObject()).Contains("null")));
        return shape;
    }

    private static JsonShape OfDocument(JsonObject root, JsonObject schema)
    {
        if ((string?)schema["$ref"] == "#")
            return new JsonShape(Recursion);
        if ((string?)schema["$ref"] is { } reference)
            return OfDocument(root, root["$defs"]![reference["#/$defs/".Length..]]!.AsObject());
        var shape = new JsonShape(TypeInDocument(root, schema)) { Items = schema["items"] is { } items ? OfDocument(root, items.AsObject()) : null };
        if (shape.Type == "object" && schema["properties"] is null && schema["allOf"] is null && schema["additionalProperties"] is JsonObject values)
            return new JsonShape("map") { Items = OfDocument(root, values) };

        var required = (schema["required"]?.AsArray() ?? []).Select(name => (string)name!).ToHashSet();
        foreach (var (name, property) in schema["properties"]?.AsObject() ?? [])
            shape.Properties.Add(name, (OfDocument(root, property!.AsObject()), required.Contains(name)));
        foreach (var part in shape.Type == "object" ? schema["allOf"]?.AsArray() ?? [] : [])
        {
            foreach (var (name, property) in OfDocument(root, part!.AsObject()).Properties)
                shape.Properties.Add(name, property);
        }

        return shape;
    }

    private static string TypeInDocument(JsonObject root, JsonObject schema)
    {
        if (schema["type"] is not null)
            return TypesOf(schema).Single();
        if (schema["const"] is { } constant)
            return constant.GetValueKind() == JsonValueKind.String ? "string" : throw new NotSupportedException($"{constant}");
        if (schema["enum"] is JsonArray)
            return "string";
        return OfDocument(root, schema["allOf"]![0]!.AsObject()).Type;
    }

    private static List<string> TypesOf(JsonObject schema) =>
        schema["type"] is JsonArray several ? [.. several.Select(type => (string)type!)] : [(string)schema["type"]!];

    private static JsonShape Merge(JsonShape one, JsonShape other)
    {
        var merged = new JsonShape(one.Type) { Items = one.Items };
        foreach (var name in one.Properties.Keys.Union(other.Properties.Keys))
        {
            var isInOne = one.Properties.TryGetValue(name, out var first);
            var isInOther = other.Properties.TryGetValue(name, out var second);
            merged.Properties.Add(
                name,
                (
                    (isInOne, isInOther) switch
                    {
                        (true, true) => Merge(first.Shape, second.Shape),
                        (true, false) => first.Shape,
                        _ => second.Shape,
                    },
                    isInOne && isInOther && first.IsRequired && second.IsRequired
                )
            );
        }

        return merged;
    }

    private IEnumerable<string> Lines(string path)
    {
        yield return $"{path}: {Type}";
        foreach (var line in Items?.Lines($"{path}[]") ?? [])
            yield return line;
        foreach (var (name, (shape, isRequired)) in Properties)
        {
            foreach (var line in shape.Lines($"{path}.{name}{(isRequired ? "" : "?")}"))
                yield return line;
        }
    }
}
