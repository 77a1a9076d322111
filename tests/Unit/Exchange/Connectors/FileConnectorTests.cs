using System.Text;
using FsCheck;
using FsCheck.Fluent;
using Tongban.Exchange;
using Tongban.Kernel;
using Xunit;

namespace Tongban.Tests.Unit.Exchange.Connectors;

public sealed class FileConnectorTests : IDisposable
{
    const string Header = "身份证号,登记字号,缴存额\n";

    static readonly SourceBinding Binding = new("file", "fund.csv", ["@citizenId = 身份证号", "number = 登记字号", "paid = 缴存额"]);

    static readonly ResourceDefinition Resource = new(
        "fund.test", 1, "测试", "Test", "fund", ["34"], "person", [], "conditional", "daily", "many", [new("citizenId", "text", true)],
        [new("number", "字号", "Number", "text", null, 2, true), new("paid", "缴存额", "Paid", "money", null, 2, true)], Binding);

    readonly string folder = System.IO.Directory.CreateTempSubdirectory("tongban-file-").FullName;
    readonly FileConnector connector;
    readonly string file;

    public FileConnectorTests()
    {
        System.IO.Directory.CreateDirectory(Path.Combine(folder, "departments"));
        file = Path.Combine(folder, "departments", "fund.csv");
        connector = new(new NodeIdentity("CN-YRD/340000", "340000", new("皖", "A"), false, "", "", folder, "", false));
    }

    /// <summary>As a department puts it there, some minutes ago.</summary>
    void Put(string text, int minutesAgo = 5)
    {
        File.WriteAllText(file + ".new", text);
        File.SetLastWriteTimeUtc(file + ".new", DateTime.UtcNow.AddMinutes(-minutesAgo));
        File.Move(file + ".new", file, overwrite: true);
    }

    Result<List<string?[]>> Ask(string citizen = "A1", params string[] fields) =>
        connector.Read(Resource, Binding, new Dictionary<string, string> { ["citizenId"] = citizen }, fields.Length > 0 ? fields : ["number", "paid"]);

    [Fact]
    public void Gives_the_lines_of_the_one_asked_about_in_order_and_the_fields_asked_for()
    {
        Put(Header + "A1,n1,100\nB2,n2,200\nA1,\"n,3\",\n");
        Assert.Null(connector.Check(Resource, Binding));
        Assert.Equal([["n1", "100"], ["n,3", null]], Ask().Value);
        Assert.Equal([["200"]], Ask("B2", "paid").Value);
        Assert.Empty(Ask("C3").Value);
    }

    [Fact]
    public void A_file_put_in_its_place_is_read_and_one_being_written_is_not()
    {
        Put(Header + "A1,n1,100\n");
        Assert.Equal("n1", Ask().Value[0][0]);
        Put(Header + "A1,n2,100\n", minutesAgo: 3);
        Assert.Equal("n2", Ask().Value[0][0]);
        // Put there a moment ago: the one before, which is still whole, is answered.
        Put(Header + "A1,n3,1", minutesAgo: 0);
        Assert.Equal("n2", Ask().Value[0][0]);
        // Its writer stopped half-way.
        File.SetLastWriteTimeUtc(file, DateTime.UtcNow.AddMinutes(-1));
        Assert.Equal("connector.file-line", Ask().Error?.Code);
        // Written over in place: what was known of it is no longer true.
        Put(Header + "A1,n4,1\n");
        Assert.Equal("n4", Ask().Value[0][0]);
        File.WriteAllText(file, Header + "A1,n5");
        Assert.Equal("connector.file-changing", Ask().Error?.Code);
        File.Delete(file);
        Assert.Equal("connector.source-unavailable", Ask().Error?.Code);
    }

    [Theory]
    [InlineData("A1,n1,100\nB2,secret\n", "fund.csv, line 3")]
    [InlineData("A1,\"n\n1\",100\nB2,s\"ecret\",3\n", "fund.csv, line 4")]
    [InlineData("A1,n1,100\nB2,secret,3", "fund.csv, line 3")]
    [InlineData("A1,n1,100\nB2,\"secret,3\nC3,n,4\n", "fund.csv, line 3")]
    public void A_bad_line_is_named_and_its_values_are_not(string lines, string place)
    {
        Put(Header + lines);
        var error = Ask().Error!;
        Assert.StartsWith(place, error.DetailEn, StringComparison.Ordinal);
        Assert.DoesNotContain("ecret", error.ToString(), StringComparison.Ordinal);
        Assert.Equal("select", connector.Check(Resource, Binding)?.Where);
    }

    [Fact]
    public void What_differs_from_the_catalogue_is_a_drift_of_that_field()
    {
        Put(Header + "A1,n1,100\n");
        Assert.True(Ask().Ok);
        Put("身份证号,登记字号\nA1,n1\n", minutesAgo: 4);
        Assert.Equal(("resource.schema-drift", "paid"), (Ask().Error?.Code, Ask().Error?.Where));
        Assert.Equal("n1", Ask("A1", "number").Value[0][0]);
        Put(Header + "A1,n1,1.5 yuan\n", minutesAgo: 3);
        var error = Ask().Error!;
        Assert.Equal(("resource.schema-drift", "paid"), (error.Code, error.Where));
        Assert.DoesNotContain("1.5", error.ToString(), StringComparison.Ordinal);
        Assert.Equal("resource.schema-drift", connector.Check(Resource, Binding)?.Code);
    }

    [Fact]
    public void Whatever_is_asked_gives_the_lines_of_that_very_value() =>
        Prop.ForAll(ArbMap.Default.ArbFor<NonEmptyString[]>(), values =>
        {
            string[] keys = [.. values.Select(v => v.Get.Replace("\0", "", StringComparison.Ordinal).Trim()).Where(k => k.Length > 0 && Encoding.UTF8.GetString(Encoding.UTF8.GetBytes(k)) == k), "' OR 1=1 --", "=A1", "\"", "*"];
            keys = [.. keys.Distinct(StringComparer.Ordinal)];
            var text = new StringBuilder(Header);
            for (var i = 0; i < keys.Length; i++)
                CsvText.Write(text, keys[i], $"n{i}", "1");
            Put(text.ToString());
            using var fresh = new FileConnector(new NodeIdentity("CN-YRD/340000", "340000", new("皖", "A"), false, "", "", folder, "", false));
            for (var i = 0; i < keys.Length; i++)
                Assert.Equal([[$"n{i}"]], fresh.Read(Resource, Binding, new Dictionary<string, string> { ["citizenId"] = keys[i] }, ["number"]).Value);
        }).QuickCheckThrowOnFailure();

    [Fact]
    public void The_names_of_columns_are_of_fields_and_parameters_the_resource_has()
    {
        foreach (var line in new[] { "nothing = x", "@nothing = x", "number", "number =", "= x" })
            Assert.Equal("select", ColumnNames.Read([line], Resource.Fields, Resource.Parameters).Error?.Where);
        Assert.False(ColumnNames.Read(["number = a", "number = b"], Resource.Fields, Resource.Parameters).Ok);
    }

    public void Dispose()
    {
        connector.Dispose();
        System.IO.Directory.Delete(folder, recursive: true);
    }
}
