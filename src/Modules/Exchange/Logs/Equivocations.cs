using System.Collections.Concurrent;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Tongban.Kernel;
using Tongban.Kernel.Access;
using Tongban.Kernel.Data;
using Tongban.Kernel.Time;
using Tongban.Trust;

namespace Tongban.Exchange;

/// <summary>Logs of which this node has evidence that they showed two trees. None of them is cosigned here any more.</summary>
sealed partial class Equivocations(TimeProvider clock, IServiceScopeFactory scopes, ILogger<Equivocations> logger)
{
    readonly ConcurrentDictionary<string, bool> known = new(StringComparer.Ordinal);

    /// <summary>Why a log is not cosigned; null when nothing is known against it.</summary>
    public Error? Against(string origin) => known.ContainsKey(origin)
        ? Error.Conflict("witness.equivocated", "该日志曾向不同见证方出示两份不同的内容", "This log showed two different trees to different witnesses", "证据已留存；请联系该节点运维", "The evidence is kept; contact the operator of that node")
        : null;

    /// <summary>Before the first look at a log.</summary>
    public async Task Load(CancellationToken ct)
    {
        await using var scope = scopes.AsNode("witness");
        foreach (var origin in await scope.ServiceProvider.GetRequiredService<NodeDb>().Set<EquivocationRow>().Select(e => e.Origin).Distinct().ToListAsync(ct))
            known[origin] = true;
    }

    /// <summary>Keeps both checkpoints; the first finding with each witness stands.</summary>
    public async Task Keep(string member, string witness, LogHead held, Checkpoint other, string shown, CancellationToken ct)
    {
        await using var scope = scopes.AsNode("witness");
        var db = scope.ServiceProvider.GetRequiredService<NodeDb>();
        if (!await db.Set<EquivocationRow>().AnyAsync(e => e.Origin == other.Origin && e.Witness == witness, ct))
        {
            db.Add(new EquivocationRow { Origin = other.Origin, Witness = witness, Member = member, Held = held.Note, Shown = shown, HeldSize = held.Size, ShownSize = other.Size, FoundAt = clock.NowMs() });
            // Another replica may have found the same: then it stands.
            if (await db.TrySave(ct) == SaveOutcome.Saved)
                LogFound(logger, member, other.Origin, held.Size, other.Size, witness);
        }
        known[other.Origin] = true;
    }

    [LoggerMessage(Level = LogLevel.Critical, Message = "{Member} showed two trees of {Origin}: one of {Held} leaves here, another of {Shown} to {Witness}. Both signed checkpoints are kept.")]
    static partial void LogFound(ILogger logger, string member, string origin, long held, long shown, string witness);
}
