using System.Text;
using System.Text.Json;
using Tongban.Exchange;
using Xunit;

namespace Tongban.Tests.Unit.Exchange;

/// <summary>The messages read by hand are never read otherwise than a serializer reads them, and no input makes the reader throw.</summary>
public sealed class QueryMessageTests
{
    static readonly QueryMessage Message = new(
        1, new string('a', 32), "ag-1", "civil.marriage", 2, ["a", "b-c", "d_4.e"], new Dictionary<string, string> { ["citizenId"] = "340199199001010011", ["更多\""] = "\t" },
        "purpose", "D1", "head.payload.signature", [1, 2, 3]);

    static readonly byte[] Answer = Encoding.UTF8.GetBytes(
        """{"v":1,"exchangeId":"e1e1e1e1e1e1e1e1","provider":"CN-YRD/340000","department":"340000-civil","resource":"civil.marriage","asOf":1790000000000,"logIndex":7,"rows":[{"a":"1","b":null},{"a":"一","b":"\u4e8c"}]}""");

    [Fact]
    public void A_query_is_read_as_it_was_written()
    {
        Assert.Equal(Text(Message), Text(QueryMessage.Parse(Message.ToJson()).Value));
        var without = Message with { Consent = null, HolderSalt = null };
        Assert.Equal(Text(without), Text(QueryMessage.Parse(without.ToJson()).Value));
    }

    [Fact]
    public void Members_stand_in_any_order_and_unknown_ones_are_passed_over()
    {
        var members = JsonDocument.Parse(Message.ToJson()).RootElement.EnumerateObject().Reverse().Select(m => $"\"{m.Name}\": {m.Value.GetRawText()}");
        var text = $$"""{ "later": {"v": [2, {"v": 3}]}, {{string.Join(" , ", members)}}, "x": null }""";
        Assert.Equal(Text(Message), Text(QueryMessage.Parse(Encoding.UTF8.GetBytes(text)).Value));
    }

    [Fact]
    public void An_answer_keeps_its_rows_as_they_stand()
    {
        var answer = QueryAnswer.Parse(Answer).Value;
        Assert.Equal((7, 1790000000000), (answer.LogIndex, answer.AsOf));
        Assert.Equal([null, "二"], answer.Rows.Select(row => row["b"]));
        Assert.Equal("""[{"a":"1","b":null},{"a":"一","b":"\u4e8c"}]""", Encoding.UTF8.GetString(answer.RowsJson.Span));
    }

    [Fact]
    public void A_hundred_thousand_damaged_messages_are_refused_or_read_as_a_serializer_reads_them()
    {
        var random = new Random(20261122);
        var (query, read) = (Message.ToJson(), 0);
        for (var i = 0; i < 100_000; i++)
        {
            var damaged = Damage(i % 2 == 0 ? query : Answer, random);
            if (i % 2 == 0 && QueryMessage.Parse(damaged) is { Ok: true } message)
            {
                read++;
                Assert.Equal(Text(JsonSerializer.Deserialize<QueryMessage>(damaged, Exact)!), Text(message.Value));
            }
            else if (i % 2 == 1 && QueryAnswer.Parse(damaged) is { Ok: true } answer)
            {
                read++;
                Assert.Equal(Text(JsonSerializer.Deserialize<QueryAnswer>(damaged, Exact)!), Text(answer.Value));
            }
        }
        Assert.InRange(read, 1_000, 99_000);
    }

    [Theory]
    [InlineData("")]
    [InlineData("null")]
    [InlineData("[]")]
    [InlineData("""{"v":1,"exchangeId":"\ud800"}""")]
    [InlineData("""{"v":1,"\ud800":"x"}""")]
    [InlineData("""{"v":1,"parameters":{"\ud800":"x"}}""")]
    [InlineData("""{"v":1e400}""")]
    [InlineData("""{"v":1,"fields":[[[[]]]]}""")]
    public void What_is_no_message_is_refused(string text)
    {
        Assert.Equal("query.malformed", QueryMessage.Parse(Encoding.UTF8.GetBytes(text)).Error?.Code);
        Assert.Equal("answer.malformed", QueryAnswer.Parse(Encoding.UTF8.GetBytes(text)).Error?.Code);
    }

    static readonly JsonSerializerOptions Exact = new() { PropertyNamingPolicy = JsonNamingPolicy.CamelCase };

    static string Text<T>(T message) => JsonSerializer.Serialize(message, JsonSerializerOptions.Web);

    static byte[] Damage(byte[] whole, Random random)
    {
        var alphabet = "\"\\{}[]:,nut 0123456789eE.-\u0000\u00e9"u8;
        var at = random.Next(whole.Length);
        var other = alphabet[random.Next(alphabet.Length)];
        return random.Next(3) switch
        {
            0 => [.. whole[..at], .. whole[(at + 1)..]],
            1 => [.. whole[..at], other, .. whole[at..]],
            _ => [.. whole[..at], other, .. whole[(at + 1)..]],
        };
    }
}
