using System.Text;
using Tongban.Web;

namespace Tongban.Tests.Unit.Web;

public sealed class PlainTextTests
{
    [Theory]
    [InlineData("""{"a":"\u0000"}""", false)]
    [InlineData("""{"a":{"b":["x\u001fy"]}}""", false)]
    [InlineData("""{"\u0000":1}""", false)]
    [InlineData("""{"a":"\ud800"}""", false)]
    [InlineData("""{"a":"\udc00\ud800"}""", false)]
    [InlineData("""{"a":"\\u0000"}""", true)]
    [InlineData("""{"a":"\ud842\udfb7\n\t"}""", true)]
    [InlineData("""{"a":""", true)]
    [InlineData("not JSON", true)]
    public void In_JSON(string json, bool taken) => Assert.Equal(taken, PlainText.IsJson(Encoding.UTF8.GetBytes(json)));
}
