using System.Text;
using Tongban.Exchange;
using Xunit;

namespace Tongban.Tests.Unit.Exchange;

public class CsvTextTests
{
    [Fact]
    public void Rfc_4180_reads_quotes_commas_and_lines_and_knows_where_each_value_stands()
    {
        var rows = CsvText.Read("a,\"b \"\"x\"\", c\",d\r\n\r\n\"two\nlines\",,z\n", "file").Value;
        Assert.Equal(2, rows.Count);
        Assert.Equal(["a", "b \"x\", c", "d"], rows[0].Select(c => c.Text));
        Assert.Equal([(1, 1), (1, 3), (1, 16)], rows[0].Select(c => (c.Line, c.Column)));
        Assert.Equal(["two\nlines", "", "z"], rows[1].Select(c => c.Text));
        Assert.Equal([(3, 1), (4, 8), (4, 9)], rows[1].Select(c => (c.Line, c.Column)));
    }

    [Theory]
    [InlineData("a,\"b", "Line 1, column 3")]
    [InlineData("a\n\"b\"c", "Line 2, column 4")]
    [InlineData("a,b\"c", "Line 1, column 4")]
    public void A_mistake_is_told_by_line_and_column(string text, string place) => Assert.StartsWith(place, CsvText.Read(text, "file").Error!.DetailEn, StringComparison.Ordinal);

    [Fact]
    public void What_is_written_is_read_again()
    {
        string[] values = ["", "a,b", "\"", "x\r\ny", "中文", "last,"];
        var text = new StringBuilder();
        CsvText.Write(text, values);
        Assert.Equal(values, CsvText.Read(text.ToString(), "file").Value.Single().Select(c => c.Text));
    }
}
