namespace Tongban.Web;

/// <summary>What a mark means. Each tone has a sign and a colour; the sign alone is enough to tell them apart.</summary>
public enum Tone
{
    Neutral,
    Active,
    Done,
    Warn,
    Danger,
}

static class Tones
{
    public static string Css(this Tone tone) => tone switch
    {
        Tone.Neutral => "neutral",
        Tone.Active => "active",
        Tone.Done => "done",
        Tone.Warn => "warn",
        Tone.Danger => "danger",
        _ => throw new ArgumentOutOfRangeException(nameof(tone)),
    };

    public static string Icon(this Tone tone) => tone switch
    {
        Tone.Neutral => "dot",
        Tone.Active => "arrow",
        Tone.Done => "check",
        Tone.Warn => "alert",
        Tone.Danger => "stop",
        _ => throw new ArgumentOutOfRangeException(nameof(tone)),
    };
}
