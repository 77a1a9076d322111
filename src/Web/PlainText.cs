using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Tongban.Kernel;
using Tongban.Kernel.Http;

namespace Tongban.Web;

/// <summary>
/// What people and programs send is text that every database stores and every screen shows. Control characters (but tab
/// and line ends) and halves of characters are refused in one place, with the field's name, before any handler sees them.
/// Messages between nodes are not looked at here: they are signed, and their reader is strict.
/// </summary>
public static class PlainText
{
    /// <summary>Goes after <see cref="FormTokens.UseFormTokens"/>, which has read the form.</summary>
    public static IApplicationBuilder UsePlainText(this IApplicationBuilder app) => app.Use(async (http, next) =>
    {
        if (PeerPaths.Are(http.Request.Path))
            await next(http);
        // A form that comes where none is wanted has not been read yet.
        else if (http.Request.HasFormContentType && await FormTokens.Unreadable(http) is { } unreadable)
            await unreadable.AsResult().ExecuteAsync(http);
        else if (await Odd(http.Request) is { } where)
            await Refusal(where).AsResult().ExecuteAsync(http);
        else
            await next(http);
    });

    /// <summary>The name of the first value that is not plain; null when all are.</summary>
    static async Task<string?> Odd(HttpRequest request)
    {
        foreach (var (name, values) in request.Query)
        {
            if (!Is(name) || values.Any(v => !Is(v)))
                return Named(name, "query");
        }
        if (request.RouteValues.FirstOrDefault(v => v.Value is string text && !Is(text)) is { Key: { } part })
            return part;
        if (request.HasFormContentType)
        {
            var form = await request.ReadFormAsync(request.HttpContext.RequestAborted);
            foreach (var (name, values) in form)
            {
                // A field may hold JSON, and JSON has a way of its own to write such a character.
                if (!Is(name) || values.Any(v => !Is(v) || (v is ['{' or '[', ..] && !IsJson(Encoding.UTF8.GetBytes(v)))))
                    return Named(name, "form");
            }
            return form.Files.FirstOrDefault(f => !Is(f.Name) || !Is(f.FileName)) is { } file ? Named(file.Name, "form") : null;
        }
        return request.HasJsonContentType() && !IsJson(await Body(request)) ? "body" : null;
    }

    static string Named(string name, string otherwise) => Is(name) && name.Length is > 0 and <= 64 ? name : otherwise;

    static async Task<ReadOnlyMemory<byte>> Body(HttpRequest request)
    {
        request.EnableBuffering();
        using var whole = new MemoryStream();
        await request.Body.CopyToAsync(whole, request.HttpContext.RequestAborted);
        request.Body.Position = 0;
        return whole.GetBuffer().AsMemory(0, (int)whole.Length);
    }

    internal static bool Is(string? text)
    {
        for (var i = 0; i < (text?.Length ?? 0); i++)
        {
            var c = text![i];
            if ((c < ' ' && c is not ('\t' or '\r' or '\n')) || c == '\x7f')
                return false;
            if (char.IsSurrogate(c))
            {
                if (i + 1 == text.Length || !char.IsSurrogatePair(c, text[i + 1]))
                    return false;
                i++;
            }
        }
        return true;
    }

    /// <summary>False when a text in it is not plain. What is no JSON at all is left to its handler, which says so better.</summary>
    internal static bool IsJson(ReadOnlyMemory<byte> json)
    {
        try
        {
            var reader = new Utf8JsonReader(json.Span);
            while (reader.Read())
            {
                if (reader.TokenType is JsonTokenType.String or JsonTokenType.PropertyName && reader.ValueIsEscaped && !Is(reader.GetString()))
                    return false;
            }
        }
        catch (JsonException)
        {
            return true;
        }
        catch (InvalidOperationException)
        {
            // Half of a character.
            return false;
        }
        return true;
    }

    static Error Refusal(string where) => Error.Invalid("text.control", "内容含有无法保存的控制字符，没有办理", "It holds control characters that cannot be kept; nothing was done", where,
        "请删除后重新输入，不要直接粘贴", "Delete them and type it again instead of pasting");
}
