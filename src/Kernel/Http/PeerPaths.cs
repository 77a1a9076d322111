using Microsoft.AspNetCore.Http;

namespace Tongban.Kernel.Http;

/// <summary>Where nodes talk to each other: signed requests only, no sessions, no pages.</summary>
public static class PeerPaths
{
    /// <summary>The Dataspace Protocol's messages between members.</summary>
    public const string Dataspace = "/dsp";

    public static bool Are(PathString path) => path.StartsWithSegments("/peer", StringComparison.OrdinalIgnoreCase) || path.StartsWithSegments(Dataspace, StringComparison.OrdinalIgnoreCase);
}
