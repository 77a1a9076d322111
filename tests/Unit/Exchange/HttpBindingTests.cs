using Tongban.Exchange;
using Xunit;

namespace Tongban.Tests.Unit.Exchange;

public sealed class HttpBindingTests
{
    /// <summary>A value is one segment of the path and nothing else; one that would lead to another path is asked of nobody.</summary>
    [Theory]
    [InlineData("340199", "/persons/340199/adoption")]
    [InlineData("../a?b=c", "/persons/..%2Fa%3Fb%3Dc/adoption")]
    [InlineData("{place}", "/persons/%7Bplace%7D/adoption")]
    [InlineData("..", null)]
    [InlineData(".", null)]
    public void A_value_leads_nowhere_else(string value, string? path)
    {
        ResourceParameter[] parameters = [new("number", "text", true), new("place", "text", false)];
        var binding = HttpBinding.Read(["GET /persons/{number}/adoption", "registeredOn = /date"], [new ResourceField("registeredOn", "登记日期", "Day", "date", null, 1, false)], [parameters[0]]);
        Assert.True(binding.Ok, binding.Error?.DetailEn);
        Assert.Equal(path, binding.Value.With(new Dictionary<string, string> { ["number"] = value, ["place"] = "elsewhere" }, parameters));
    }
}
