using System.Collections.Concurrent;
using System.Net;
using Tongban.Kernel;
using Tongban.Kernel.Time;

namespace Tongban.Identity.Accounts;

/// <summary>
/// Bounds wrong tries per network address (IPv6: per /64), over all accounts. Kept in memory of one replica: it slows an
/// attacker down; what stops one is the lock on the account, which is in the database.
/// </summary>
sealed class AddressLimit(IdentityOptions options, TimeProvider clock)
{
    const int Kept = 50_000;

    readonly ConcurrentDictionary<string, Window> windows = new();

    sealed record Window(long Start, int Count);

    public bool IsSpent(IPAddress? address) =>
        windows.TryGetValue(Key(address), out var window)
        && clock.NowMs() - window.Start < options.AddressWindow.TotalMilliseconds
        && window.Count >= options.AddressTries;

    public void Count(IPAddress? address)
    {
        var now = clock.NowMs();
        if (windows.Count > Kept)
            Forget(now);
        windows.AddOrUpdate(
            Key(address),
            _ => new Window(now, 1),
            (_, w) => now - w.Start < options.AddressWindow.TotalMilliseconds ? w with { Count = w.Count + 1 } : new Window(now, 1));
    }

    public static Error Refusal() => Error.Unavailable("signin.too-many", "来自您所在网络的尝试太多", "There were too many tries from your network",
        "请过 15 分钟再试", "Try again in 15 minutes");

    void Forget(long now)
    {
        foreach (var (key, window) in windows)
        {
            if (now - window.Start >= options.AddressWindow.TotalMilliseconds)
                windows.TryRemove(key, out _);
        }
    }

    static string Key(IPAddress? address)
    {
        if (address is null)
            return "none";
        if (address.IsIPv4MappedToIPv6)
            address = address.MapToIPv4();
        var bytes = address.GetAddressBytes();
        return Convert.ToHexString(bytes.AsSpan(0, bytes.Length == 16 ? 8 : 4));
    }
}
