using Tongban.Tests.Support;
using Xunit;
using static Tongban.Tests.Integration.Exchange.TwoNodes;

namespace Tongban.Tests.Integration.Exchange.Connectors;

/// <summary>A department without a database: its table is a file, and the other government asks for it as for any other resource.</summary>
public sealed class FileResourceTests
{
    [Fact]
    public async Task A_csv_file_is_entered_published_agreed_on_and_answered_from()
    {
        await using var nodes = await AdoptionRegister.Start();
        var register = new AdoptionRegister(nodes);
        var file = Path.Combine(nodes.FolderOf(Anhui), "departments", "civil-adoption.csv");
        void Put(string lines, int minutesAgo)
        {
            File.WriteAllText(file, lines);
            File.SetLastWriteTimeUtc(file, DateTime.UtcNow.AddMinutes(-minutesAgo));
        }

        Assert.Empty(await register.Enter("civil-adoption.csv", "@citizenId = 公民身份号码\r\nregisteredOn = 登记日期"));
        // Nothing is published that cannot be read.
        Put("公民身份号码,日期\n", 9);
        Assert.NotEmpty(await register.Publish());
        Put($"公民身份号码,登记日期\n{Wife},2001-01-01\n{Husband},2020-03-04\n", 8);
        Assert.Contains("1 条记录", await register.Try(Husband), StringComparison.Ordinal);
        Assert.Empty(await register.Publish());
        await register.Agree();
        Assert.Equal("2020-03-04", await register.Ask());

        // The department corrects its file: the next question sees it. It breaks it: the field is named, no value is.
        Put($"公民身份号码,登记日期\n{Husband},2020-03-05\n", 7);
        Assert.Equal("2020-03-05", await register.Ask());
        Put($"公民身份号码,登记日期\n{Husband},五月\n", 6);
        var drift = (await nodes.Ask(AdoptionRegister.Question)).Error!;
        Assert.Equal(("resource.schema-drift", "registeredOn"), (drift.Code, drift.Where));
        Assert.DoesNotContain("五月", drift.ToString(), StringComparison.Ordinal);

        // A part is never given as if it were the whole.
        Put("公民身份号码,登记日期\n" + string.Concat(Enumerable.Repeat($"{Husband},2020-03-05\n", 1000)), 5);
        Assert.Equal(1000, (await register.Ask()).Split(',').Length);
        Put("公民身份号码,登记日期\n" + string.Concat(Enumerable.Repeat($"{Husband},2020-03-05\n", 1001)), 4);
        Assert.Equal("resource.too-many", await register.Ask());
    }
}
