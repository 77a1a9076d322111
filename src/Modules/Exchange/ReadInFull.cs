using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;
using Tongban.Kernel;

namespace Tongban.Exchange;

/// <summary>
/// This node signs nothing that it has not read to its last member: a newer version may know terms that this one would promise without
/// keeping them. What others have signed is read with <see cref="DirectoryDocument.Json"/>, which passes over what it does not know.
/// </summary>
static class ReadInFull
{
    static readonly JsonSerializerOptions Strict = new(DirectoryDocument.Json)
    {
        UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
        AllowDuplicateProperties = false,
        PropertyNameCaseInsensitive = false,
        TypeInfoResolver = new DefaultJsonTypeInfoResolver { Modifiers = { ForgetIgnored } },
    };

    /// <summary>What a record computes is in no document: a member of that name is as unknown as any other.</summary>
    static void ForgetIgnored(JsonTypeInfo type)
    {
        for (var i = type.Properties.Count - 1; i >= 0; i--)
        {
            if (type.Properties[i] is { Get: null, Set: null })
                type.Properties.RemoveAt(i);
        }
    }

    /// <summary>Why it is not signed; null when every member was read.</summary>
    /// <param name="code">Of the error, such as <c>agreement.not-read</c>.</param>
    public static Error? Refuses<T>(ReadOnlySpan<byte> payload, string code)
    {
        try
        {
            JsonSerializer.Deserialize<T>(payload, Strict);
            return null;
        }
        catch (JsonException e)
        {
            var member = e.Path is { Length: > 2 and <= 200 } path ? path[2..] : "?";
            return Error.Invalid(code, $"文件含有本节点不认识的内容：{member}，没有签署", $"The document says something that this node does not know: {member}; it was not signed", member,
                "请将本节点升级到认识它的版本后再签署，或请对方去掉", "Update this node to a version that knows it and sign then, or have it taken out");
        }
    }
}
