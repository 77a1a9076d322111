namespace Tongban.Kernel.Time;

/// <summary>Civil time of the region. Instants are UTC everywhere; only dates of clocks and what people read are local.</summary>
public static class LocalTime
{
    public static readonly TimeZoneInfo Zone = TimeZoneInfo.FindSystemTimeZoneById("Asia/Shanghai");

    public static DateOnly DateOf(DateTimeOffset instant) => DateOnly.FromDateTime(Of(instant).DateTime);

    public static DateOnly DateOf(long unixMilliseconds) => DateOf(DateTimeOffset.FromUnixTimeMilliseconds(unixMilliseconds));

    public static DateTimeOffset Of(DateTimeOffset instant) => TimeZoneInfo.ConvertTime(instant, Zone);

    public static DateOnly Today(this TimeProvider clock) => DateOf(clock.GetUtcNow());

    public static long NowMs(this TimeProvider clock) => clock.GetUtcNow().ToUnixTimeMilliseconds();
}
