using System.Text.Json;
using Tongban.Trust;

namespace Tongban.Tests.Conformance.Trust;

/// <summary>Every published inclusion and consistency proof, those that must fail included. Subtree proofs are a newer idea this system does not use.</summary>
public sealed class MerkleConformance(ITestOutputHelper output)
{
    [Fact]
    public void RFC_6962_inclusion_proofs() => Run("inclusion", test => Merkle.VerifyInclusion(
        Number(test, "leafIdx"), Number(test, "treeSize"), Bytes(test.GetProperty("leafHash")), Hashes(test), Bytes(test.GetProperty("root"))));

    [Fact]
    public void RFC_6962_consistency_proofs() => Run("consistency", test => Merkle.VerifyConsistency(
        Number(test, "size1"), Number(test, "size2"), Bytes(test.GetProperty("root1")), Bytes(test.GetProperty("root2")), Hashes(test)));

    void Run(string kind, Func<JsonElement, bool> verify)
    {
        var files = Directory.GetFiles(Path.Combine(ConformanceData.Folder("merkle"), kind), "*.json", SearchOption.AllDirectories);
        var losses = new List<string>();
        foreach (var file in files)
        {
            using var document = JsonDocument.Parse(File.ReadAllText(file));
            var test = document.RootElement;
            var wrong = test.TryGetProperty("wantErr", out var flag) && flag.GetBoolean();
            if (verify(test) == wrong)
                losses.Add($"{Path.GetRelativePath(ConformanceData.Folder("merkle"), file)}: {test.GetProperty("desc")}: {(wrong ? "holds, must fail" : "must hold")}");
        }
        output.WriteLine($"merkle {kind}: {files.Length - losses.Count}/{files.Length}");
        Assert.True(losses.Count == 0, string.Join('\n', losses));
        Assert.NotEmpty(files);
    }

    // Sizes are unsigned there; beyond 2^63 they become negative here, which is out of range as it should be.
    static long Number(JsonElement test, string name) => unchecked((long)test.GetProperty(name).GetUInt64());

    static byte[] Bytes(JsonElement text) => text.ValueKind == JsonValueKind.Null ? [] : text.GetBytesFromBase64();

    static IReadOnlyList<byte[]> Hashes(JsonElement test) =>
        test.GetProperty("proof") is { ValueKind: JsonValueKind.Array } proof ? [.. proof.EnumerateArray().Select(Bytes)] : [];
}
