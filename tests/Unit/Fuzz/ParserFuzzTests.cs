using System.Reflection;
using Tongban.Exchange;
using Tongban.Kernel;
using Tongban.Rules;
using Tongban.Tests.Support;
using Tongban.Trust;

namespace Tongban.Tests.Unit.Fuzz;

/// <summary>
/// Whatever comes from outside is read, or refused in words; nothing that is sent makes a parser throw, hang or keep memory.
/// <see cref="ParserTargets"/> is the table; the same inputs in every run, twelve times as many with <c>./test --full</c>.
/// </summary>
[Collection(Alone.Name)]
public sealed class ParserFuzzTests(ITestOutputHelper output)
{
    /// <summary>What stays in memory is measured, so nothing runs beside it.</summary>
    [CollectionDefinition(Name, DisableParallelization = true)]
    public sealed class Alone
    {
        public const string Name = "fuzz";
    }

    static int Times => FuzzRun.Full ? 12 : 1;

    public static TheoryData<string> Names() => [.. ParserTargets.All.Select(t => t.Name)];

    [Theory]
    [MemberData(nameof(Names))]
    public async Task A_reader_survives_whatever_is_sent(string name)
    {
        var target = ParserTargets.All.Single(t => t.Name == name);
        foreach (var good in target.Good)
        {
            target.Read(good);
            var wrong = await FuzzRun.Of(target.Runs * Times, (seed, _) =>
            {
                var mutations = new Mutations(seed);
                var bad = FuzzRun.AsSent(target.Json ? mutations.Json(good) : mutations.Text(good));
                try
                {
                    target.Read(bad);
                    return Task.FromResult<string?>(null);
                }
                catch (Exception e)
                {
                    return Task.FromResult<string?>($"{e.GetType().Name} {e.Message} at {string.Join(" ", e.StackTrace?.Split('\n').Take(3) ?? [])}\nfor: {(bad.Length > 600 ? bad[..600] : bad)}");
                }
            });
            Assert.True(wrong is null, wrong);
        }
        output.WriteLine($"{name}: {target.Runs * Times * target.Good.Length}");
    }

    [Fact]
    public void They_are_twenty_thousand_and_a_million_in_the_full_run()
    {
        var inputs = ParserTargets.All.Sum(t => t.Runs * t.Good.Length);
        output.WriteLine($"{ParserTargets.All.Count} readers: {inputs * Times} inputs");
        Assert.InRange(inputs, 20_000, int.MaxValue);
        Assert.InRange(inputs * 12L, 1_000_000, long.MaxValue);
    }

    /// <summary>Readers of nothing that comes from outside, each with its reason.</summary>
    static readonly Dictionary<string, string> Inside = new()
    {
        ["CodeMapping.Read"] = "what this node stored",
        ["ShippedMapping.Read"] = "the product's own files",
        ["ClientHeaders.Read"] = "finds a header that the client has read already",
        ["Component.Parse"] = "takes names that stand in the code",
        ["ItemFiles.Read"] = "the product's own files",
        ["LostPart.Read"] = "what this node stored, of an answer that AckReply.Read has read",
        ["OwnResources.Read"] = "the product's own files",
        ["Places.Read"] = "the product's own files",
        ["ReferenceCodedValues.Read"] = "the product's own files",
        ["ReferenceDepartments.Read"] = "the product's own files",
        ["ReferencePlaces.Read"] = "the product's own files",
        ["RuleTests.Read"] = "the product's own files",
        ["Shelf.Parse"] = "documents that ItemFiles has read and stored",
        ["TakeNegotiation.Verify"] = "a route, for RouteFuzzTests",
        ["U256.Read"] = "a number of fixed length, found by the reader of signatures",
    };

    [Fact]
    public void No_reader_is_missing()
    {
        Type[] texts = [typeof(string), typeof(byte[]), typeof(ReadOnlyMemory<byte>), typeof(ReadOnlySpan<byte>), typeof(ReadOnlySpan<char>)];
        var rooms = Directory.GetFiles(AppContext.BaseDirectory, "Tongban.*.dll").Select(f => Path.GetFileNameWithoutExtension(f)!)
            .Where(n => !n.Contains("Tests", StringComparison.Ordinal) && n != "Tongban.Web").Select(Assembly.Load);
        var readers = from room in rooms
                      from type in room.GetTypes()
                      from method in type.GetMethods(BindingFlags.Static | BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.DeclaredOnly)
                      where method.Name is "Read" or "Parse" or "Verify" || method.Name.StartsWith("Parse", StringComparison.Ordinal)
                      where !method.IsPrivate && method.GetParameters() is [{ ParameterType: var first }, ..] && texts.Contains(first)
                      select $"{type.Name}.{method.Name}";
        var known = ParserTargets.All.SelectMany(t => t.Readers).Concat(Inside.Keys).ToHashSet();
        var found = readers.Distinct().Order(StringComparer.Ordinal).ToList();
        Assert.True(!found.Except(known).Any(), string.Join("\n", found.Except(known)));
        Assert.Empty(Inside.Keys.Except(found));
    }
}
