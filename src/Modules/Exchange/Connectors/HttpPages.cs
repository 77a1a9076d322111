using System.Security.Cryptography;
using System.Text.Json;
using Tongban.Kernel;

namespace Tongban.Exchange;

/// <summary>
/// Where one is in a service that answers in pages: what is asked next, and whether that was the last. Never to another service, never in a
/// circle, and where the service says how many rows there are, not before all of them came.
/// </summary>
sealed class HttpPages
{
    readonly HttpBinding binding;
    readonly Uri service;
    readonly string first;
    readonly HashSet<string> seen = new(StringComparer.Ordinal);
    byte[] before = [];
    long? total;
    long rows;

    public HttpPages(Uri service, HttpBinding binding, string path)
    {
        this.binding = binding;
        this.service = new Uri(service.ToString().TrimEnd('/') + "/");
        first = service.ToString().TrimEnd('/') + path;
        Number = binding.Page?.First ?? 0;
        Address = Counted();
        seen.Add(Address.AbsoluteUri);
    }

    public Uri Address { get; private set; }

    /// <summary>Of the page that is asked for, where pages are counted.</summary>
    public long Number { get; private set; }

    public bool IsLast { get; private set; }

    Uri Counted() => new(binding is { IsPost: false, Page: { } counter } ? $"{first}{(first.Contains('?', StringComparison.Ordinal) ? '&' : '?')}{counter.Name}={Number}" : first);

    /// <summary>After a page of so many rows.</summary>
    public Error? Turn(JsonElement answer, int count, byte[] bytes)
    {
        rows += count;
        if (binding.SaysTotal)
        {
            if (binding.Total(answer) is not { } all || (total is { } said && said != all))
                return Sources.Drift("total", "在答复里没有，或者每页不一样", "is not in the answer, or differs from page to page");
            total = all;
        }
        if (binding.Page is not null)
        {
            IsLast = count == 0 || rows >= total;
            var hash = SHA256.HashData(bytes);
            if (count > 0 && hash.AsSpan().SequenceEqual(before))
                return Circle;
            before = hash;
            Number++;
            Address = Counted();
            return null;
        }
        if (binding.Next(answer) is not { } link)
        {
            IsLast = true;
            return null;
        }
        if (!Uri.TryCreate(Address, link, out var next) || !service.IsBaseOf(next) || next.UserInfo.Length > 0)
            return Sources.Drift("next", "指向别的系统", "leads to another system");
        if (!seen.Add(next.AbsoluteUri))
            return Circle;
        Address = next;
        return null;
    }

    /// <summary>Whether all came that was said to be there.</summary>
    public Error? End() => total is { } all && all != rows ? Sources.Drift("total", "与取得的行数不符，取数期间可能有变化", "is not the number of rows that came; they may have changed meanwhile") : null;

    public static readonly Error Circle = Sources.Drift("page", "翻页没有尽头：又是同一页", "never ends: it is the same page again");
}
