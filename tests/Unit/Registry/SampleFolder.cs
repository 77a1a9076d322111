using Microsoft.Data.Sqlite;
using Tongban.Registry.Sample;
using Tongban.Tests.Support;
using Xunit;
using static Tongban.Registry.RegistryModule;

namespace Tongban.Tests.Unit.Registry;

/// <summary>A small sample region on disk, made once for the tests that only read it.</summary>
public sealed class SampleFolder : IAsyncLifetime
{
    public const int People = 2_500;

    public string Nodes { get; } = Directory.CreateTempSubdirectory("tongban-sample-").FullName;

    public static string Data { get; } = Path.Combine(ProjectRoot.Path, "data");

    internal static World World(ulong seed, int people) =>
        SampleRegion.Build(Path.Combine(Data, "reference", "divisions.csv"), new SampleOptions(seed, people), SampleRegion.AsOf);

    public async ValueTask InitializeAsync()
    {
        var made = await SampleRegion.Generate(Data, Nodes, new SampleOptions(7, People));
        Assert.True(made.Value.Generated);
    }

    public string Department(string province, string file) => Path.Combine(SampleRegion.DepartmentsFolder(Nodes, province), file);

    public static List<Dictionary<string, object?>> Query(string file, string sql, params (string Name, object? Value)[] parameters)
    {
        using var connection = new SqliteConnection($"Data Source={file};Mode=ReadOnly;Pooling=False");
        connection.Open();
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        foreach (var (name, value) in parameters)
            command.Parameters.AddWithValue("@" + name, value ?? DBNull.Value);
        using var reader = command.ExecuteReader();
        var rows = new List<Dictionary<string, object?>>();
        while (reader.Read())
            rows.Add(Enumerable.Range(0, reader.FieldCount).ToDictionary(reader.GetName, i => reader.IsDBNull(i) ? null : reader.GetValue(i)));
        return rows;
    }

    public ValueTask DisposeAsync()
    {
        Directory.Delete(Nodes, recursive: true);
        return ValueTask.CompletedTask;
    }
}
