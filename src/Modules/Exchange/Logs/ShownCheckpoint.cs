using Tongban.Kernel.Time;
using Tongban.Trust;

namespace Tongban.Exchange;

/// <summary>
/// The checkpoint that witnesses are shown. It stays for one and a half of their periods, so that all of them cosign the same one
/// while the log grows: a quorum of cosignatures on as many different sizes would prove nothing.
/// </summary>
sealed class ShownCheckpoint(TransparencyLog log, ExchangeOptions options, TimeProvider clock)
{
    readonly Lock gate = new();
    LogHead? shown;
    long until;

    public LogHead Now()
    {
        lock (gate)
        {
            var now = clock.NowMs();
            if (shown is null || now >= until)
                (shown, until) = (log.Shown(log.Head), now + ((long)options.WitnessPeriod.TotalMilliseconds * 3 / 2));
            return shown;
        }
    }
}
