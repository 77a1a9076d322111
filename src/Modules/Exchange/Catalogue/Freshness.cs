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

        /// <summary>By the database or web service, asked as its resource says.</summary>
        BySource,

        /// <summary>Its resource does not say how to ask, it did not answer yet, or it is not connected.</summary>
        NotKnown,
    }

    public sealed record State(Told Told, DateOnly? WrittenOn, int LateBy);

    public static State Of(ResourceDefinition resource, Sources sources, OverdueBook said, TimeProvider clock)
    {
        if (resource.Connector is not { } source)
            return new(Told.NotKnown, null, 0);
        // A register of the node's own is written as it is read.
        var atOnce = Days(resource.UpdateCycle) is null || source.Kind == Sources.Register;
        if ((source.Written is null ? sources.WrittenAt(resource) : said.Said(resource)) is not { } at)
            return new(atOnce ? Told.AtOnce : Told.NotKnown, null, 0);
        var written = DateOnly.FromDateTime(at.ToOffset(Kernel.Time.LocalTime.Zone.BaseUtcOffset).DateTime);
        return new(atOnce ? Told.AtOnce : source.Written is null ? Told.ByFile : Told.BySource, written, atOnce ? 0 : LateBy(resource.UpdateCycle, written, Kernel.Time.LocalTime.Today(clock)));
    }

    /// <summary>Whole days by which it is late; 0 when it is not.</summary>
    public static int LateBy(string cycle, DateOnly writtenOn, DateOnly today) =>
        Days(cycle) is { } days ? Math.Max(0, today.DayNumber - writtenOn.DayNumber - days) : 0;
}
