using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Tongban.Kernel.Access;
using Tongban.Kernel.Http;
using Tongban.Tests.Integration.Exchange;
using Tongban.Tests.Integration.House;
using Xunit;
using static Tongban.Tests.Integration.Exchange.TwoNodes;

namespace Tongban.Tests.Integration.Faults;

/// <summary>An address that is none, that is called wrongly, or that is not for the caller: in the whole node, for programs and for people.</summary>
public sealed class AddressRefusals(AddressRefusals.Region region) : IClassFixture<AddressRefusals.Region>
{
    public sealed class Region : IAsyncLifetime
    {
        internal TwoNodes Nodes { get; private set; } = null!;

        public async ValueTask InitializeAsync() => Nodes = await TwoNodes.Start(also: b => b.Services.AddSingleton<IStartupFilter, ActAs>());

        public ValueTask DisposeAsync() => Nodes.DisposeAsync();
    }

    [Theory]
    [InlineData("unknown route", "GET", "/no/such/page", "None", 404, "route.none")]
    [InlineData("unknown route of programs", "GET", "/api/nothing", "Resident", 404, "route.none")]
    [InlineData("another method than the route's", "GET", "/signout", "None", 405, "web.method")]
    [InlineData("not signed in", "POST", "/drafts", "None", 403, "access.sign-in")]
    [InlineData("another role's", "GET", "/console/queue", "Resident", 403, "access.role")]
    [InlineData("another role's", "GET", "/my/cases", "Officer", 403, "access.role")]
    [InlineData("another role's of programs", "POST", "/api/cases/x/decide", "Resident", 403, "access.role")]
    [InlineData("another person's matter", "GET", "/my/cases/0123456789abcdef", "Resident", 404, "filing.none")]
    [InlineData("another person's draft", "GET", "/drafts/0123456789abcdef", "Resident", 404, "draft.none")]
    [InlineData("no such case", "GET", "/console/cases/0123456789abcdef", "Officer", 404, "case.none")]
    [InlineData("no such agreement", "GET", "/console/agreements/none", "Steward", 404, "agreement.not-found")]
    [InlineData("no such exchange", "GET", "/console/exchange/999999", "Steward", 404, "exchange.none")]
    [InlineData("no such item", "GET", "/items/000000000000", "None", 404, "item.*")]
    [InlineData("no such rule", "GET", "/rules/none", "None", 404, "rule*")]
    [InlineData("no such notice", "GET", "/my/notices/none", "Resident", 404, "notice.none")]
    [InlineData("no such certificate", "GET", "/my/certificates/none", "Resident", 404, "certificate.*")]
    [InlineData("a page key that is none", "GET", "/console/agreements?after=x", "Steward", 400, "page.cursor")]
    [InlineData("a page key that holds no number", "GET", "/console/exchange?after=dHJ1ZQ", "Steward", 400, "page.cursor")]
    [InlineData("a page key that holds no number", "GET", "/console/exchange/unacked?after=dHJ1ZQ", "Steward", 400, "page.cursor")]
    public async Task Is_said_in_words(string line, string method, string path, string role, int status, string code)
    {
        Assert.NotEmpty(line);
        using var http = new HttpClient(new SocketsHttpHandler { UseCookies = false, AllowAutoRedirect = false }) { BaseAddress = new Uri(region.Nodes.Url(Shanghai)) };
        await Faces.Refuses(http, () =>
        {
            var request = new HttpRequestMessage(new HttpMethod(method), path);
            request.Headers.Add(ActAs.Header, Enum.Parse<Role>(role).ToString());
            if (method == "POST")
            {
                request.Headers.Add(OnceFilter.Header, Guid.NewGuid().ToString("N"));
                request.Content = new StringContent("{}", System.Text.Encoding.UTF8, "application/json");
            }
            return request;
        }, status, code);
    }
}
