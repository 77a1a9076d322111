namespace Tongban.Exchange;

/// <summary>Whether a source is as new as its resource declares.</summary>
static class Freshness
{
    /// <summary>How old data may be. A source that is read at each question is as new as the department's system; a quiet day there is no fault.</summary>
    public static int? Days(string cycle) => cycle switch
    {
        "daily" => 1,
        "weekly" => 7,
        "monthly" => 31,
        "quarterly" => 92,
        "yearly" => 366,
        _ => null,
    };

    /// <summary>How one knows when a source was last written to, by its kind.</summary>
    public enum Told
    {
        /// <summary>Read at each question: as new as the department's system.</summary>
        AtOnce,

        /// <summary>By the time of its file.</summary>
        ByFile,

        /// <summary>A database or web service on the network does not say; nor does what is not connected.</summary>
        NotKnown,
    }

    public sealed record State(Told Told, DateOnly? WrittenOn, int LateBy);

    public static State Of(ResourceDefinition resource, Sources sources, TimeProvider clock)
    {
        if (resource.Connector is { } source && sources.WrittenAt(source) is { } at)
        {
            var written = DateOnly.FromDateTime(at.ToOffset(Kernel.Time.LocalTime.Zone.BaseUtcOffset).DateTime);
            return new(Days(resource.UpdateCycle) is null ? Told.AtOnce : Told.ByFile, written, LateBy(resource.UpdateCycle, written, Kernel.Time.LocalTime.Today(clock)));
        }
        return new(resource.Connector is not null && Days(resource.UpdateCycle) is null ? Told.AtOnce : Told.NotKnown, null, 0);
    }

    /// <summary>Whole days by which it is late; 0 when it is not.</summary>
    public static int LateBy(string cycle, DateOnly writtenOn, DateOnly today) =>
        Days(cycle) is { } days ? Math.Max(0, today.DayNumber - writtenOn.DayNumber - days) : 0;
}
