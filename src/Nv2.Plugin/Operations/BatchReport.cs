using Nv2.Plugin.Reports;
using Nv2.Signing;
using Nv2.Signing.Artifacts;
using Nv2.Signing.Files;
using Nv2.Signing.Json;
using Nv2.Signing.Text;

namespace Nv2.Plugin.Operations;

/// <summary>
/// The report of a batch in a file: one line of JSON per artifact, in the order of the list. Each line is written in one piece, so an interrupted
/// process leaves whole lines. A later run can continue the report.
/// </summary>
internal sealed class BatchReport : IDisposable
{
    private const int MaxBytes = 1024 * 1024 * 1024;
    private const int MaxParts = 64 * 1024;

    private readonly FileStream file;
    private readonly string path;
    private readonly List<byte[]> before;
    private readonly Dictionary<string, BatchEntry> entries;
    private int unchanged;

    private BatchReport(FileStream file, string path, List<byte[]> before, Dictionary<string, BatchEntry> entries)
    {
        this.file = file;
        this.path = path;
        this.before = before;
        this.entries = entries;
    }

    /// <summary>Begins a report, or continues one.</summary>
    /// <param name="path">Its file.</param>
    /// <param name="resume">Whether to continue an existing report.</param>
    /// <exception cref="InvalidInputException">It exists and may not be continued, or is not a report.</exception>
    public static BatchReport Open(string path, bool resume)
    {
        if (!resume && Path.Exists(path))
        {
            throw new InvalidInputException($"the report {Quoted.Text(path)} already exists and is not overwritten")
            {
                Hint = "continue it with --resume, or move it away",
            };
        }

        try
        {
            SharedFolders.RequireOwnLinks(path);
            var file = new FileStream(
                path,
                FileModes.OwnerWrites(
                    new()
                    {
                        Mode = resume ? FileMode.OpenOrCreate : FileMode.CreateNew,
                        Access = FileAccess.ReadWrite,
                        Share = FileShare.Read,
                        BufferSize = 0,
                    }
                )
            );
            try
            {
                RequireOwn(file);
                var lines = ReadLines(file);
                var entries = new Dictionary<string, BatchEntry>(StringComparer.Ordinal);
                foreach (var (number, line) in lines.Index())
                {
                    var entry = Parse(line, number + 1);
                    entries[entry.Artifact] = entry;
                }

                return new BatchReport(file, path, lines, entries);
            }
            catch
            {
                file.Dispose();
                throw;
            }
        }
        catch (Exception exception) when (FileErrors.IsAboutFile(exception))
        {
            throw FileErrors.Explain(resume ? "continue the report" : "write the report", path, exception);
        }
    }

    /// <summary>The entry of an earlier run for an artifact, or <see langword="null"/>.</summary>
    /// <param name="artifact">The line of the list.</param>
    public BatchEntry? Find(string artifact) => entries.GetValueOrDefault(artifact);

    /// <summary>Writes the next line, unless it is already in the file.</summary>
    public void Add(BatchEntry entry)
    {
        var line = ReportJson.Line(entry).ToArray();
        if (unchanged >= 0 && unchanged < before.Count && before[unchanged].AsSpan().SequenceEqual(line))
        {
            unchanged++;
            return;
        }

        try
        {
            if (unchanged >= 0)
                Cut();
            file.Write(line);
        }
        catch (IOException exception)
        {
            throw FileErrors.Explain("write the report", path, exception);
        }
    }

    /// <summary>Removes the lines of an earlier run after the last line, which are not in the list any more.</summary>
    public void End()
    {
        if (unchanged >= 0)
            Cut();
        file.Flush(flushToDisk: true);
    }

    public void Dispose() => file.Dispose();

    // From here on the lines differ.
    private void Cut()
    {
        file.SetLength(before.Take(unchanged).Sum(line => (long)line.Length));
        file.Seek(0, SeekOrigin.End);
        unchanged = -1;
    }

    // Verified artifacts in the report are not verified again.
    private static void RequireOwn(FileStream file)
    {
        if (!FileStatus.IsKnown)
            throw TrustedPath.Uncheckable(file.Name);
        if (
            FileStatus.OfDescriptor((int)file.SafeFileHandle.DangerousGetHandle()) is { } status
            && (!status.HasTrustedOwner || status.IsWritableByOthers)
        )
            throw new InvalidInputException("other users can write to it: expected a file that only you own and can write to");
    }

    // Bytes after the last line break are an incomplete line.
    private static List<byte[]> ReadLines(FileStream file)
    {
        if (file.Length > MaxBytes)
            throw new InvalidInputException($"it has {file.Length} bytes: expected {MaxBytes} at most");
        var lines = new List<byte[]>();
        var content = BoundedFile.ReadAll(file, MaxBytes).AsSpan();
        while (content.IndexOf((byte)'\n') is >= 0 and var end)
        {
            lines.Add(content[..(end + 1)].ToArray());
            content = content[(end + 1)..];
        }

        return lines;
    }

    private static BatchEntry Parse(byte[] line, int number)
    {
        var json = StrictJson.Parse(line, $"line {number}");
        return new(
            (int)json.Required("line").WholeNumber(1, int.MaxValue),
            json.Required("artifact").NonEmptyText(),
            json.Required("outcome").NonEmptyText(),
            ReadDescriptor(json, "subject"),
            json.Optional("reason")?.Text(),
            json.Optional("warning")?.Text(),
            json.Optional("signatures")?.Array(MaxParts).ConvertAll(ReadSignature),
            json.Required("time").Value(text => Rfc3339.Format(Rfc3339.Parse(text))),
            json.Required("inputs").NonEmptyText(),
            json.Optional("state")?.NonEmptyText()
        );
    }

    private static SignedReport ReadSignature(JsonNode json) =>
        new(
            DescriptorReport.Of(Descriptor.Read(json.Required("subject"))),
            json.Required("signatureFormat").NonEmptyText(),
            ReadDescriptor(json, "manifest"),
            json.Optional("file")?.NonEmptyText(),
            json.Optional("digest")?.Value(text => Digest.Parse(text).ToString())
        );

    private static DescriptorReport? ReadDescriptor(JsonNode json, string name) =>
        json.Optional(name) is { } descriptor ? DescriptorReport.Of(Descriptor.Read(descriptor)) : null;
}
